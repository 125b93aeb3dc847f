// SPDX-License-Identifier: Apache-2.0
// The command line. Verbs that compute become lathe-worker in the same process, so this program starts in milliseconds and never loads
// LibTorch.
#include "app/lathe/verbs.h"

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/base/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace {

using namespace lathe;

constexpr std::pair<const char*, const char*> kWorkerVerbs[] = {
    {"train", "Run a training specification"},
    {"resume", "Go on with a run from its last checkpoint"},
    {"logits", "Logits and losses of given tokens, as safetensors"},
    {"generate", "Complete a prompt or answer messages"},
    {"merge", "Add an adapter's weights into a copy of its base model"},
    {"bench", "Measure training, decoding and loading"},
    {"demo", "The first run in the terminal: train, then compare before and after"},
};

bool isWorkerVerb(std::string_view verb) {
  return std::any_of(std::begin(kWorkerVerbs), std::end(kWorkerVerbs), [&](const auto& entry) { return verb == entry.first; });
}

int becomeWorker(char** argv) {
  const std::string worker = executableFolder() + "/lathe-worker";
  argv[0] = const_cast<char*>(worker.c_str());
  ::execv(worker.c_str(), argv);
  fmt::print(stderr, "lathe: {} could not be started: {}. Build it with ./dev.sh build.\n", worker, std::strerror(errno));
  return 1;
}

int report(const Error& error) {
  fmt::print(stderr, "lathe: {}{}\n", error.code.empty() ? "" : error.code + ": ", error.message);
  return exitCodeFor(error.kind);
}

} // namespace

int main(int argc, char** argv) {
  // Workers share the cores with the window and with each other. OpenMP's threads spin for long while they wait: LoRA on 7 M parameters
  // made 222 tok/s beside two busy programs. Sleeping at once costs the idle machine a quarter (3,128 to 2,271 tok/s); a short spin does
  // neither. Inherited by every worker that this process starts.
  ::setenv("GOMP_SPINCOUNT", "20000", 0);
  if (const auto host = cli::hostOption(argc, argv); host.words > 0) {
    try {
      return cli::becomeSsh(host.name, {argv + 1 + host.words, argv + argc});
    } catch (...) {
      return report(currentError());
    }
  }
  if (argc > 1 && isWorkerVerb(argv[1]))
    return becomeWorker(argv);

  CLI::App app("Lathe shapes language models on your own hardware.", "lathe");
  app.set_version_flag("--version", kVersion);
  std::string host; // taken above; declared for the help
  app.add_option("--host", host, "Run the verb on a machine of `lathe hosts`; before the verb, paths are those over there");
  app.require_subcommand(1);
  for (const auto& [name, help] : kWorkerVerbs)
    app.add_subcommand(name, help); // listed here, run by lathe-worker
  cli::addInspectVerb(app);
  cli::addModelsVerb(app);
  cli::addConvertVerb(app);
  cli::addPullVerb(app);
  cli::addTokenizeVerbs(app);
  cli::addTemplateVerb(app);
  cli::addDataVerb(app);
  cli::addPlanVerb(app);
  cli::addDoctorVerb(app);
  cli::addRunsVerb(app);
  cli::addChatVerb(app);
  cli::addEngineVerbs(app);
  cli::addHostsVerb(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const cli::Exit& exit) {
    return exit.code;
  } catch (const CLI::ParseError& e) {
    return e.get_exit_code() == 0 ? app.exit(e) : (app.exit(e), 2);
  } catch (...) {
    return report(currentError());
  }
}
