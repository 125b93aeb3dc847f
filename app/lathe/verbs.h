// SPDX-License-Identifier: Apache-2.0
// Each verb file adds its subcommands; their callbacks run the verb and set the exit code through Exit.
#pragma once

#include "core/base/json.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace lathe::cli {

/// Thrown by a verb's callback to end with this code without a message.
struct Exit {
  int code = 0;
};

void addInspectVerb(CLI::App& app);
void addModelsVerb(CLI::App& app);
void addConvertVerb(CLI::App& app);
void addPullVerb(CLI::App& app);
void addTokenizeVerbs(CLI::App& app);
void addTemplateVerb(CLI::App& app);
void addDataVerb(CLI::App& app);
/// Subcommand of `data`.
void addDataInspect(CLI::App& data);
/// What `lathe inspect` says about a dataset, or a folder that may be one, from the first 1,000 rows of its files; `found`: what io::inspectPath says.
Json datasetReport(const Json& found);
/// "PART=COLUMN" each → {part: column} as data::DatasetEntry::columns takes it. Usage where there is no equals sign.
Json columnOptions(const std::vector<std::string>& given);
/// `data stats` and `data dedupe`.
void addDataQuality(CLI::App& data);
void addPlanVerb(CLI::App& app);
void addDoctorVerb(CLI::App& app);
void addRunsVerb(CLI::App& app);
/// Subcommands of `runs` that ask a run's worker: pause, continue, stop, save, evaluate, sample. `home` and `json`: those of `runs`.
void addRunActions(CLI::App& runs, const std::shared_ptr<const std::string>& home, const std::shared_ptr<const bool>& json);
/// `runs batch`, which lathe-worker computes.
void addRunBatch(CLI::App& runs, const std::shared_ptr<const std::string>& home, const std::shared_ptr<const bool>& json);
void addChatVerb(CLI::App& app);
void addEngineVerbs(CLI::App& app);
void addHostsVerb(CLI::App& app);

/// `--host NAME` (or --host=NAME) directly after the program's name; words: how many arguments it takes, 0 when it is not there.
struct HostOption {
  std::string name;
  int words = 0;
};
HostOption hostOption(int argc, char** argv);
/// Runs `lathe ARGUMENTS` on that machine in this terminal; does not return when ssh starts.
int becomeSsh(const std::string& host, const std::vector<std::string>& arguments);

} // namespace lathe::cli
