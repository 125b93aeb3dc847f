// SPDX-License-Identifier: Apache-2.0
#include "core/worker/job_output.h"

#include "core/base/text_format.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

namespace lathe::worker {
namespace {

constexpr int kBarWidth = 24;

std::string bar(double share) {
  const int full = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * kBarWidth));
  std::string out;
  for (int i = 0; i < kBarWidth; ++i)
    out += i < full ? "█" : "░";
  return out;
}

std::string number(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "NaN"; }

} // namespace

void JobOutput::line(const std::string& text) {
  if (m_barShown)
    fmt::print("\r\033[K");
  m_barShown = false;
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

void JobOutput::jsonLine(const char* type, const Json& body) {
  api::Event event;
  event.cursor = ++m_cursor;
  event.type = type;
  event.run = m_run;
  event.body = body;
  fmt::print("{}\n", dumpJson(api::encode(event)));
  std::fflush(stdout);
}

void JobOutput::metrics(const api::MetricRow& row, int64_t totalSteps) {
  const double seconds = row.stepMs / 1e3;
  m_secondsPerStep = m_secondsPerStep == 0 ? seconds : 0.9 * m_secondsPerStep + 0.1 * seconds;
  if (m_kind == OutputKind::Json)
    return jsonLine("metrics", Json{{"rows", Json::array({api::encode(row)})}});
  if (m_kind == OutputKind::None)
    return;
  const auto now = std::chrono::steady_clock::now();
  const bool last = row.step == totalSteps;
  const bool bars = m_kind == OutputKind::Bar;
  if (!last && !row.evalLoss && row.step > 1 && now - m_last < std::chrono::milliseconds(bars ? 50 : 1000))
    return;
  m_last = now;
  std::string text = fmt::format("step {}/{}  loss {}  {} tok/s  {} left", row.step, totalSteps, number(row.loss), formatCount(row.tokensPerS),
                                 formatDuration(m_secondsPerStep * static_cast<double>(totalSteps - row.step)));
  if (row.evalLoss)
    text += fmt::format("  validation {}", number(*row.evalLoss));
  if (!bars)
    return line(text);
  fmt::print("\r\033[K{} {}{}", bar(static_cast<double>(row.step) / static_cast<double>(std::max<int64_t>(1, totalSteps))), text, last ? "\n" : "");
  std::fflush(stdout);
  m_barShown = !last;
}

void JobOutput::event(const api::RunEvent& event) {
  if (m_kind == OutputKind::Json)
    return jsonLine("run_event", api::encode(event));
  if (m_kind != OutputKind::None && (event.type == "warning" || event.type == "resumed" || event.type == "skipped" || event.type == "error"))
    line(event.text);
  if (m_kind != OutputKind::None && event.type == "sample")
    line(fmt::format("{}  {} → {}", boolOr(event.data, "base", false) ? "base" : fmt::format("step {}", event.step), stringOr(event.data, "prompt", ""), stringOr(event.data, "answer", "")));
}

void JobOutput::progress(const std::string& what, double share) {
  if (m_kind == OutputKind::Bar) {
    fmt::print("\r\033[K{} {}", bar(share), what);
    std::fflush(stdout);
    m_barShown = true;
  } else if (m_kind == OutputKind::Lines && what != m_lastPhase) {
    line(what);
  }
  m_lastPhase = what;
}

void JobOutput::ended(const train::TrainOutcome& outcome, const std::string& folder) {
  if (m_kind == OutputKind::Json)
    return jsonLine("run", Json{{"id", m_run}, {"state", api::enumName(outcome.state)}, {"folder", folder}, {"result", outcome.result}, {"error", outcome.error.message}});
  if (m_kind == OutputKind::None)
    return;
  if (outcome.state == api::RunState::Finished)
    line(fmt::format("Done. The result is in {}", outcome.result));
  else if (outcome.state != api::RunState::Failed)
    line(fmt::format("Saved. Go on with: lathe resume {}", folder));
}

} // namespace lathe::worker
