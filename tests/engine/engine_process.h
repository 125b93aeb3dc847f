// SPDX-License-Identifier: Apache-2.0
// The engine as a process of its own: this test program started again with "engine HOME" (engineProcessMain).
#pragma once

#include "core/rpc/client.h"

#include <string>
#include <vector>

#include <sys/types.h>

class EngineProcess {
public:
  /// `home` is served until the object goes away.
  explicit EngineProcess(std::string home);
  ~EngineProcess();
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;
  void start();
  /// Sends the signal and waits for the end.
  void kill(int signal);
  /// Waits up to ten seconds for the engine to answer.
  lathe::rpc::Client connect() const;

private:
  std::string m_home;
  pid_t m_pid = 0;
};

/// This program's path.
std::string testProgram();

/// For main(): runs as worker ("job", "serve-model") or engine ("engine") when the arguments say so; −1 when they do not.
int engineProcessMain(int argc, char** argv);
