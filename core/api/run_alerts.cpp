// SPDX-License-Identifier: Apache-2.0
#include "core/api/run_alerts.h"

#include "core/api/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lathe::api {
namespace {

constexpr int64_t kCalmSteps = 100; // without a bad loss: the alert about it is over

std::string lossWords(double loss) { return fmt::format("{:.4g}", loss); }

double meanOf(const std::vector<double>& values, size_t begin, size_t end) {
  double sum = 0;
  for (size_t i = begin; i < end; ++i)
    sum += values[i];
  return sum / static_cast<double>(end - begin);
}

void mergePairs(std::vector<double>& values) {
  for (size_t i = 0; i + 1 < values.size(); i += 2)
    values[i / 2] = (values[i] + values[i + 1]) / 2;
  values.resize(values.size() / 2);
}

} // namespace

std::string alertSentence(const RunAlert& alert) {
  std::string out = alert.message;
  size_t from = 0;
  for (const std::string& arg : alert.args) {
    const size_t at = out.find("{}", from);
    if (at == std::string::npos)
      break;
    out.replace(at, 2, arg);
    from = at + arg.size();
  }
  return out;
}

RunAlert* RunWatch::open(AlertKind kind) {
  const auto found = std::find_if(m_alerts.begin(), m_alerts.end(), [kind](const RunAlert& alert) { return alert.kind == kind && !alert.over; });
  return found == m_alerts.end() ? nullptr : &*found;
}

void RunWatch::raise(AlertKind kind, int64_t step, const char* message, std::vector<std::string> args, const char* remedy) {
  ++m_revision;
  if (RunAlert* known = open(kind)) {
    known->args = std::move(args);
    return;
  }
  if (m_alerts.size() == kMostAlerts) { // the oldest that is over, else the oldest
    const auto over = std::find_if(m_alerts.begin(), m_alerts.end(), [](const RunAlert& alert) { return alert.over; });
    m_alerts.erase(over == m_alerts.end() ? m_alerts.begin() : over);
  }
  m_alerts.push_back({kind, step, message, std::move(args), remedy, false});
}

void RunWatch::close(AlertKind kind) {
  if (RunAlert* known = open(kind)) {
    known->over = true;
    ++m_revision;
  }
}

void RunWatch::restart() {
  const int64_t revision = m_revision + 1;
  *this = {};
  m_revision = revision;
}

void RunWatch::add(const MetricRow& row) {
  if (row.step <= m_step)
    return;
  m_step = row.step;
  m_highestRate = std::max(m_highestRate, row.lr);
  if (!std::isfinite(row.loss)) {
    takeBad(row);
    return;
  }
  if (m_bad > 0 && ++m_sinceBad >= kCalmSteps)
    close(AlertKind::NonFinite);
  takeLoss(row);
  takeBlock(row);
  takeGradient(row);
  if (row.evalLoss && std::isfinite(*row.evalLoss))
    takeEvaluation(row, *row.evalLoss);
}

void RunWatch::takeBad(const MetricRow& row) {
  if (row.supervisedTokens == 0 && !row.skipped)
    return; // nothing was measured in this step
  ++m_bad;
  m_sinceBad = 0;
  raise(AlertKind::NonFinite, row.step, alert_text::kNonFinite, {std::to_string(m_bad), std::to_string(row.step)}, alert_text::kNonFiniteRemedy);
}

void RunWatch::takeLoss(const MetricRow& row) {
  const double jump = m_finite > 0 ? row.loss - m_last : 0; // half its square is the variance, whatever the trend
  m_last = row.loss;
  ++m_finite;
  m_mean = kKeep * m_mean + (1 - kKeep) * row.loss;
  m_weight = kKeep * m_weight + (1 - kKeep);
  m_noise = kKeep * m_noise + (1 - kKeep) * jump * jump / 2;
  if (m_finite < kRiseAfter / 2)
    return; // the mean of a few steps is no lowest mean
  const double now = mean();
  if (m_bestStep == 0 || now < m_best) {
    m_best = now;
    m_bestStep = row.step;
  }
  const double limit = std::max({kRiseShare * std::abs(m_best), kRiseNats, kRiseNoise * std::sqrt(m_noise / m_weight)});
  m_rising = m_finite >= kRiseAfter && now - m_best > limit ? m_rising + 1 : 0;
  if (m_rising == kRiseSteps)
    raise(AlertKind::Divergence, row.step, alert_text::kDivergence, {lossWords(now), lossWords(m_best), std::to_string(m_bestStep)}, alert_text::kDivergenceRemedy);
  else if (now - m_best < limit / 2)
    close(AlertKind::Divergence);
}

