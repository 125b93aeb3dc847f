// SPDX-License-Identifier: Apache-2.0
// Each verb file adds its subcommands; their callbacks run the verb and set the exit code through Exit.
#pragma once

#include <CLI/CLI.hpp>

namespace lathe::cli {

/// Thrown by a verb's callback to end with this code without a message.
struct Exit {
  int code = 0;
};

void addInspectVerb(CLI::App& app);
void addTokenizeVerbs(CLI::App& app);
void addTemplateVerb(CLI::App& app);
void addDataVerb(CLI::App& app);
void addPlanVerb(CLI::App& app);
void addDoctorVerb(CLI::App& app);
void addRunsVerb(CLI::App& app);
void addChatVerb(CLI::App& app);
void addEngineVerbs(CLI::App& app);

} // namespace lathe::cli
