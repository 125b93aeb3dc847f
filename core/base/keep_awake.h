// SPDX-License-Identifier: Apache-2.0
// Keeps this machine from falling asleep while something computes, through systemd-inhibit(1).
#pragma once

#include <string>

namespace lathe {

/// Holds an inhibitor lock (sleep and idle) until destroyed; a process that is killed gives it back as well. Without systemd-inhibit, or
/// where the machine refuses, nothing is held and problem() says why.
class KeepAwake {
public:
  explicit KeepAwake(const std::string& why);
  ~KeepAwake();
  KeepAwake(const KeepAwake&) = delete;
  KeepAwake& operator=(const KeepAwake&) = delete;
  bool isHeld() const { return m_pipe >= 0; }
  const std::string& problem() const { return m_problem; } // one sentence; empty when held

private:
  int m_pipe = -1, m_pid = -1;
  std::string m_problem;
};

} // namespace lathe
