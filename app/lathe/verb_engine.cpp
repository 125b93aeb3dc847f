// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/engine/daemon.h"
#include "core/engine/engine.h"
#include "core/engine/log_tail.h"

#include <fmt/format.h>

#include <signal.h>
#include <thread>

namespace lathe::cli {
namespace {

struct EngineVerb {
  std::string home, worker;
  bool stdio = false, detach = false;
  int64_t logLines = 0;
  double idleMinutes = 10;
};

/// Signals are taken by one thread that waits for them; the engine then ends in order.
void serve(const engine::EngineOptions& options) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  engine::Engine engine(options);
  std::thread waiter([&] {
    int signal = 0;
    ::sigwait(&signals, &signal);
    engine.stop();
  });
  engine.run();
  ::pthread_kill(waiter.native_handle(), SIGTERM);
  waiter.join();
}

void runEngine(const EngineVerb& verb) {
  const std::string home = homeFolder(verb.home);
  if (verb.logLines > 0) {
    for (const std::string& line : engine::logTail(home, verb.logLines))
      fmt::print("{}\n", line);
    return;
  }
  if (verb.stdio)
    throw Exit{engine::relayStdio(home)};
  const engine::EngineOptions options{home, verb.worker, verb.idleMinutes};
  if (!verb.detach) {
    fmt::print(stderr, "The engine serves {} on {}. Ctrl+C ends it; runs go on.\n", home, engineSocket(home));
    serve(options);
    return;
  }
  if (!engine::detach(home))
    return;
  try {
    setLogLevel(LogLevel::Info);
    serve(options);
  } catch (...) {
    const Error error = currentError();
    if (error.kind != ErrorKind::Conflict) // another one was quicker
      logError("The engine ended: {}", error.message);
    throw Exit{exitCodeFor(error.kind)};
  }
}

} // namespace

void addEngineVerbs(CLI::App& app) {
  auto options = std::make_shared<EngineVerb>();
  CLI::App* verb = app.add_subcommand("engine", "The daemon that the window and `lathe runs` talk to; started by itself.\nExample: lathe engine --stdio");
  verb->add_flag("--stdio", options->stdio, "Relay standard input and output to the daemon, starting it first");
  verb->add_flag("--detach", options->detach, "Run in the background; the log is engine.log in the home folder");
  verb->add_option("--idle-minutes", options->idleMinutes, "End after so long without clients and work; 0 = never")->capture_default_str();
  verb->add_option("--log", options->logLines, "Print so many last lines of the daemon's log and do nothing else")->check(CLI::Range(int64_t{1}, engine::kMostLogLines));
  verb->add_option("--worker", options->worker, "Program to start for jobs and models (default: lathe-worker beside this one)");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  verb->callback([options] { runEngine(*options); });
}

} // namespace lathe::cli
