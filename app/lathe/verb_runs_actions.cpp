// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/api/protocol.h"
#include "core/base/paths.h"
#include "core/engine/daemon.h"

#include <fmt/format.h>

namespace lathe::cli {
namespace {

struct Action {
  const char *name, *help, *done;
};
constexpr Action kActions[] = {
    {"pause", "Holds a run at its next step; it keeps its memory", "pauses at its next step"},
    {"continue", "Goes on with a run that was paused", "goes on"},
    {"stop", "Saves and ends a run; `lathe resume` goes on with it", "saves and ends at its next step"},
    {"save", "Writes a checkpoint now", "saves at its next step"},
    {"evaluate", "Measures the validation loss now", "evaluates at its next step"},
    {"sample", "Answers the probe prompts now (probes.prompts of its specification); `runs show` tells them", "answers its probe prompts at its next step"},
};

} // namespace

void addRunActions(CLI::App& runs, const std::shared_ptr<const std::string>& home, const std::shared_ptr<const bool>& json) {
  for (const Action& action : kActions) {
    auto ids = std::make_shared<std::vector<std::string>>();
    CLI::App* verb = runs.add_subcommand(action.name, fmt::format("{}.\nExample: lathe runs {} 20260714-101500-support-tone-3f9a", action.help, action.name));
    verb->add_option("run", *ids, "Names of runs")->required();
    verb->callback([ids, home, json, &action] {
      auto engine = engine::connectEngine(homeFolder(*home));
      for (const std::string& id : *ids) {
        engine.call(api::method::kRunsControl, {{"id", id}, {"action", action.name}});
        if (!*json)
          fmt::print("{} {}\n", id, action.done);
      }
      if (*json)
        fmt::print("{}\n", dumpJson(Json{{"runs", *ids}}));
    });
  }
}

} // namespace lathe::cli
