// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/api/framing.h"
#include "core/api/hosts.h"
#include "core/base/paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lathe::cli {
namespace {

struct HostsOptions {
  std::string home;
  api::Host host;
  bool json = false;
};

/// A child with pipes; what it prints is collected until it ends, `enough` says so, or the time is over.
struct Spoken {
  std::string out, err;
  int code = 127;
};

std::vector<char*> pointers(const std::vector<std::string>& command) {
  std::vector<char*> out;
  for (const std::string& word : command)
    out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

bool readSome(int fd, std::string& into) {
  char block[4096];
  const ssize_t n = ::read(fd, block, sizeof block);
  if (n > 0)
    into.append(block, static_cast<size_t>(n));
  return n > 0 || (n < 0 && errno == EINTR);
}

Spoken speak(const std::vector<std::string>& command, const std::string& input, double seconds, const std::function<bool(const std::string&)>& enough) {
  Spoken spoken;
  int in[2], out[2], err[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    throw Exception(ErrorKind::Io, fmt::format("ssh cannot be started: {}.", std::strerror(errno)));
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(in[0], 0), ::dup2(out[1], 1), ::dup2(err[1], 2);
    ::execvp(command.front().c_str(), pointers(command).data());
    ::_exit(127);
  }
  ::close(in[0]), ::close(out[1]), ::close(err[1]);
  ::signal(SIGPIPE, SIG_IGN);
  [[maybe_unused]] const ssize_t written = ::write(in[1], input.data(), input.size());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  pollfd ends[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  while ((ends[0].fd >= 0 || ends[1].fd >= 0) && !enough(spoken.out) && std::chrono::steady_clock::now() < deadline) {
    ::poll(ends, 2, 100);
    for (int i = 0; i < 2; ++i)
      if (ends[i].fd >= 0 && (ends[i].revents & (POLLIN | POLLHUP)) && !readSome(ends[i].fd, i == 0 ? spoken.out : spoken.err))
        ends[i].fd = -1;
  }
  if (ends[0].fd >= 0 || ends[1].fd >= 0)
    ::kill(pid, SIGTERM);
  ::close(in[1]), ::close(out[0]), ::close(err[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  spoken.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return spoken;
}

std::string firstFrame(const std::string& bytes) {
  api::FrameReader reader;
  reader.append(bytes);
  return reader.next().value_or("");
}

const char* stepWord(api::StepState state) {
  switch (state) {
  case api::StepState::Ok: return "ok";
  case api::StepState::Warn: return "note";
  case api::StepState::Failed: return "FAILED";
  case api::StepState::Waiting:
  case api::StepState::Running: return "not tried";
  }
  return "";
}

std::vector<api::HostStep> testHost(const api::Host& host) {
  const Spoken probe = speak(api::probeCommand(host), "", 30, [](const std::string&) { return false; });
  auto steps = api::readProbe(host, probe.code, probe.out, probe.err);
  const bool reached = steps[1].state == api::StepState::Ok;
  steps.push_back({api::StepState::Waiting, "The engine answers", {}});
  if (reached) {
    const Spoken hello = speak(api::engineCommand(host), api::helloFrame("lathe"), 30, [](const std::string& out) { return !firstFrame(out).empty(); });
    steps.back() = api::readHello(host, firstFrame(hello.out), hello.err);
  }
  return steps;
}

void runTest(const HostsOptions& options) {
  const auto hosts = api::readHosts(homeFolder(options.home));
  const auto steps = testHost(api::findHost(hosts, options.host.name));
  Json list = Json::array();
  for (const auto& step : steps) {
    list.push_back({{"state", stepWord(step.state)}, {"what", step.what}, {"remedy", step.remedy}});
    if (!options.json)
      fmt::print("{:<10} {}{}{}\n", stepWord(step.state), step.what, step.remedy.empty() ? "" : "\n           ", step.remedy);
  }
  if (options.json)
    fmt::print("{}\n", dumpJson({{"steps", list}}));
  if (steps.back().state != api::StepState::Ok)
    throw Exit{1};
}

void runList(const HostsOptions& options) {
  const auto hosts = api::readHosts(homeFolder(options.home));
  if (options.json)
    return fmt::print("{}\n", dumpJson({{"hosts", api::encode(hosts)}}));
  if (hosts.empty())
    fmt::print("No machines yet. `lathe hosts add NAME user@machine` adds one.\n");
  for (const auto& host : hosts)
    fmt::print("{:<20} {}{}\n", host.name, host.target, host.port > 0 ? fmt::format(" (port {})", host.port) : "");
}

void runAdd(const HostsOptions& options) {
  const std::string home = homeFolder(options.home);
  auto hosts = api::readHosts(home);
  std::string problems;
  for (const auto& problem : api::checkHost(options.host))
    problems += (problems.empty() ? "" : " ") + problem.message;
  if (!problems.empty())
    throw Exception(ErrorKind::Usage, problems);
  hosts.push_back(options.host);
  api::writeHosts(home, std::move(hosts));
  if (!options.json)
    fmt::print("Added {}. `lathe hosts test {}` tries it.\n", options.host.name, options.host.name);
}

void runRemove(const HostsOptions& options) {
  const std::string home = homeFolder(options.home);
  auto hosts = api::readHosts(home);
  const std::string name = api::findHost(hosts, options.host.name).name;
  std::erase_if(hosts, [&](const api::Host& host) { return host.name == name; });
  api::writeHosts(home, std::move(hosts));
}

} // namespace

void addHostsVerb(CLI::App& app) {
  auto options = std::make_shared<HostsOptions>();
  CLI::App* verb = app.add_subcommand("hosts", "Machines that window and command line reach over ssh.\nExample: lathe hosts add gpu-box anna@gpu-box.example.org");
  verb->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, bool named, void (*run)(const HostsOptions&)) {
    CLI::App* part = verb->add_subcommand(name, help);
    if (named)
      part->add_option("name", options->host.name, "Its name")->required();
    part->add_flag("--json", options->json, "One JSON object");
    part->add_option("--home", options->home, "Lathe's data folder here (default: $LATHE_HOME, else the XDG data folder)");
    part->callback([options, run] { run(*options); });
    return part;
  };
  add("list", "All of them", false, runList);
  add("test", "Tries ssh, Lathe over there, its version and its engine, one after the other", true, runTest);
  add("remove", "Forgets one; nothing over there changes", true, runRemove);
  CLI::App* adding = add("add", "Adds one; keys come from the ssh agent or ~/.ssh, a password is never asked for", true, runAdd);
  adding->add_option("target", options->host.target, "user@machine, or a name of ~/.ssh/config")->required();
  adding->add_option("--port", options->host.port, "Port of its ssh server");
  adding->add_option("--identity", options->host.identity, "Key file to offer");
  adding->add_option("--program", options->host.program, "How lathe is started over there")->capture_default_str();
  adding->add_option("--remote-home", options->host.home, "Lathe's data folder over there");
}

HostOption hostOption(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first.starts_with("--host="))
    return {first.substr(7), 1};
  if (first == "--host" && argc > 2)
    return {argv[2], 2};
  return {};
}

int becomeSsh(const std::string& name, const std::vector<std::string>& arguments) {
  const auto hosts = api::readHosts(homeFolder());
  const api::Host& host = api::findHost(hosts, name);
  const auto ssh = api::latheCommand(host, arguments, ::isatty(0) && ::isatty(1));
  ::execvp(ssh.front().c_str(), pointers(ssh).data());
  throw Exception(ErrorKind::Io, fmt::format("{} could not be started: {}. Install it (Debian: apt install openssh-client).", ssh.front(), std::strerror(errno)));
}

} // namespace lathe::cli
