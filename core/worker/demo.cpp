// SPDX-License-Identifier: Apache-2.0
#include "core/worker/demo.h"

#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/train/trainer.h"
#include "core/worker/device.h"
#include "core/worker/model_host.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <csignal>

#include <unistd.h>

namespace lathe::worker {
namespace {

// resources/spark/probes.json
constexpr std::array kQuestions = {"Hello!", "Who are you?", "What colour is the sky?", "What is 3 + 4?", "What is the capital of France?",
                                   "What does a dog eat?", "What is the opposite of hot?", "Which day comes after Monday?", "Which is larger, 12 or 21?", "Thank you."};

std::string bundledModel() { return resourcesFolder() + "/models/spark"; }
std::string bundledData() { return resourcesFolder() + "/datasets/pirate-voice.jsonl"; }

api::TrainSpec demoSpec(const DemoOptions& options) {
  api::TrainSpec spec;
  spec.name = "demo";
  spec.model.path = bundledModel();
  spec.model.dtype = "float32";
  spec.data.train.push_back({bundledData(), "auto"});
  spec.data.validationCount = 30;
  spec.data.maxSeqLen = 256;
  spec.training.steps = options.steps;
  spec.training.learningRate = 2e-3;
  spec.training.sequencesPerStep = 8;
  spec.training.tokensPerMicrobatch = 2048;
  spec.evalEverySteps = std::max(1, options.steps / 3);
  return spec;
}

std::vector<std::string> answers(ModelHost& host, const std::vector<AdapterUse>& adapters) {
  const auto active = host.use(adapters);
  std::vector<std::string> out;
  for (const char* question : kQuestions) {
    generate::Request request;
    request.prompt = host.promptOf(Json::array({{{"role", "user"}, {"content", question}}}));
    request.sampling.greedy = true;
    request.sampling.maxTokens = 96;
    request.adapters = active;
    out.push_back(host.generator().run(std::move(request)).text);
  }
  return out;
}

/// One line on a terminal, a line every tenth of the run elsewhere.
class DemoProgress : public train::TrainObserver {
public:
  DemoProgress(int steps, bool quiet) : m_steps(steps), m_quiet(quiet), m_terminal(::isatty(STDOUT_FILENO) != 0) {}

  void onMetrics(const api::MetricRow& row) override {
    if (std::isnan(first))
      first = row.loss;
    last = row.loss;
    tokensPerS = row.tokensPerS;
    if (row.evalLoss)
      evalLoss = *row.evalLoss;
    if (m_quiet || (!m_terminal && row.step % std::max(1, m_steps / 10) != 0))
      return;
    const int filled = static_cast<int>(row.step * 30 / m_steps);
    std::string bar;
    for (int i = 0; i < 30; ++i)
      bar += i < filled ? "█" : "░";
    fmt::print("{}  {} step {:>3}/{}  loss {:.3f}  {} tok/s{}", m_terminal ? "\r" : "", bar, row.step, m_steps, row.loss, formatCount(row.tokensPerS),
               m_terminal ? "   " : "\n");
    std::fflush(stdout);
  }

  double first = api::kNaN, last = api::kNaN, evalLoss = api::kNaN, tokensPerS = 0;

private:
  int m_steps;
  bool m_quiet, m_terminal;
};

void printAnswers(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  for (size_t i = 0; i < kQuestions.size(); ++i)
    fmt::print("\n  {}\n    before  {}\n    after   {}\n", kQuestions[i], before[i], after[i]);
}

} // namespace

int runDemo(const DemoOptions& options) {
  if (!isDirectory(bundledModel()))
    throw Exception(ErrorKind::NotFound, fmt::format("The bundled model is not in {}. Set LATHE_RESOURCES to the resources folder.", bundledModel()));
  const at::Device device = deviceFor(options.device);
  const std::string home = homeFolder(options.home);
  const std::string folder = runsFolder(home) + "/" + makeRunId("demo").value;
  makeDirectories(runsFolder(home));
  if (!options.json)
    fmt::print("Lathe demo: the bundled model spark learns to talk like a pirate from 400 conversations.\n\n");

  std::vector<std::string> before;
  {
    ModelHost host(bundledModel(), nn::Compute::Float32, device);
    before = answers(host, {});
  }
  DemoProgress progress(options.steps, options.json);
  train::RunOptions runOptions;
  runOptions.device = options.device;
  runOptions.cacheFolder = home + "/cache";
  train::Trainer trainer(train::RunFolder::create(folder, demoSpec(options)), progress, runOptions);
  const train::TrainOutcome outcome = trainer.run();
  if (outcome.state != api::RunState::Finished)
    throw Exception(outcome.error);
  ModelHost host(bundledModel(), nn::Compute::Float32, device);
  const auto after = answers(host, {{outcome.result, 1.0}});
  if (options.json) {
    Json rows = Json::array();
    for (size_t i = 0; i < kQuestions.size(); ++i)
      rows.push_back({{"question", kQuestions[i]}, {"before", before[i]}, {"after", after[i]}});
    fmt::print("{}\n", dumpJson({{"first_loss", progress.first}, {"last_loss", progress.last}, {"eval_loss", api::encode(progress.evalLoss)},
                                 {"tokens_per_s", progress.tokensPerS}, {"run", folder}, {"adapter", outcome.result}, {"answers", rows}}));
    return 0;
  }
  fmt::print("\n\nThe same questions before and after (greedy):\n");
  printAnswers(before, after);
  fmt::print("\nLoss went from {:.3f} to {:.3f}. The run is in {}\nand its adapter in {}.\nIn the window the same run appears on the Runs page.\n", progress.first,
             progress.last, folder, outcome.result);
  return 0;
}

} // namespace lathe::worker
