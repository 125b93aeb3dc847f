// SPDX-License-Identifier: Apache-2.0
#include "core/api/hosts.h"

#include "core/api/framing.h"
#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/text_format.h"
#include "core/base/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace lathe::api {
namespace {

constexpr const char* kProbeMark = "lathe-probe";

struct HostsFile {
  std::vector<Host> hosts;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) { field("hosts", s.hosts); }
};

bool hasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool hasSpace(const std::string& text) { return text.find(' ') != std::string::npos; }

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// One word for a shell over there; ~/ becomes that shell's home.
std::string remoteWord(const std::string& text) { return text.starts_with("~/") ? "\"$HOME\"/" + quoted(text.substr(2)) : quoted(text); }

std::string joined(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& word : command)
    line += (line.empty() ? "" : " ") + remoteWord(word);
  return line;
}

std::string localPath(const std::string& path) {
  const char* home = std::getenv("HOME");
  return path.starts_with("~/") && home ? home + path.substr(1) : path;
}

/// Never a question: without a key that is accepted ssh fails.
std::vector<std::string> sshLine(const Host& host, const std::string& line, bool terminal) {
  const char* chosen = std::getenv("LATHE_SSH");
  std::vector<std::string> out = {chosen && *chosen ? chosen : "ssh", terminal ? "-t" : "-T"};
  for (const char* option : {"BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3"})
    out.insert(out.end(), {"-o", option});
  if (host.port > 0)
    out.insert(out.end(), {"-p", std::to_string(host.port)});
  if (!host.identity.empty())
    out.insert(out.end(), {"-i", localPath(host.identity)});
  out.insert(out.end(), {"--", host.target, line});
  return out;
}

std::string firstLine(const std::string& text) {
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
      line.pop_back();
    if (!line.empty() && !line.starts_with("Warning: Permanently added"))
      return line.substr(0, 300);
    start = end + 1;
  }
  return {};
}

