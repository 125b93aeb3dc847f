// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/engine_process.h"

#include "core/base/paths.h"
#include "core/engine/engine.h"
#include "tests/engine/fake_worker.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lathe;

std::string testProgram() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

EngineProcess::EngineProcess(std::string home) : m_home(std::move(home)) { start(); }
EngineProcess::~EngineProcess() { kill(SIGKILL); }

void EngineProcess::start() {
  const std::string program = testProgram();
  m_pid = ::fork();
  if (m_pid == 0) {
    ::execl(program.c_str(), program.c_str(), "engine", m_home.c_str(), nullptr);
    ::_exit(127);
  }
}

void EngineProcess::kill(int signal) {
  if (m_pid <= 0)
    return;
  ::kill(m_pid, signal);
  ::waitpid(m_pid, nullptr, 0);
  m_pid = 0;
}

rpc::Client EngineProcess::connect() const {
  for (int i = 0; i < 500; ++i) {
    auto client = capture([&] { return rpc::Client::connect(engineSocket(m_home), 10); });
    if (client.ok())
      return std::move(*client);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  throw Exception(ErrorKind::Io, "The engine did not start.");
}

int engineProcessMain(int argc, char** argv) {
  const std::string verb = argc > 2 ? argv[1] : "";
  if (verb == "job" || verb == "serve-model" || verb == "run-batch")
    return fakeWorkerMain(std::vector<std::string>(argv + 1, argv + argc));
  if (argc != 3 || verb != "engine")
    return -1;
  engine::Engine engine({argv[2], testProgram(), 0});
  engine.run();
  return 0;
}
