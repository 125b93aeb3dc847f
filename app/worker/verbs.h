// SPDX-License-Identifier: Apache-2.0
// Each verb file adds its subcommands; their callbacks run the verb.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace lathe::cli {

/// Thrown by a verb's callback to end with this code without a message.
struct Exit {
  int code = 0;
};

/// --device, --dtype, --threads, --home: the same on every verb that computes.
struct ComputeOptions {
  std::string device = "auto", dtype = "auto", home;
  int threads = 0;
};
void addComputeOptions(CLI::App& verb, ComputeOptions& options);

void addTrainVerb(CLI::App& app);
void addResumeVerb(CLI::App& app);
void addJobVerb(CLI::App& app);
void addLogitsVerb(CLI::App& app);
void addMergeVerb(CLI::App& app);
void addGenerateVerb(CLI::App& app);
void addServeModelVerb(CLI::App& app);
void addBenchVerb(CLI::App& app);
void addRunBatchVerb(CLI::App& app);
void addDemoVerb(CLI::App& app);

} // namespace lathe::cli
