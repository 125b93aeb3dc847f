// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/base/paths.h"
#include "core/base/files.h"
#include "core/worker/device.h"
#include "core/worker/run_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numeric>

#include <sys/resource.h>

namespace lathe::cli {
namespace {

constexpr size_t kStrongest = 5;

struct BatchOptions {
  std::string run;
  int64_t step = 0;
  bool json = false, managed = false;
  ComputeOptions compute;
};

std::string oneLine(std::string text) {
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3)
    text.replace(at, 1, "⏎");
  return text;
}

void printRow(const api::BatchRow& row) {
  fmt::print("\n{}  {}  {} of {} tokens learned{}\n", row.name, std::isnan(row.loss) ? "–" : fmt::format("{:.4f}", row.loss), row.supervised, row.ids.size(),
             row.truncated ? ", cut at data.max_seq_len" : "");
  std::vector<size_t> order(row.losses.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return row.losses[a] > row.losses[b]; });
  std::string text, strongest;
  for (const std::string& token : row.texts)
    text += token;
  for (size_t i = 0; i < std::min(kStrongest, order.size()) && row.losses[order[i]] >= 0; ++i)
    strongest += fmt::format("{}\"{}\" {:.2f}", i ? ", " : "", row.texts.empty() ? std::to_string(row.ids[order[i]]) : oneLine(row.texts[order[i]]), row.losses[order[i]]);
  if (!text.empty())
    fmt::print("  {}\n", oneLine(text));
  fmt::print("  highest: {}\n", strongest.empty() ? "–" : strongest);
}

void printBatch(const api::StepBatch& batch) {
  fmt::print("step {}: {} rows, {} of {} tokens learned, mean loss {:.4f} (recorded {:.4f})\n", batch.step, batch.rows.size(), batch.supervised, batch.tokens, batch.mean, batch.recorded);
  fmt::print("with the weights of step {} ({}){}, computed on {}\n", batch.weightsStep, batch.weights, batch.exact() ? ", those the step began with" : "", batch.device);
  if (batch.dropout)
    fmt::print("the run had dropout on; here it is off\n");
  for (const std::string& note : batch.notes)
    fmt::print("note: {}\n", note);
  for (const api::BatchRow& row : batch.rows)
    printRow(row);
}

void printLine(const Json& line) {
  fmt::print("{}\n", dumpJson(line));
  std::fflush(stdout);
}

/// For the engine: progress as it comes, then the batch or the error, one object a line.
void runManaged(const std::string& folder, int64_t step, worker::RunBatchOptions options) {
  ::setpriority(PRIO_PROCESS, 0, 10);
  auto last = std::chrono::steady_clock::time_point{};
  std::string phase;
  options.progress = [&](const std::string& what, double share) {
    const auto now = std::chrono::steady_clock::now();
    if (what == phase && now - last < std::chrono::milliseconds(100))
      return;
    phase = what;
    last = now;
    printLine({{"what", what}, {"share", share}});
  };
  const auto batch = capture([&] { return worker::readStepBatch(folder, step, options); });
  if (batch.ok()) {
    printLine({{"batch", api::encode(*batch)}});
    return;
  }
  printLine({{"error", batch.error().message}, {"detail", batch.error().detail}});
  throw Exit{1};
}

} // namespace

void addRunBatchVerb(CLI::App& app) {
  auto options = std::make_shared<BatchOptions>();
  CLI::App* verb = app.add_subcommand("run-batch", "The rows of one step of a run with the loss of every token (`lathe runs batch`).\nExample: lathe-worker run-batch runs/first --step 120");
  verb->add_option("run", options->run, "Run folder, or the name of a run below <home>/runs")->required();
  verb->add_option("--step", options->step, "Optimizer step, from 1")->required();
  verb->add_flag("--json", options->json, "One JSON object");
  verb->add_flag("--managed", options->managed, "Started by the engine: progress and result as JSON lines, nice 10");
  addComputeOptions(*verb, options->compute);
  verb->callback([options] {
    worker::setThreads(options->compute.threads);
    const std::string home = homeFolder(options->compute.home);
    worker::RunBatchOptions read;
    read.device = options->compute.device;
    read.cacheFolder = home + "/cache/tokens";
    const std::string folder = isDirectory(options->run) ? absolutePath(options->run) : runsFolder(home) + "/" + options->run;
    if (options->managed)
      return runManaged(folder, options->step, std::move(read));
    const api::StepBatch batch = worker::readStepBatch(folder, options->step, read);
    if (options->json)
      printLine(api::encode(batch));
    else
      printBatch(batch);
  });
}

} // namespace lathe::cli
