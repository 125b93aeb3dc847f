// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "tests/gpu/train_support.h"
#include "tests/train/tiny_run.h"

#include <atomic>

namespace lathe::gputrain {

namespace {

/// Asks for something when a row appears.
struct AtRow : train::TrainObserver {
  std::function<void(const api::MetricRow&)> act;
  void onMetrics(const api::MetricRow& row) override {
    if (act)
      act(row);
  }
};

train::RunOptions optionsFor(Session& s) {
  train::RunOptions options = testing::cpuOptions();
  options.device = s.device.str();
  return options;
}

train::TrainOutcome runOnce(Session& s, train::RunFolder folder, int64_t stopAt) {
  AtRow observer;
  train::Trainer trainer(std::move(folder), observer, optionsFor(s));
  observer.act = [&](const api::MetricRow& row) {
    if (row.step == stopAt)
      trainer.control(train::TrainAction::Stop);
  };
  return trainer.run();
}

std::string resultOf(const std::string& run, bool lora) { return readFile(run + (lora ? "/adapter/adapter_model.safetensors" : "/model/model.safetensors"), 1 << 26); }

void checkResume(Session& s, testing::TinyRun& tiny, const std::string& method, const std::string& dtype, double dropout) {
  const std::string name = fmt::format("{} {}{}", method, dtype, dropout > 0 ? " with dropout" : "");
  api::TrainSpec spec = tiny.spec(method);
  spec.model.dtype = dtype;
  spec.method.dropout = dropout;
  const std::string base = fmt::format("{}/{}-{}-{}", s.folder, method, dtype, dropout > 0), whole = base + "-whole", parts = base + "-parts";
  const train::TrainOutcome first = runOnce(s, train::RunFolder::create(whole, spec), -1);
  s.report.line(name + ": the run finishes", first.state == api::RunState::Finished ? "" : first.error.message + " " + first.error.detail);
  train::TrainOutcome outcome = runOnce(s, train::RunFolder::create(parts, spec), 4);
  s.report.line(name + ": it stops when asked", outcome.state == api::RunState::Stopped ? "" : outcome.error.message);
  for (const int64_t stopAt : {7, 10, -1}) // a GPU is one step ahead when it is asked
    outcome = runOnce(s, train::RunFolder::open(parts), stopAt);
  s.report.line(name + ": it goes on to its end", outcome.state == api::RunState::Finished ? "" : outcome.error.message);
  const auto a = train::readMetrics(whole), b = train::readMetrics(parts);
  std::string problem = a.size() == 12 && b.size() == 12 ? "" : fmt::format("{} and {} rows instead of 12", a.size(), b.size());
  for (size_t i = 0; i < std::min(a.size(), b.size()) && problem.empty(); ++i)
    if (a[i].loss != b[i].loss || a[i].gradNorm != b[i].gradNorm || a[i].samples != b[i].samples || a[i].step != static_cast<int64_t>(i) + 1 || b[i].step != a[i].step)
      problem = fmt::format("row {}: loss {:.17g} and {:.17g}, norm {:.17g} and {:.17g}", i + 1, a[i].loss, b[i].loss, a[i].gradNorm, b[i].gradNorm);
  s.report.line(name + ": losses and norms of the interrupted run are those of the other, bit for bit", problem);
  s.report.line(name + ": so is the result", resultOf(whole, method == "lora") == resultOf(parts, method == "lora") ? "" : "the files differ");
}

void checkBadSteps(Session& s, testing::TinyRun& tiny) {
  api::TrainSpec spec = tiny.spec();
  train::RunOptions options = optionsFor(s);
  options.beforeMicrobatch = [](int64_t step, int64_t, nn::Model& model) {
    if (step == 4)
      at::Tensor(model.flatGrad())[0] = NAN;
  };
  AtRow observer;
  const std::string run = s.folder + "/bad-step";
  const train::TrainOutcome outcome = train::Trainer(train::RunFolder::create(run, spec), observer, options).run();
  s.report.line("a run with one bad step finishes", outcome.state == api::RunState::Finished ? "" : outcome.error.message);
  const auto rows = train::readMetrics(run);
  for (const auto& row : rows)
    if (row.skipped != (row.step == 4) || (row.step != 4 && !std::isfinite(row.loss)))
      s.report.line(fmt::format("step {} is marked as it was", row.step), fmt::format("skipped {}, loss {}", row.skipped, row.loss));
  s.report.near("rows of the run with a bad step", static_cast<double>(rows.size()), 12, 0);
  options.beforeMicrobatch = [](int64_t step, int64_t, nn::Model& model) {
    if (step >= 5)
      at::Tensor(model.flatGrad())[0] = NAN;
  };
  const train::TrainOutcome failed = train::Trainer(train::RunFolder::create(s.folder + "/three-bad-steps", spec), observer, options).run();
  s.report.line("three bad steps in a row fail the run", failed.state == api::RunState::Failed && failed.error.kind == ErrorKind::Numeric ? "" : failed.error.message);
}

void checkRequests(Session& s, testing::TinyRun& tiny) {
  api::TrainSpec spec = tiny.spec();
  spec.data.validationCount = 6;
  spec.evalEverySteps = 5;
  AtRow observer;
  const std::string run = s.folder + "/requests";
  train::Trainer trainer(train::RunFolder::create(run, spec), observer, optionsFor(s));
  observer.act = [&](const api::MetricRow& row) {
    if (row.step == 2)
      trainer.control(train::TrainAction::Save);
    if (row.step == 7)
      trainer.control(train::TrainAction::Evaluate);
  };
  const train::TrainOutcome outcome = trainer.run();
  s.report.line("a run that is asked to save and evaluate finishes", outcome.state == api::RunState::Finished ? "" : outcome.error.message);
  const auto rows = train::readMetrics(run);
  int evaluated = 0;
  for (size_t i = 0; i < rows.size(); ++i)
    evaluated += rows[i].evalLoss.has_value();
  s.report.near("evaluations: steps 5 and 10, the last and the one asked for", evaluated, 4, 0);
  s.report.near("rows of that run", static_cast<double>(rows.size()), 12, 0);
}

void checkOutOfMemory(Session& s, testing::TinyRun& tiny) {
  api::TrainSpec spec = tiny.spec();
  train::RunOptions options = optionsFor(s);
  std::atomic<bool> thrown = false;
  options.beforeMicrobatch = [&](int64_t step, int64_t, nn::Model& model) {
    if (step == 3 && !thrown.exchange(true))
      at::empty({int64_t{1} << 50}, model.flatGrad().options()); // the real thing
  };
  AtRow observer;
  const std::string run = s.folder + "/out-of-memory";
  const train::TrainOutcome outcome = train::Trainer(train::RunFolder::create(run, spec), observer, options).run();
  s.report.line("a step that runs out of memory is repeated in smaller microbatches", outcome.state == api::RunState::Finished && thrown ? "" : outcome.error.message);
  s.report.near("rows of that run", static_cast<double>(train::readMetrics(run).size()), 12, 0);
}

} // namespace

void checkRuns(Session& session) {
  testing::TinyRun tiny(session.folder + "/tiny");
  for (const auto& [method, dtype, dropout] : {std::tuple{"lora", "float32", 0.1}, {"lora", "bfloat16", 0.0}, {"lora", "bfloat16", 0.1}, {"full", "float32", 0.0}, {"full", "bfloat16", 0.0}})
    session.report.guarded(fmt::format("runs {} {}", method, dtype), [&, method = method, dtype = dtype, dropout = dropout] { checkResume(session, tiny, method, dtype, dropout); });
  session.report.guarded("bad steps", [&] { checkBadSteps(session, tiny); });
  session.report.guarded("requests", [&] { checkRequests(session, tiny); });
  if (session.device.is_cuda())
    session.report.guarded("out of memory", [&] { checkOutOfMemory(session, tiny); });
}

} // namespace lathe::gputrain
