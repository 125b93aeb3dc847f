// SPDX-License-Identifier: Apache-2.0
// The daemon that windows and the command line talk to (ARCHITECTURE.md §1): one per home, without LibTorch; workers outlive it.
#pragma once

#include <memory>
#include <string>

namespace lathe::engine {

struct EngineOptions {
  std::string home;          // absolute
  std::string workerProgram; // empty: lathe-worker beside this program
  double idleMinutes = 10;   // without clients and work it ends; 0 = never
};

class Engine {
public:
  /// Takes the home's lock, opens the store, listens. Conflict when another engine runs for this home.
  explicit Engine(EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Serves until stop(), engine/shutdown, or idleness.
  void run();
  /// Any thread.
  void stop();

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace lathe::engine
