// SPDX-License-Identifier: Apache-2.0
#include "core/engine/model_merge.h"

#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/engine/process.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include <signal.h>

namespace lathe::engine {
namespace fs = std::filesystem;
namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(100);
constexpr int kGraceLooks = 20; // two seconds between asking and ending
constexpr uint64_t kMergeLogBytes = 1 << 20;

/// Folders that a merge writes into before they get their name.
std::set<std::string> unfinishedIn(const std::string& folder) {
  std::set<std::string> out;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
    if (it->path().filename().string().starts_with(".tmp-merge-"))
      out.insert(it->path().string());
  return out;
}

/// The sentence that the process ended with.
std::string lastWords(const std::string& log) {
  const auto text = capture([&] { return readFile(log, kMergeLogBytes); });
  if (!text.ok())
    return {};
  const size_t end = text->find_last_not_of('\n');
  if (end == std::string::npos)
    return {};
  const size_t begin = text->rfind('\n', end);
  std::string line = text->substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1) + 1);
  if (line.starts_with("lathe: "))
    line.erase(0, 7);
  const size_t code = line.starts_with("REJ:") ? line.find(": ") : std::string::npos; // the window shows the sentence alone
  return code == std::string::npos ? line : line.substr(code + 2);
}

/// Its exit status; 143 after a stop.
int waitFor(int64_t pid, std::stop_token stop) {
  for (int asked = 0;;) {
    if (const auto status = reap(pid))
      return *status;
    if (stop.stop_requested() && asked++ % kGraceLooks == 0)
      ::kill(static_cast<pid_t>(pid), asked == 1 ? SIGTERM : SIGKILL);
    std::this_thread::sleep_for(kLookAgain);
  }
}

} // namespace

Json mergeModel(const MergeRequest& request, const ModelWork::Progress& progress) {
  if (fileExists(request.out) || isDirectory(request.out))
    throw Exception(ErrorKind::Conflict, fmt::format("{} is there already. Choose another name; nothing is overwritten.", request.out));
  const std::string parent = fs::path(request.out).parent_path().string();
  makeDirectories(parent);
  const std::set<std::string> before = unfinishedIn(parent);
  const std::string log = fmt::format("{}/merge-{}.log", request.logFolder, randomId(8));
  progress.tell("Merging", api::kNaN);
  const int64_t pid = spawnWorker({request.workerProgram, "merge", "--model", request.path, "--adapter", request.adapter, "--out", request.out}, log);
  const int status = waitFor(pid, progress.stop);
  const std::string said = lastWords(log);
  (void)capture([&] { return removeTree(log), 0; });
  if (status == 0)
    return {{"out", request.out}, {"notes", Json::array()}};
  for (const std::string& folder : unfinishedIn(parent))
    if (!before.contains(folder))
      (void)capture([&] { return removeTree(folder), 0; });
  if (progress.stop.stop_requested())
    throw Exception(ErrorKind::Cancelled, "The merge was stopped; nothing was left behind.");
  throw Exception(ErrorKind::Io, said.empty() ? fmt::format("The merge ended with status {} and said nothing.", status) : said);
}

} // namespace lathe::engine
