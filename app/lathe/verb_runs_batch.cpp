// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/error.h"
#include "core/base/paths.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace lathe::cli {
namespace {

struct BatchOptions {
  std::string run, device = "auto";
  int64_t step = 0;
  int threads = 0;
};

/// Computes, so it is the worker's: this process becomes it.
[[noreturn]] void becomeRunBatch(const BatchOptions& options, const std::string& home, bool json) {
  std::vector<std::string> words = {executableFolder() + "/lathe-worker", "run-batch", options.run, "--step", std::to_string(options.step), "--device", options.device,
                                    "--threads", std::to_string(options.threads)};
  if (!home.empty())
    words.insert(words.end(), {"--home", home});
  if (json)
    words.emplace_back("--json");
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  throw Exception(ErrorKind::Io, fmt::format("{} could not be started: {}. Build it with ./dev.sh build.", words[0], std::strerror(errno)));
}

} // namespace

void addRunBatch(CLI::App& runs, const std::shared_ptr<const std::string>& home, const std::shared_ptr<const bool>& json) {
  auto options = std::make_shared<BatchOptions>();
  CLI::App* verb = runs.add_subcommand("batch", "The rows of one step with the loss of every token, computed again with the nearest weights that are kept.\n"
                                                "Example: lathe runs batch 20260714-101500-support-tone-3f9a --step 120");
  verb->add_option("run", options->run, "Name or folder of a run")->required();
  verb->add_option("--step", options->step, "Optimizer step, from 1")->required()->check(CLI::PositiveNumber);
  verb->add_option("--device", options->device, "cpu, cuda, cuda:N, or auto: as the run")->capture_default_str();
  verb->add_option("--threads", options->threads, "Computing threads; 0 uses every core")->check(CLI::Range(0, 1024))->capture_default_str();
  verb->callback([options, home, json] { becomeRunBatch(*options, *home, *json); });
}

} // namespace lathe::cli
