// SPDX-License-Identifier: Apache-2.0
#include "core/engine/batches.h"

#include "core/api/batch_values.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/log.h"
#include "core/engine/process.h"

#include <fmt/format.h>

#include <algorithm>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lathe::engine {
namespace {

constexpr uint64_t kAnswerBytes = 15ull << 20; // below the largest frame
constexpr size_t kKnown = 4;

Json stateOf(const char* state) { return {{"state", state}}; }

/// The last whole line of what a helper has written.
Json lastLine(const std::string& file) {
  std::string text = readFile(file, kAnswerBytes);
  const size_t end = text.find_last_of('\n');
  if (end == std::string::npos)
    return nullptr;
  const size_t begin = end == 0 ? std::string::npos : text.find_last_of('\n', end - 1);
  const auto line = capture([&] { return parseJson(std::string_view(text).substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1)), {.bytes = kAnswerBytes}); });
  return line.ok() ? *line : Json(nullptr); // what a library wrote between ours
}

} // namespace

Batches::Batches(const std::string& home, std::string workerProgram) : m_home(home), m_folder(home + "/cache/batches"), m_program(std::move(workerProgram)) {
  capture([this] { return removeTree(m_folder), 0; }).ok(); // of an engine that was killed
}

Batches::~Batches() {
  m_thread.post("", [this](std::stop_token) {
    for (auto& [run, job] : m_jobs)
      end(job);
  });
}

void Batches::ask(const std::string& run, const std::string& folder, const Json& params, const rpc::Reply& reply) {
  const int64_t step = intOr(params, "step", 0);
  if (step < 1)
    refuse("REJ:FIELD", "runs/batch needs a \"step\", from 1.");
  const bool stop = boolOr(params, "stop", false);
  m_thread.post("", [this, run, folder, step, stop, reply](std::stop_token) { reply(capture([&] { return answer(run, folder, step, stop); })); });
}

Json Batches::answer(const std::string& run, const std::string& folder, int64_t step, bool stop) {
  const auto known = std::find_if(m_known.begin(), m_known.end(), [&](const Known& k) { return k.run == run && k.step == step; });
  const auto job = m_jobs.find(run);
  if (job != m_jobs.end() && (stop || job->second.step != step)) {
    end(job->second);
    m_jobs.erase(job);
  }
  if (stop)
    return stateOf("stopped");
  if (known != m_known.end())
    return known->answer;
  if (const auto running = m_jobs.find(run); running != m_jobs.end())
    return progressOf(run, running->second);
  makeDirectories(m_folder, 0700);
  Job made;
  made.step = step;
  made.file = fmt::format("{}/{}.jsonl", m_folder, randomId(8));
  made.pid = spawnWorker({m_program, "run-batch", folder, "--step", std::to_string(step), "--managed", "--home", m_home}, made.file);
  m_jobs[run] = made;
  return stateOf("working");
}

Json Batches::progressOf(const std::string& run, Job& job) {
  const auto code = reap(job.pid); // before the file is read: then nothing is missing in it
  const Json line = lastLine(job.file);
  if (!code)
    return {{"state", "working"}, {"what", stringOr(line, "what", "")}, {"share", doubleOr(line, "share", 0)}};
  Json out = stateOf("failed");
  if (const Json* batch = find(line, "batch"); batch && *code == 0) {
    out = {{"state", "done"}, {"batch", *batch}};
    m_known.push_back({run, job.step, out});
    if (m_known.size() > kKnown)
      m_known.pop_front();
  } else {
    const std::string error = stringOr(line, "error", "");
    out["error"] = !error.empty() ? error : fmt::format("The program that computes the batch ended with code {}. Try again; {}/engine.log may say more.", *code, m_home);
    logWarning("batch of step {}: code {}: {} {}", job.step, *code, error, stringOr(line, "detail", ""));
  }
  job.pid = 0;
  end(job);
  m_jobs.erase(run);
  return out;
}

void Batches::end(Job& job) {
  if (job.pid > 1 && ::kill(static_cast<pid_t>(job.pid), SIGTERM) == 0) // at once: it has nothing to save
    ::waitpid(static_cast<pid_t>(job.pid), nullptr, 0);
  ::unlink(job.file.c_str());
}

} // namespace lathe::engine
