// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/fake_worker.h"

#include "core/api/run_status.h"
#include "core/api/train_spec.h"
#include "core/api/values.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/processes.h"
#include "core/rpc/control_server.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>

#include <signal.h>
#include <unistd.h>

using namespace lathe;

namespace {

std::atomic<bool> g_stop{false};

void setState(const std::string& folder, api::RunState state, int64_t step, int64_t total) {
  api::RunStatus status = api::readRunStatus(folder);
  status.state = state;
  status.pid = api::isEnded(state) ? 0 : ::getpid();
  status.processStart = api::isEnded(state) ? 0 : processStartTime(::getpid());
  status.step = step;
  status.totalSteps = total;
  status.updated = wallClock();
  api::writeRunStatus(folder, status);
}

int job(const std::string& folder, const std::string& home) {
  const auto spec = api::parseTrainSpec(parseJsonFile(folder + "/spec.json")).spec;
  const int64_t total = spec.training.steps.value_or(100);
  std::atomic<bool> paused{false}, sampled{false};
  rpc::ControlHandler handler;
  handler.status = [] { return Json{{"state", "running"}, {"memory", {{"weights", 1000}}}}; };
  handler.control = [&](const std::string& action) {
    if (action == "stop")
      g_stop = true;
    sampled = sampled || action == "sample";
    paused = action == "pause" || (paused && action != "continue");
  };
  rpc::ControlServer control(workerSocket(folder), handler, home);
  setState(folder, api::RunState::Preparing, 0, total);
  constexpr int64_t kSlowStart = 77; // steps of a run that prepares for a while
  for (int i = 1; total == kSlowStart && i <= 60 && !g_stop; ++i) {
    control.emit("progress", folder.substr(folder.rfind('/') + 1), {{"what", "Tokenizing"}, {"share", i / 60.0}});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  setState(folder, api::RunState::Running, 0, total);
  AppendFile metrics(folder + "/metrics.jsonl");
  AppendFile events(folder + "/events.jsonl");
  events.appendLine(dumpJson(api::encode(api::RunEvent{wallClock(), 0, "state", "Training began.", nullptr})));
  const auto begin = std::chrono::steady_clock::now();
  int64_t step = 0;
  for (; step < total && !g_stop; ++step) {
    api::MetricRow row;
    row.step = step + 1;
    row.loss = 3.0 / static_cast<double>(step + 1);
    row.stepMs = 1;
    metrics.appendLine(dumpJson(api::encode(row)));
    if (sampled.exchange(false))
      events.appendLine(dumpJson(api::encode(api::RunEvent{wallClock(), step + 1, "sample", "Probe prompt 1 answered.", {{"index", 0}, {"prompt", "Hi"}, {"answer", "Hello"}, {"base", false}}})));
    std::this_thread::sleep_until(begin + std::chrono::milliseconds(step));
    while (paused && !g_stop)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const bool finished = step == total;
  if (finished)
    makeDirectories(folder + "/adapter");
  setState(folder, api::RunState::Stopping, step, total);
  setState(folder, finished ? api::RunState::Finished : api::RunState::Stopped, step, total);
  return 0;
}

/// Steps from 1000 on fail, those from 2000 on never come to an end.
int runBatch(int64_t step) {
  const auto say = [](const Json& line) {
    fmt::print("{}\n", dumpJson(line));
    std::fflush(stdout);
  };
  say({{"what", "Loading the model"}, {"share", 0.5}});
  while (step >= 2000 && !g_stop)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (g_stop)
    return 143;
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  if (step >= 1000) {
    say({{"error", "The data files changed."}});
    return 1;
  }
  say({{"batch", {{"step", step}, {"mean", 1.5}}}});
  return 0;
}

int numberFrom(const char* variable, int standard) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : standard;
}

/// Says which messages and how many tokens of a beginning came, and gives every piece as one token with an alternative.
Json tracedPiece(const Json& params, int said) {
  const auto prefix = params["prefix"].size();
  if (static_cast<size_t>(said) < prefix)
    return {{{"id", params["prefix"][static_cast<size_t>(said)]}, {"n", 5}}};
  return {{{"id", 100 + said}, {"n", 5}, {"lp", -0.5}, {"h", 1.25}, {"top", {{{"id", 100 + said}, {"lp", -0.5}, {"text", "word "}}, {{"id", 500 + said}, {"lp", -1.5}, {"text", "other"}}}}}};
}

/// What the model was sent, as "role:text|…": so that a test can compare it with what it sees.
std::string echoOf(const Json& params) {
  std::string out;
  for (const Json& message : params["messages"])
    out += (out.empty() ? "" : "|") + message["role"].get<std::string>().substr(0, 1) + ":" + message["content"].get<std::string>();
  return out;
}

/// LATHE_FAKE_PIECES pieces of LATHE_FAKE_PIECE_US each, numbered where LATHE_FAKE_NUMBERED is set; with LATHE_FAKE_ECHO the whole reply is echoOf().
int serve(const std::string& socket) {
  const int pieces = numberFrom("LATHE_FAKE_PIECES", 40);
  const auto pause = std::chrono::microseconds(numberFrom("LATHE_FAKE_PIECE_US", 50'000));
  const bool numbered = std::getenv("LATHE_FAKE_NUMBERED") != nullptr, echo = std::getenv("LATHE_FAKE_ECHO") != nullptr;
  std::mutex mutex;
  std::vector<Json> requests;
  std::set<std::string> cancelled;
  rpc::ControlHandler handler;
  handler.status = [] { return Json{{"memory", {{"weights", 500}}}}; };
  handler.generate = [&](const Json& params) {
    std::scoped_lock lock(mutex);
    requests.push_back(params);
  };
  handler.cancel = [&](const std::string& request) {
    std::scoped_lock lock(mutex);
    cancelled.insert(request);
  };
  rpc::ControlServer control(socket, handler);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(numberFrom("LATHE_FAKE_SECONDS", 30)); // nobody ends it when a test fails
  while (!g_stop && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::vector<Json> work;
    {
      std::scoped_lock lock(mutex);
      work.swap(requests);
    }
    for (const Json& params : work) {
      const std::string request = params["request"];
      int said = 0;
      const auto isCancelled = [&] {
        std::scoped_lock lock(mutex);
        return cancelled.contains(request);
      };
      const auto begin = std::chrono::steady_clock::now();
      for (; said < pieces && !isCancelled() && !g_stop; ++said) {
        Json body = {{"request", request}, {"piece", echo ? (said == 0 ? echoOf(params) : "") : numbered ? std::to_string(said) + " " : "word "}, {"index", said}};
        if (params["sampling"]["logprobs"].get<int>() > 0)
          body["tokens"] = tracedPiece(params, said);
        control.emit("text", "", body);
        std::this_thread::sleep_until(begin + (said + 1) * pause);
      }
      control.emit("text_end", "", {{"request", request}, {"state", said == pieces ? "done" : "stopped"}, {"tokens", said}, {"first_token_ms", 1.0}, {"tokens_per_s", 50.0}});
    }
  }
  return 0;
}

} // namespace

int fakeWorkerMain(const std::vector<std::string>& arguments) {
  ::signal(SIGTERM, [](int) { g_stop = true; });
  if (arguments.at(0) == "run-batch")
    return runBatch(std::stoll(arguments.at(3)));
  if (arguments.at(0) == "job")
    return job(arguments.at(1), arguments.back());
  return serve(arguments.at(2));
}
