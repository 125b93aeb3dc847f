// SPDX-License-Identifier: Apache-2.0
#include "core/train/run_folder.h"

#include "core/base/log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lathe::train {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kLogBytes = 1ull << 40;

std::string readLockText(int fd) {
  char buffer[128] = {};
  const ssize_t n = ::pread(fd, buffer, sizeof buffer - 1, 0);
  return n > 0 ? std::string(buffer, static_cast<size_t>(n)) : std::string();
}

bool sameFile(int fd, const std::string& path) {
  struct stat here {}, there {};
  return ::fstat(fd, &here) == 0 && ::stat(path.c_str(), &there) == 0 && here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

bool isTemporaryName(const std::string& name) { return name.starts_with(".tmp-") || name.find(".tmp-") != std::string::npos; }

void removeTemporary(const std::string& folder) {
  if (!isDirectory(folder))
    return;
  for (const std::string& name : listDirectory(folder))
    if (isTemporaryName(name))
      removeTree(folder + "/" + name);
}

template <class Row>
std::vector<Row> readLines(const std::string& path) {
  std::vector<Row> rows;
  if (!fileExists(path))
    return rows;
  const std::string text = readFile(path, kLogBytes);
  size_t from = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    rows.push_back(api::decode<Row>(parseJson(std::string_view(text).substr(from, end - from), {.what = path})));
    from = end + 1;
  }
  return rows;
}

} // namespace

RunLock::RunLock(const std::string& folder) : m_path(folder + "/lock") {
  for (int attempt = 0; attempt < 16; ++attempt) {
    m_fd = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (m_fd < 0)
      throw Exception(ErrorKind::Io, fmt::format("The run {} cannot be locked: {}.", folder, std::strerror(errno)));
    if (::flock(m_fd, LOCK_EX | LOCK_NB) != 0) {
      const std::string owner = readLockText(m_fd);
      ::close(std::exchange(m_fd, -1));
      throw Exception(ErrorKind::Conflict, fmt::format("Process {} already works on the run {}. Stop it first, or wait until it ends.",
                                                       owner.substr(0, owner.find(' ')), folder));
    }
    if (sameFile(m_fd, m_path))
      break;
    ::close(std::exchange(m_fd, -1)); // its owner removed it between open and lock
  }
  if (m_fd < 0)
    throw Exception(ErrorKind::Conflict, fmt::format("The lock of the run {} keeps changing. Try again.", folder));
  m_stale = !readLockText(m_fd).empty();
  const std::string text = fmt::format("{} {}\n", ::getpid(), processStartTime(::getpid()));
  if (::ftruncate(m_fd, 0) != 0 || ::pwrite(m_fd, text.data(), text.size(), 0) < 0)
    logWarning("The lock of {} could not be written: {}", folder, std::strerror(errno));
}

RunLock::~RunLock() {
  if (m_fd < 0)
    return;
  ::unlink(m_path.c_str());
  ::close(m_fd);
}

std::string RunFolder::id() const { return fs::path(m_path).filename().string(); }

RunFolder RunFolder::create(const std::string& path, const api::TrainSpec& spec) {
  RunFolder run;
  run.m_path = fs::path(path).lexically_normal().string();
  while (run.m_path.size() > 1 && run.m_path.back() == '/')
    run.m_path.pop_back();
  if (fileExists(run.file("state.json"))) {
    RunFolder old = open(run.m_path);
    if (old.m_status.state != api::RunState::Queued || dumpJson(api::trainSpecToJson(old.m_spec)) != dumpJson(api::trainSpecToJson(spec)))
      throw Exception(ErrorKind::Conflict, fmt::format("{} already holds a run ({}). Resume it with \"lathe resume {}\", or choose another folder.",
                                                       run.m_path, api::enumName(old.m_status.state), run.m_path));
    return old;
  }
  makeDirectories(run.m_path);
  makeDirectories(run.checkpoints());
  run.m_spec = spec;
  run.m_status.created = wallClock();
  writeFileAtomic(run.file("spec.json"), dumpJson(api::trainSpecToJson(spec), 2) + "\n");
  run.writeStatus();
  return run;
}

RunFolder RunFolder::open(const std::string& path) {
  RunFolder run;
  run.m_path = fs::path(path).lexically_normal().string();
  while (run.m_path.size() > 1 && run.m_path.back() == '/')
    run.m_path.pop_back();
  if (!fileExists(run.file("spec.json")))
    throw Exception(ErrorKind::NotFound, fmt::format("{} is not a run folder: it has no spec.json.", path));
  const api::ParsedSpec parsed = api::readTrainSpec(run.file("spec.json"));
  if (!parsed.ok())
    refuse("REJ:SPEC", fmt::format("{} is not a valid specification. {}", run.file("spec.json"), api::describeProblems(parsed.problems)));
  run.m_spec = parsed.spec;
  run.m_status = api::readRunStatus(run.m_path);
  if (run.m_status.created == 0)
    logWarning("{}: {}", run.m_path, run.m_status.error);
  makeDirectories(run.checkpoints());
  return run;
}

void RunFolder::writeStatus() {
  m_status.updated = wallClock();
  api::writeRunStatus(m_path, m_status);
}

void RunFolder::setState(api::RunState state, const Error* error, const std::string& reason) {
  if (!api::mayChange(m_status.state, state))
    throw Exception(ErrorKind::Conflict, fmt::format("A run that is {} cannot become {}.", api::enumName(m_status.state), api::enumName(state)));
  const bool ended = api::isEnded(state);
  m_status.state = state;
  m_status.pid = ended || state == api::RunState::Queued ? 0 : ::getpid();
  m_status.processStart = m_status.pid ? processStartTime(m_status.pid) : 0;
  m_status.ended = ended ? wallClock() : 0;
  m_status.reason = reason;
  m_status.error = error ? error->message : "";
  m_status.errorKind = error ? errorKindName(error->kind) : "";
  m_status.errorCode = error ? error->code : "";
  m_status.errorDetail = error ? error->detail : "";
  writeStatus();
}

void RunFolder::setStep(int64_t step, int64_t totalSteps, bool write) {
  m_status.step = step;
  m_status.totalSteps = totalSteps;
  if (write)
    writeStatus();
}

void RunFolder::markInterrupted() {
  if (!api::isEnded(m_status.state) && m_status.state != api::RunState::Queued)
    setState(api::RunState::Interrupted, nullptr, "The worker ended without saying so.");
}

void RunFolder::removeStrayFiles() {
  removeTemporary(m_path);
  removeTemporary(checkpoints());
}

std::vector<api::MetricRow> readMetrics(const std::string& runFolder) { return readLines<api::MetricRow>(runFolder + "/metrics.jsonl"); }
std::vector<api::RunEvent> readEvents(const std::string& runFolder) { return readLines<api::RunEvent>(runFolder + "/events.jsonl"); }

} // namespace lathe::train
