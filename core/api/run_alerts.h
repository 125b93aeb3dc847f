// SPDX-License-Identifier: Apache-2.0
// What a person should be told about a run while it works, found from its metric rows alone (docs/runs.md has the rules). Memory is constant
// per run; rows are added in order. Every text stands in alert_text: the window translates it, the command line prints it as it is.
#pragma once

#include "core/api/codec.h"

#include <array>
#include <string>
#include <vector>

namespace lathe::api {

struct MetricRow;

enum class AlertKind { NonFinite, Divergence, Plateau, Overfitting, DeadAdapter, CpuFallback };
template <>
struct EnumNames<AlertKind> {
  static constexpr std::array<const char*, 6> names = {"non_finite", "divergence", "plateau", "overfitting", "dead_adapter", "cpu_fallback"};
};

struct RunAlert {
  AlertKind kind = AlertKind::NonFinite;
  int64_t step = 0;              // where it was noticed
  std::string message;           // one of alert_text, with {} where the arguments go
  std::vector<std::string> args; // numbers as a person reads them, names
  std::string remedy;            // one of alert_text
  bool over = false;             // it is no longer so
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("kind", s.kind);
    field("step", s.step);
    field("message", s.message);
    field("args", s.args);
    field("remedy", s.remedy);
    field("over", s.over);
  }
};

/// `message` with its arguments, in English.
std::string alertSentence(const RunAlert& alert);

namespace alert_text {
inline constexpr const char* kNonFinite = "The loss was not a number in {} steps so far, last at step {}.";
inline constexpr const char* kNonFiniteRemedy = "Such a step changes no weights. Lower the learning rate if it goes on.";
inline constexpr const char* kDivergence = "The loss rises: {} over the last 20 steps, and it was {} at step {}.";
inline constexpr const char* kDivergenceRemedy = "Start again with a lower learning rate.";
inline constexpr const char* kPlateau = "The loss has not fallen for {} steps: it was {} and is {}.";
inline constexpr const char* kPlateauRemedy = "Stop it and keep what is saved, or try another learning rate.";
inline constexpr const char* kOverfitting = "The validation loss rises while the training loss falls: {} now, {} at step {}.";
inline constexpr const char* kOverfittingRemedy = "Stop it: the best checkpoint is kept. Fewer epochs or more data help.";
inline constexpr const char* kDeadAdapter = "The gradient has been zero for {} steps: nothing is learned.";
inline constexpr const char* kDeadAdapterRemedy = "Check the target modules, and that the data has supervised tokens.";
inline constexpr const char* kCpuFallback = "This run computes on the processor although there is a GPU: {}.";
inline constexpr const char* kCpuFallbackRemedy = "The System page says what is missing.";
} // namespace alert_text

/// The rules. The numbers are part of the product (docs/runs.md); `alerts()` holds at most kMostAlerts, newest last.
class RunWatch {
public:
  static constexpr size_t kMostAlerts = 16;
  static constexpr double kKeep = 0.95;           // of the mean over about 20 steps
  static constexpr int64_t kRiseAfter = 50;       // finite steps before a rise counts
  static constexpr int64_t kRiseSteps = 10;       // in a row
  static constexpr double kRiseShare = 0.3, kRiseNats = 0.2, kRiseNoise = 3; // above the lowest mean by the largest of these
  static constexpr int64_t kBlockSteps = 50;      // plateau: blocks of this many steps, doubled when ten are full
  static constexpr size_t kBlocks = 10, kPlateauBlocks = 6;
  static constexpr double kPlateauShare = 0.01;   // of the loss: less than this from three blocks to the next three, and …
  static constexpr double kPlateauRise = 0.05;    // (more of a rise than this is no plateau) …
  static constexpr double kPlateauRate = 0.2;     // … the learning rate is above this share of its highest
  static constexpr int64_t kOverfitChecks = 3;    // evaluations in a row …
  static constexpr double kOverfitShare = 0.01;   // … above the lowest by more than this share
  static constexpr int64_t kDeadSteps = 20;       // with a gradient norm of 0
  static constexpr double kDeadNorm = 1e-12;

  /// The next row; rows of steps that were seen already are ignored.
  void add(const MetricRow& row);
  /// Where the run computes. `gpu`: name of a GPU of this machine, empty without one; only a run that chose by itself can have fallen back.
  void setDevice(bool choseByItself, bool onProcessor, const std::string& gpu);
  /// The run begins again from a checkpoint: its rows will be added once more.
  void restart();
  const std::vector<RunAlert>& alerts() const { return m_alerts; }
  /// Grows with every change of alerts().
  int64_t revision() const { return m_revision; }

  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("alerts", s.m_alerts);
    field("step", s.m_step);
    field("finite", s.m_finite);
    field("bad", s.m_bad);
    field("since_bad", s.m_sinceBad);
    field("mean", s.m_mean);
    field("weight", s.m_weight);
    field("noise", s.m_noise);
    field("last", s.m_last);
    field("best", s.m_best);
    field("best_step", s.m_bestStep);
    field("rising", s.m_rising);
    field("block_steps", s.m_blockSteps);
    field("blocks", s.m_blocks);
    field("squares", s.m_squares);
    field("block_sum", s.m_blockSum);
    field("block_squares", s.m_blockSquares);
    field("block_count", s.m_blockCount);
    field("plateau", s.m_plateau);
    field("highest_rate", s.m_highestRate);
    field("evaluations", s.m_evaluations);
    field("best_eval", s.m_bestEval);
    field("best_eval_step", s.m_bestEvalStep);
    field("mean_at_best", s.m_meanAtBest);
    field("worse", s.m_worse);
    field("dead", s.m_dead);
  }

private:
  double mean() const { return m_weight > 0 ? m_mean / m_weight : 0; }
  RunAlert* open(AlertKind kind);
  void raise(AlertKind kind, int64_t step, const char* message, std::vector<std::string> args, const char* remedy);
  void close(AlertKind kind);
  void takeBad(const MetricRow& row);
  void takeLoss(const MetricRow& row);
  void takeBlock(const MetricRow& row);
  void judgePlateau(const MetricRow& row);
  void takeEvaluation(const MetricRow& row, double loss);
  void takeGradient(const MetricRow& row);

  std::vector<RunAlert> m_alerts;
  int64_t m_revision = 0;
  int64_t m_step = 0, m_finite = 0, m_bad = 0, m_sinceBad = 0;
  double m_mean = 0, m_weight = 0, m_noise = 0; // exponential sums, not yet divided by their weight
  double m_last = 0, m_best = 0;
  int64_t m_bestStep = 0, m_rising = 0;
  int64_t m_blockSteps = kBlockSteps;
  std::vector<double> m_blocks, m_squares; // means of the loss and of its square, oldest first
  double m_blockSum = 0, m_blockSquares = 0;
  int64_t m_blockCount = 0;
  double m_plateau = 0; // the loss where the open alert began
  double m_highestRate = 0;
  int64_t m_evaluations = 0, m_bestEvalStep = 0, m_worse = 0, m_dead = 0;
  double m_bestEval = 0, m_meanAtBest = 0;
};

} // namespace lathe::api
