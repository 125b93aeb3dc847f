// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/api/protocol.h"
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

struct RunsOptions {
  std::string home;
  std::vector<std::string> ids;
  bool json = false, deleted = false, purge = false;
};

std::string number(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "–"; }

void printRow(const api::RunSummary& r) {
  fmt::print("{:<44} {:<12} {:>7}/{:<7} {:>9} {:>9}  {:<10} {}\n", r.id, api::enumName(r.state), r.step, r.totalSteps, number(r.loss), number(r.evalLoss), r.method, r.model);
}

void listRuns(const RunsOptions& options) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  const Json answer = engine.call(method::kRunsList, {{"deleted", options.deleted}});
  if (options.json) {
    fmt::print("{}\n", dumpJson(answer));
    return;
  }
  fmt::print("{:<44} {:<12} {:>15} {:>9} {:>9}  {:<10} {}\n", "RUN", "STATE", "STEP", "LOSS", "VALID.", "METHOD", "MODEL");
  for (const Json& run : answer.at("runs"))
    printRow(api::decode<api::RunSummary>(run));
}

void showRuns(const RunsOptions& options) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  for (const std::string& id : options.ids) {
    const Json answer = engine.call(method::kRunsGet, {{"id", id}});
    if (options.json) {
      fmt::print("{}\n", dumpJson(answer));
      continue;
    }
    const auto run = api::decode<api::RunSummary>(answer.at("run"));
    fmt::print("{} ({})\n  state   {}{}\n  model   {}\n  method  {}\n  data    {}\n  step    {} of {}\n  loss    {} (validation {})\n  memory  {} at most\n  folder  {}\n", run.name, run.id,
               api::enumName(run.state), run.error.empty() ? "" : ": " + run.error, run.modelPath, run.method, run.data, run.step, run.totalSteps, number(run.loss), number(run.evalLoss),
               formatBytes(static_cast<uint64_t>(std::max<int64_t>(0, run.peakMemory))), run.folder);
    for (const Json& item : answer.at("events")) {
      const auto event = api::decode<api::RunEvent>(item);
      fmt::print("  {:>7} {:<10} {}\n", event.step, event.type, event.text);
    }
  }
}

void compareRuns(const RunsOptions& options) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  Json runs = Json::array();
  for (const std::string& id : options.ids)
    runs.push_back(engine.call(method::kRunsGet, {{"id", id}}));
  if (options.json) {
    fmt::print("{}\n", dumpJson(Json{{"runs", runs}}));
    return;
  }
  const auto line = [&](const char* title, const auto& text) {
    fmt::print("{:<12}", title);
    for (const Json& run : runs)
      fmt::print(" {:>28}", text(api::decode<api::RunSummary>(run.at("run"))));
    fmt::print("\n");
  };
  line("run", [](const api::RunSummary& r) { return r.name.substr(0, 28); });
  line("state", [](const api::RunSummary& r) { return std::string(api::enumName(r.state)); });
  line("method", [](const api::RunSummary& r) { return r.method; });
  line("step", [](const api::RunSummary& r) { return std::to_string(r.step); });
  line("loss", [](const api::RunSummary& r) { return number(r.loss); });
  line("validation", [](const api::RunSummary& r) { return number(r.evalLoss); });
  line("tok/s", [](const api::RunSummary& r) { return formatCount(r.tokensPerS); });
  line("memory", [](const api::RunSummary& r) { return formatBytes(static_cast<uint64_t>(std::max<int64_t>(0, r.peakMemory))); });
}

void forEach(const RunsOptions& options, const char* done, const std::vector<const char*>& methods) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  for (const std::string& id : options.ids) {
    for (const char* name : methods)
      engine.call(name, {{"id", id}});
    if (!options.json)
      fmt::print("{} {}\n", id, done);
  }
  if (options.json)
    fmt::print("{}\n", dumpJson(Json{{"runs", options.ids}}));
}

} // namespace

void addRunsVerb(CLI::App& app) {
  auto options = std::make_shared<RunsOptions>();
  CLI::App* verb = app.add_subcommand("runs", "List, show, compare and delete runs.\nExample: lathe runs show 20260714-101500-support-tone-3f9a");
  verb->add_flag("--json", options->json, "One JSON object (a line per run with show)");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  verb->require_subcommand(0, 1);
  verb->fallthrough();
  CLI::App* list = verb->add_subcommand("list", "All runs, newest first");
  list->add_flag("--deleted", options->deleted, "Those in the bin");
  CLI::App* show = verb->add_subcommand("show", "One run with its events");
  CLI::App* compare = verb->add_subcommand("compare", "Runs side by side");
  CLI::App* remove = verb->add_subcommand("delete", "Moves runs to the bin; undo with restore");
  remove->add_flag("--purge", options->purge, "Removes their folders for good");
  CLI::App* restore = verb->add_subcommand("restore", "Brings runs back from the bin");
  for (CLI::App* sub : {show, compare, remove, restore})
    sub->add_option("run", options->ids, "Names of runs")->required();
  show->callback([options] { showRuns(*options); });
  compare->callback([options] { compareRuns(*options); });
  remove->callback([options] {
    forEach(*options, options->purge ? "removed" : "moved to the bin", options->purge ? std::vector<const char*>{method::kRunsDelete, method::kRunsPurge} : std::vector<const char*>{method::kRunsDelete});
  });
  restore->callback([options] { forEach(*options, "restored", {method::kRunsRestore}); });
  verb->callback([options, verb, list] {
    if (list->parsed() || verb->get_subcommands().empty())
      listRuns(*options);
  });
}

} // namespace lathe::cli