std::string valueAfter(const std::string& out, const std::string& key) {
  const std::string wanted = std::string(kProbeMark) + " " + key + " ";
  const size_t at = out.find(wanted);
  return at == std::string::npos ? "" : firstLine(out.substr(at + wanted.size()));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

std::vector<Problem> checkHost(const Host& host) {
  std::vector<Problem> out;
  const auto problem = [&](const char* field, std::string message) { out.push_back({field, std::move(message), Severity::Error}); };
  if (host.name.empty() || hasControl(host.name) || hasSpace(host.name) || host.name.starts_with('-'))
    problem("name", "Give it a short name without spaces, such as gpu-box.");
  if (host.target.empty())
    problem("target", "Say where it is, as in anna@gpu-box.example.org.");
  else if (hasControl(host.target) || hasSpace(host.target) || host.target.starts_with('-') || host.target.ends_with('@') || host.target.starts_with('@'))
    problem("target", fmt::format("{} is no address for ssh. Write user@machine.", host.target));
  if (host.port < 0 || host.port > 65535)
    problem("port", fmt::format("Port {} is outside 1 … 65535; leave it empty for 22.", host.port));
  if (hasControl(host.identity))
    problem("identity", "The path of the key holds a control character.");
  if (host.program.empty() || hasControl(host.program) || host.program.starts_with('-'))
    problem("program", "Say how lathe is started over there, as in lathe or ~/lathe/bin/lathe.");
  if (hasControl(host.home))
    problem("home", "The data folder holds a control character.");
  return out;
}

std::string hostsFile(const std::string& home) { return home + "/hosts.json"; }

std::vector<Host> readHosts(const std::string& home) {
  const std::string path = hostsFile(home);
  if (!fileExists(path))
    return {};
  const Json document = parseJsonFile(path, {.code = "REJ:HOSTS", .what = path});
  return decode<HostsFile>(document).hosts;
}

void writeHosts(const std::string& home, std::vector<Host> hosts) {
  std::sort(hosts.begin(), hosts.end(), [](const Host& a, const Host& b) { return a.name < b.name; });
  for (size_t i = 0; i < hosts.size(); ++i) {
    if (const auto problems = checkHost(hosts[i]); !problems.empty())
      throw Exception(ErrorKind::Usage, problems.front().message);
    if (i > 0 && hosts[i].name == hosts[i - 1].name)
      throw Exception(ErrorKind::Usage, fmt::format("There is a machine called {} already. Choose another name.", hosts[i].name));
  }
  makeDirectories(home, 0700);
  writeFileAtomic(hostsFile(home), dumpJson(encode(HostsFile{std::move(hosts)}), 2) + "\n", 0600);
}

const Host& findHost(const std::vector<Host>& hosts, const std::string& name) {
  const auto found = std::find_if(hosts.begin(), hosts.end(), [&](const Host& host) { return host.name == name; });
  if (found != hosts.end())
    return *found;
  std::vector<std::string_view> names;
  for (const Host& host : hosts)
    names.push_back(host.name);
  const auto near = nearestName(name, names);
  throw Exception(ErrorKind::NotFound, near ? fmt::format("There is no machine called {}. Did you mean {}?", name, *near)
                                            : fmt::format("There is no machine called {}. `lathe hosts add {} user@machine` adds it.", name, name));
}

std::vector<std::string> sshCommand(const Host& host, const std::vector<std::string>& command, bool terminal) {
  return sshLine(host, joined(command), terminal);
}

std::vector<std::string> latheCommand(const Host& host, const std::vector<std::string>& arguments, bool terminal) {
  const std::string home = host.home.empty() ? "" : "LATHE_HOME=" + remoteWord(host.home) + " ";
  return sshLine(host, home + remoteWord(host.program) + (arguments.empty() ? "" : " ") + joined(arguments), terminal);
}

std::vector<std::string> engineCommand(const Host& host) { return latheCommand(host, {"engine", "--stdio"}); }

std::vector<std::string> probeCommand(const Host& host) {
  const std::string program = remoteWord(host.program);
  const std::string script = fmt::format("echo {0} ssh yes; p=$(command -v {1}) || exit 0; echo {0} found \"$p\"; echo {0} version \"$({1} --version)\"", kProbeMark, program);
  return sshCommand(host, {"sh", "-c", script});
}

std::string helloFrame(const std::string& client) {
  return encodeFrame(dumpJson({{"jsonrpc", "2.0"}, {"id", 1}, {"method", method::kHello}, {"params", {{"protocol", kProtocolVersion}, {"client", client}}}}));
}

SshFailure sshFailure(const Host& host, const std::string& err) {
  const std::string at = host.port > 0 ? fmt::format("{} (port {})", host.target, host.port) : host.target;
  const std::string command = fmt::format("ssh {}{}", host.port > 0 ? fmt::format("-p {} ", host.port) : "", host.target);
  if (contains(err, "Could not resolve hostname"))
    return {fmt::format("No machine of the name {} is known.", at), "Check the spelling, and whether this computer is in the network (or VPN) that knows the name.", false};
  if (contains(err, "Connection refused"))
    return {fmt::format("{} is there and refuses ssh.", at), "Check the port, and that an ssh server runs over there (Debian: apt install openssh-server).", false};
  if (contains(err, "timed out") || contains(err, "No route to host") || contains(err, "Network is unreachable"))
    return {fmt::format("{} does not answer.", at), "Check that it is switched on and that a network or VPN leads there.", false};
  if (contains(err, "Host key verification failed") || contains(err, "REMOTE HOST IDENTIFICATION HAS CHANGED"))
    return {fmt::format("The key of {} is not known here, or it has changed.", at),
            fmt::format("Run `{}` once in a terminal and compare the fingerprint that it shows before you accept it.", command), true};
  if (contains(err, "Permission denied"))
    return {fmt::format("{} accepts none of the keys that were offered.", at),
            fmt::format("Run `ssh-copy-id {}{}`; a key with a passphrase has to be in the agent (`ssh-add`).", host.port > 0 ? fmt::format("-p {} ", host.port) : "", host.target), true};
  const std::string line = firstLine(err);
  return {line.empty() ? fmt::format("The connection to {} ended.", at) : fmt::format("The connection to {} ended: {}", at, line),
          fmt::format("Try `{}` in a terminal.", command), contains(err, "not found") || contains(err, "No such file")};
}

std::vector<HostStep> readProbe(const Host& host, int exitCode, const std::string& out, const std::string& err) {
  std::vector<HostStep> steps(3);
  steps[0].what = fmt::format("ssh reaches {}", host.target);
  steps[1].what = fmt::format("{} is there", host.program);
  steps[2].what = "Both have the same version";
  if (valueAfter(out, "ssh").empty()) {
    const SshFailure failure = sshFailure(host, err);
    steps[0] = {StepState::Failed, exitCode == 127 && err.empty() ? "ssh is not installed on this computer." : failure.reason,
                exitCode == 127 && err.empty() ? "Install it (Debian: apt install openssh-client)." : failure.remedy};
    return steps;
  }
  steps[0].state = StepState::Ok;
  const std::string found = valueAfter(out, "found"), version = valueAfter(out, "version");
  if (found.empty()) {
    steps[1] = {StepState::Failed, fmt::format("{} was not found on {}.", host.program, host.target),
                "Install Lathe there, or give the whole path of its program: a shell without a terminal often has a shorter PATH."};
    return steps;
  }
  steps[1] = {StepState::Ok, fmt::format("lathe is {}", found), {}};
  if (version.empty())
    steps[2] = {StepState::Failed, fmt::format("{} does not tell a version.", found), "Is it Lathe? Start it over there with --version."};
  else if (version != kVersion)
    steps[2] = {StepState::Warn, fmt::format("Version {} there, {} here", version, kVersion), "Most things work; install the same version on both to be sure."};
  else
    steps[2] = {StepState::Ok, fmt::format("Version {} on both", version), {}};
  return steps;
}

HostStep readHello(const Host& host, const std::string& answer, const std::string& err) {
  const std::string remedy = fmt::format("Run `{} engine` over there and read what it says; its log is engine.log in the data folder.", host.program);
  if (answer.empty()) {
    const std::string line = firstLine(err);
    return {StepState::Failed, line.empty() ? "The engine did not answer." : fmt::format("The engine did not answer: {}", line), remedy};
  }
  const auto message = capture([&] { return parseJson(answer); });
  const Json* result = message ? find(*message, "result") : nullptr;
  if (!result) {
    const Json* error = message ? find(*message, "error") : nullptr;
    return {StepState::Failed, error ? stringOr(*error, "message", "The engine refused.") : "The engine's answer cannot be read.", remedy};
  }
  return {StepState::Ok, fmt::format("The engine answers (home {})", stringOr(*result, "home", "?")), {}};
}

} // namespace lathe::api