void RunWatch::takeBlock(const MetricRow& row) {
  m_blockSum += row.loss;
  m_blockSquares += row.loss * row.loss;
  if (++m_blockCount < m_blockSteps)
    return;
  m_blocks.push_back(m_blockSum / static_cast<double>(m_blockCount));
  m_squares.push_back(m_blockSquares / static_cast<double>(m_blockCount));
  m_blockSum = m_blockSquares = 0;
  m_blockCount = 0;
  judgePlateau(row);
  if (m_blocks.size() < kBlocks)
    return;
  mergePairs(m_blocks);
  mergePairs(m_squares);
  m_blockSteps *= 2;
}

/// Three blocks against the three before them, which is at least half of the run: what is short of 1 % even with the benefit of the doubt (two
/// standard errors of the difference) is no progress.
void RunWatch::judgePlateau(const MetricRow& row) {
  const size_t count = m_blocks.size(), half = kPlateauBlocks / 2;
  if (count < kPlateauBlocks)
    return;
  const double before = meanOf(m_blocks, count - 2 * half, count - half), now = meanOf(m_blocks, count - half, count);
  double variance = 0;
  for (size_t i = count - 2 * half; i < count; ++i)
    variance += std::max(0.0, m_squares[i] - m_blocks[i] * m_blocks[i]) / static_cast<double>(2 * half);
  const double error = std::sqrt(2 * variance / static_cast<double>(static_cast<int64_t>(half) * m_blockSteps));
  const double fell = before - now, enough = kPlateauShare * std::abs(before);
  if (open(AlertKind::Plateau) && m_blocks.back() < m_plateau - kPlateauShare * std::abs(m_plateau)) {
    close(AlertKind::Plateau);
    return;
  }
  if (fell + 2 * error < enough && fell > -kPlateauRise * std::abs(before) && row.lr > kPlateauRate * m_highestRate) {
    if (!open(AlertKind::Plateau))
      m_plateau = now;
    raise(AlertKind::Plateau, row.step, alert_text::kPlateau, {std::to_string(static_cast<int64_t>(half) * m_blockSteps), lossWords(before), lossWords(now)}, alert_text::kPlateauRemedy);
  }
}

void RunWatch::takeEvaluation(const MetricRow& row, double loss) {
  if (m_evaluations++ == 0 || loss < m_bestEval) {
    m_bestEval = loss;
    m_bestEvalStep = row.step;
    m_meanAtBest = mean();
    m_worse = 0;
    close(AlertKind::Overfitting);
    return;
  }
  m_worse = loss > m_bestEval * (1 + kOverfitShare) ? m_worse + 1 : 0;
  if (m_worse >= kOverfitChecks && mean() < m_meanAtBest)
    raise(AlertKind::Overfitting, row.step, alert_text::kOverfitting, {lossWords(loss), lossWords(m_bestEval), std::to_string(m_bestEvalStep)}, alert_text::kOverfittingRemedy);
}

void RunWatch::takeGradient(const MetricRow& row) {
  if (row.skipped || !std::isfinite(row.gradNorm))
    return;
  m_dead = row.gradNorm <= kDeadNorm ? m_dead + 1 : 0;
  if (m_dead >= kDeadSteps && (m_dead == kDeadSteps || m_dead % 100 == 0))
    raise(AlertKind::DeadAdapter, row.step, alert_text::kDeadAdapter, {std::to_string(m_dead)}, alert_text::kDeadAdapterRemedy);
  else if (m_dead == 0)
    close(AlertKind::DeadAdapter);
}

void RunWatch::setDevice(bool choseByItself, bool onProcessor, const std::string& gpu) {
  if (!onProcessor || !choseByItself || gpu.empty())
    close(AlertKind::CpuFallback);
  else if (!open(AlertKind::CpuFallback))
    raise(AlertKind::CpuFallback, m_step, alert_text::kCpuFallback, {gpu}, alert_text::kCpuFallbackRemedy);
}

} // namespace lathe::api
