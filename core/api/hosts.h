// SPDX-License-Identifier: Apache-2.0
// Machines that are reached over ssh: one file in the home folder for window and command line, the commands that reach them, and what
// their answers mean. Nothing here starts a process.
#pragma once

#include "core/api/codec.h"
#include "core/api/train_spec.h"

#include <string>
#include <vector>

namespace lathe::api {

struct Host {
  std::string name;               // what the window and `lathe --host NAME` call it
  std::string target;             // user@machine, or a name of ~/.ssh/config
  int64_t port = 0;               // 0: ssh's own choice
  std::string identity;           // key file; empty: the agent's keys and ~/.ssh/config
  std::string program = "lathe";  // over there; may begin with ~/
  std::string home;               // Lathe's data folder over there; empty: its default
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("name", s.name);
    field("target", s.target);
    field("port", s.port);
    field("identity", s.identity);
    field("program", s.program);
    field("home", s.home);
  }
};

/// Every problem of the six fields; Problem::path is the field's name.
std::vector<Problem> checkHost(const Host& host);

std::string hostsFile(const std::string& home); // <home>/hosts.json
/// Empty when there is no file. Throws a refusal (REJ:HOSTS) that names the file.
std::vector<Host> readHosts(const std::string& home);
/// Sorted by name, 0600. Throws Usage when a host has a problem or a name is there twice.
void writeHosts(const std::string& home, std::vector<Host> hosts);
/// Throws NotFound with the nearest known name.
const Host& findHost(const std::vector<Host>& hosts, const std::string& name);

/// ssh and its arguments to run `command` there without ever asking for a password; `terminal`: with one, so that Ctrl+C arrives.
/// $LATHE_SSH names another program than ssh.
std::vector<std::string> sshCommand(const Host& host, const std::vector<std::string>& command, bool terminal = false);
/// `lathe ARGUMENTS` over there, on that machine's data folder.
std::vector<std::string> latheCommand(const Host& host, const std::vector<std::string>& arguments, bool terminal = false);
/// `lathe engine --stdio` over there.
std::vector<std::string> engineCommand(const Host& host);
/// Tells in one go whether ssh arrives, where lathe is and which version it has; read with readProbe().
std::vector<std::string> probeCommand(const Host& host);

enum class StepState { Waiting, Running, Ok, Warn, Failed };
struct HostStep {
  StepState state = StepState::Waiting;
  std::string what;   // "ssh reaches gpu-box"
  std::string remedy; // what to do when it failed; empty otherwise
};
inline constexpr int kHostSteps = 4; // ssh, lathe, version, engine
/// The first three steps from what probeCommand() printed; steps after a failed one are Waiting.
std::vector<HostStep> readProbe(const Host& host, int exitCode, const std::string& out, const std::string& err);
/// The fourth from the engine's first frame (empty: none came).
HostStep readHello(const Host& host, const std::string& answer, const std::string& err);
/// The frame to send first.
std::string helloFrame(const std::string& client);

struct SshFailure {
  std::string reason, remedy;
  bool lasting = false; // trying again by itself will not help, and may lock the account
};
/// What ssh wrote on standard error before it gave up.
SshFailure sshFailure(const Host& host, const std::string& err);

} // namespace lathe::api
