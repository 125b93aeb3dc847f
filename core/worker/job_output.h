// SPDX-License-Identifier: Apache-2.0
// What a training run in the foreground shows: one line that is redrawn on a terminal, plain lines elsewhere, or JSON events.
#pragma once

#include "core/train/trainer.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace lathe::worker {

enum class OutputKind { None, Bar, Lines, Json };

class JobOutput {
public:
  JobOutput(OutputKind kind, std::string run) : m_kind(kind), m_run(std::move(run)) {}
  void metrics(const api::MetricRow& row, int64_t totalSteps);
  void event(const api::RunEvent& event);
  void progress(const std::string& what, double share);
  void ended(const train::TrainOutcome& outcome, const std::string& folder);

private:
  void line(const std::string& text);
  void jsonLine(const char* type, const Json& body);
  OutputKind m_kind;
  std::string m_run;
  uint64_t m_cursor = 0;
  bool m_barShown = false;
  std::chrono::steady_clock::time_point m_last{};
  std::string m_lastPhase;
  double m_secondsPerStep = 0; // smoothed, for the time left
};

} // namespace lathe::worker
