// SPDX-License-Identifier: Apache-2.0
// `lathe runs show` and `lathe runs compare`.
#include "app/lathe/verb_runs.h"

#include "core/api/protocol.h"
#include "core/api/spec_diff.h"
#include "core/api/values.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/engine/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lathe::cli {
namespace {

namespace method = api::method;

constexpr size_t kLeastTitle = 12, kLeastColumn = 12, kMostColumn = 34;

std::string bytesOrDash(int64_t bytes) { return bytes > 0 ? formatBytes(static_cast<uint64_t>(bytes)) : "–"; }

size_t characters(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Head and tail of what is too long.
std::string middleElided(const std::string& text, size_t most) {
  if (characters(text) <= most)
    return text;
  std::vector<std::string> parts;
  for (const char c : text) {
    if (parts.empty() || (static_cast<unsigned char>(c) & 0xC0) != 0x80)
      parts.emplace_back();
    parts.back() += c;
  }
  const size_t tail = (most - 1) / 2, head = most - 1 - tail;
  std::string out;
  for (size_t i = 0; i < head; ++i)
    out += parts[i];
  out += "…";
  for (size_t i = parts.size() - tail; i < parts.size(); ++i)
    out += parts[i];
  return out;
}

std::string padded(const std::string& text, size_t width) { return text + std::string(width > characters(text) ? width - characters(text) : 0, ' '); }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? "–" : out;
}

void printRun(const api::RunSummary& run, const Json& events) {
  fmt::print("{} ({})\n  state   {}{}\n  model   {}\n  method  {}\n  data    {}\n  step    {} of {}\n  loss    {} (validation {})\n  memory  {} at most\n  disk    {}\n  tags    {}\n  folder  {}\n",
             run.name, run.id, api::enumName(run.state), run.error.empty() ? "" : ": " + run.error, run.modelPath, run.method, run.data, run.step, run.totalSteps,
             lossNumber(run.loss), lossNumber(run.evalLoss), bytesOrDash(run.peakMemory), bytesOrDash(run.diskBytes), joined(run.tags), run.folder);
  if (!run.alerts.empty())
    fmt::print("  alerts\n");
  for (auto alert = run.alerts.rbegin(); alert != run.alerts.rend(); ++alert) // newest first
    fmt::print("  {:>7} {:<12} {}{}\n", alert->step, api::enumName(alert->kind), api::alertSentence(*alert), alert->over ? " (over)" : " " + alert->remedy);
  for (const Json& item : events) {
    const auto event = api::decode<api::RunEvent>(item);
    fmt::print("  {:>7} {:<10} {}\n", event.step, event.type, event.text);
    if (event.type == "sample")
      fmt::print("  {:>7} {:<10}   {} → {}\n", "", "", stringOr(event.data, "prompt", ""), stringOr(event.data, "answer", ""));
  }
}

using Line = std::vector<std::string>; // title, then a value per run

std::vector<Line> resultLines(const std::vector<api::RunSummary>& runs) {
  std::vector<Line> out;
  const auto add = [&](const char* title, const auto& text) {
    Line line{title};
    for (const api::RunSummary& run : runs)
      line.push_back(text(run));
    out.push_back(std::move(line));
  };
  add("run", [](const api::RunSummary& r) { return r.name.empty() ? r.id : r.name; });
  add("state", [](const api::RunSummary& r) { return std::string(api::enumName(r.state)); });
  add("method", [](const api::RunSummary& r) { return r.method; });
  add("step", [](const api::RunSummary& r) { return std::to_string(r.step); });
  add("loss", [](const api::RunSummary& r) { return lossNumber(r.loss); });
  add("validation", [](const api::RunSummary& r) { return lossNumber(r.evalLoss); });
  add("tok/s", [](const api::RunSummary& r) { return formatCount(r.tokensPerS); });
  add("memory", [](const api::RunSummary& r) { return bytesOrDash(r.peakMemory); });
  return out;
}

void printLines(const std::vector<Line>& lines) {
  std::vector<size_t> widths;
  for (const Line& line : lines)
    for (size_t i = 0; i < line.size(); ++i) {
      if (i == widths.size())
        widths.push_back(i == 0 ? kLeastTitle : kLeastColumn);
      widths[i] = std::max(widths[i], i == 0 ? characters(line[i]) : std::min(kMostColumn, characters(line[i])));
    }
  for (const Line& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i)
      text += (i == 0 ? "" : "  ") + padded(i == 0 ? line[i] : middleElided(line[i], kMostColumn), widths[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    fmt::print("{}\n", text);
  }
}

Json encodeFields(const std::vector<api::SpecField>& fields) {
  Json out = Json::array();
  for (const api::SpecField& field : fields)
    out.push_back({{"path", field.path}, {"title", field.title}, {"values", field.values}, {"differs", field.differs}});
  return out;
}

} // namespace

std::string lossNumber(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "–"; }

void showRuns(const RunsOptions& options) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  for (const std::string& id : options.ids) {
    const Json answer = engine.call(method::kRunsGet, {{"id", id}});
    if (options.json)
      fmt::print("{}\n", dumpJson(answer));
    else
      printRun(api::decode<api::RunSummary>(answer.at("run")), answer.at("events"));
  }
}

void compareRuns(const RunsOptions& options) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  Json runs = Json::array();
  std::vector<api::RunSummary> summaries;
  std::vector<Json> specs;
  for (const std::string& id : options.ids) {
    runs.push_back(engine.call(method::kRunsGet, {{"id", id}}));
    summaries.push_back(api::decode<api::RunSummary>(runs.back().at("run")));
    specs.push_back(runs.back().at("spec"));
  }
  if (options.ids.size() < 2)
    throw Exception(ErrorKind::Usage, "Name two or more runs to compare.");
  const auto fields = options.all ? api::compareSpecs(specs) : api::differingFields(specs);
  if (options.json) {
    fmt::print("{}\n", dumpJson(Json{{"runs", runs}, {"settings", encodeFields(fields)}}));
    return;
  }
  std::vector<Line> lines = resultLines(summaries);
  for (const api::SpecField& field : fields) {
    Line line{(options.all && field.differs ? "≠ " : "") + field.path};
    line.insert(line.end(), field.values.begin(), field.values.end());
    lines.push_back(std::move(line));
  }
  printLines(lines);
  if (fields.empty())
    fmt::print("No setting differs.\n");
}

} // namespace lathe::cli
