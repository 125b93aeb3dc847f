// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/api/train_spec.h"
#include "core/base/text_format.h"
#include "core/base/json.h"
#include "core/io/model_folder.h"
#include "core/monitor/host.h"
#include "core/plan/plan.h"

#include <fmt/format.h>

namespace lathe::cli {
namespace {

struct PlanOptions {
  std::string spec;
  std::vector<std::string> settings;
  bool json = false;
};

io::ModelConfig configOf(const api::TrainSpec& spec) {
  return spec.model.path.empty() ? io::parseModelConfig(parseJsonFile(spec.model.config)) : io::ModelFolder::describe(spec.model.path)->config();
}

void printPlan(const api::MemoryPlan& plan) {
  const std::pair<const char*, int64_t> rows[] = {{"weights", plan.weights}, {"adapters", plan.adapters}, {"gradients", plan.gradients}, {"optimizer", plan.optimizer},
                                                  {"stash", plan.stash},     {"workspace", plan.workspace}, {"context", plan.context},     {"total", plan.total}};
  for (const auto& [name, bytes] : rows)
    fmt::print("{:<12} {:>12}\n", name, formatBytes(static_cast<uint64_t>(bytes)));
  fmt::print("{:<12} {:>12} on {}\n", "available", formatBytes(static_cast<uint64_t>(plan.available)), plan.device);
  fmt::print("trains {} of {} parameters; recompute {}\n", formatCount(static_cast<double>(plan.trainableParameters)),
             formatCount(static_cast<double>(plan.modelParameters)), plan.recompute);
  for (const std::string& problem : plan.problems)
    fmt::print("problem: {}\n", problem);
  for (const std::string& advice : plan.advice)
    fmt::print("advice: {}\n", advice);
}

void runPlan(const PlanOptions& options) {
  JsonLimits limits;
  limits.comments = true;
  limits.code = "REJ:SPEC";
  Json document = parseJsonFile(options.spec, limits);
  for (const std::string& setting : options.settings)
    api::applySetting(document, setting);
  const api::ParsedSpec parsed = api::parseTrainSpec(document);
  if (!parsed.ok())
    throw Exception(ErrorKind::Usage, fmt::format("The specification has problems:\n{}", api::describeProblems(parsed.problems)));
  plan::DeviceBudget budget;
  budget.available = monitor::hostMemory().available;
  const api::MemoryPlan plan = plan::planTraining(parsed.spec, plan::shapeOf(configOf(parsed.spec)), budget);
  if (options.json)
    fmt::print("{}\n", dumpJson(api::encode(plan)));
  else
    printPlan(plan);
  if (!plan.problems.empty())
    throw Exit{1};
}

} // namespace

void addPlanVerb(CLI::App& app) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* verb = app.add_subcommand("plan", "Predicted memory of a training run, category by category, and what to change.\nExample: lathe plan spec.json --set method.r=64");
  verb->add_option("spec", options->spec, "Training specification (JSON)")->required();
  verb->add_option("--set", options->settings, "Change an option of the file, as in training.steps=100; may be given several times");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->callback([options] { runPlan(*options); });
}

} // namespace lathe::cli
