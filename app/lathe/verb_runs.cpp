// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verb_runs.h"
#include "app/lathe/verbs.h"

#include "core/api/protocol.h"
#include "core/api/values.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/engine/daemon.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::cli {
namespace {

namespace method = api::method;

constexpr int64_t kRunsPerCall = 1000;

void printRow(const api::RunSummary& r) {
  std::string tags;
  for (const std::string& tag : r.tags)
    tags += (tags.empty() ? "  " : ", ") + tag;
  fmt::print("{:<44} {:<12} {:>7}/{:<7} {:>9} {:>9}  {:<10} {}{}\n", r.id, api::enumName(r.state), r.step, r.totalSteps, lossNumber(r.loss), lossNumber(r.evalLoss), r.method, r.model, tags);
}

/// Newest first, page by page: a home may hold more runs than one answer.
Json readRuns(const RunsOptions& options) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  Json runs = Json::array();
  for (bool more = true; more && (options.limit == 0 || static_cast<int64_t>(runs.size()) < options.limit);) {
    const auto left = options.limit == 0 ? kRunsPerCall : std::min(kRunsPerCall, options.limit - static_cast<int64_t>(runs.size()));
    Json params = {{"deleted", options.deleted}, {"limit", left}, {"tag", options.tag}, {"state", options.state}};
    if (!runs.empty())
      params["after"] = runs.back().at("id");
    const Json answer = engine.call(method::kRunsList, params);
    for (const Json& run : answer.at("runs"))
      runs.push_back(run);
    more = boolOr(answer, "more", false) && !answer.at("runs").empty();
  }
  return runs;
}

void listRuns(const RunsOptions& options) {
  const Json runs = readRuns(options);
  if (options.json) {
    fmt::print("{}\n", dumpJson(Json{{"runs", runs}}));
    return;
  }
  fmt::print("{:<44} {:<12} {:>15} {:>9} {:>9}  {:<10} {}\n", "RUN", "STATE", "STEP", "LOSS", "VALID.", "METHOD", "MODEL");
  for (const Json& run : runs)
    printRow(api::decode<api::RunSummary>(run));
}

void tagRun(const RunsOptions& options) {
  Json add = Json::array(), remove = Json::array();
  for (const std::string& change : options.tagChanges) {
    if (change.size() < 2 || (change.front() != '+' && change.front() != '-'))
      throw Exception(ErrorKind::Usage, fmt::format("\"{}\" is no change of tags; write +name to add one and -name to remove one.", change));
    (change.front() == '+' ? add : remove).push_back(change.substr(1));
  }
  auto engine = engine::connectEngine(homeFolder(options.home));
  const Json answer = engine.call(method::kRunsTag, {{"id", options.run}, {"add", add}, {"remove", remove}});
  if (options.json) {
    fmt::print("{}\n", dumpJson(answer));
    return;
  }
  for (const Json& tag : answer.at("tags"))
    fmt::print("{}\n", tag.get<std::string>());
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

/// "+a -b" are no options, so this one leaves everything behind the run to itself.
void addTag(CLI::App& verb, const std::shared_ptr<RunsOptions>& options) {
  CLI::App* tag = verb.add_subcommand("tag", "Adds and removes tags of a run; without changes, prints them.\nExample: lathe runs tag 20260714-101500-support-tone-3f9a +baseline -draft");
  tag->set_help_flag("--help", "This text"); // -h could be a tag
  tag->fallthrough(false);
  tag->allow_extras();
  tag->add_flag("--json", options->json, "One JSON object");
  tag->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  tag->add_option("run", options->run, "The run, then +TAG and -TAG")->required();
  tag->callback([options, tag] {
    options->tagChanges = tag->remaining();
    tagRun(*options);
  });
}

void addList(CLI::App* list, const std::shared_ptr<RunsOptions>& options) {
  list->add_flag("--deleted", options->deleted, "Those in the bin");
  list->add_option("--limit", options->limit, "At most so many, the newest (default: all)")->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  list->add_option("--tag", options->tag, "Those with this tag");
  list->add_option("--state", options->state, "Those in this state: queued, preparing, running, paused, stopping, finished, stopped, failed, interrupted");
}

} // namespace

void addRunsVerb(CLI::App& app) {
  auto options = std::make_shared<RunsOptions>();
  CLI::App* verb = app.add_subcommand("runs", "List, show, compare, tag, steer and delete runs.\nExample: lathe runs show 20260714-101500-support-tone-3f9a");
  verb->add_flag("--json", options->json, "One JSON object (a line per run with show)");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  verb->require_subcommand(0, 1);
  verb->fallthrough();
  CLI::App* list = verb->add_subcommand("list", "All runs, newest first\nExample: lathe runs list --tag baseline --limit 20");
  addList(list, options);
  CLI::App* show = verb->add_subcommand("show", "One run with its alerts and events");
  CLI::App* compare = verb->add_subcommand("compare", "Runs side by side: results, and the settings that differ");
  compare->add_flag("--all", options->all, "Every setting; those that differ are marked with ≠");
  CLI::App* remove = verb->add_subcommand("delete", "Moves runs to the bin; undo with restore");
  remove->add_flag("--purge", options->purge, "Removes their folders for good");
  CLI::App* restore = verb->add_subcommand("restore", "Brings runs back from the bin");
  for (CLI::App* sub : {show, compare, remove, restore})
    sub->add_option("run", options->ids, "Names of runs")->required();
  addTag(*verb, options);
  addRunBatch(*verb, {options, &options->home}, {options, &options->json});
  addRunActions(*verb, {options, &options->home}, {options, &options->json});
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
