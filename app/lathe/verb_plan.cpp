// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/api/train_spec.h"
#include "core/base/text_format.h"
#include "core/base/json.h"
#include "core/base/paths.h"
#include "core/engine/preview.h"

#include <fmt/format.h>

namespace lathe::cli {
namespace {

struct PlanOptions {
  std::string spec;
  std::vector<std::string> settings;
  std::string home;
  bool json = false;
};

void printPlan(const api::MemoryPlan& plan) {
  const std::pair<const char*, int64_t> rows[] = {{"weights", plan.weights}, {"adapters", plan.adapters}, {"gradients", plan.gradients}, {"optimizer", plan.optimizer},
                                                  {"stash", plan.stash},     {"workspace", plan.workspace}, {"context", plan.context},     {"total", plan.total}};
  for (const auto& [name, bytes] : rows)
    fmt::print("{:<12} {:>12}\n", name, formatBytes(static_cast<uint64_t>(bytes)));
  fmt::print("{:<12} {:>12} on {}\n", "available", formatBytes(static_cast<uint64_t>(plan.available)), plan.device);
  fmt::print("trains {} of {} parameters; recompute {}\n", formatCount(static_cast<double>(plan.trainableParameters)),
             formatCount(static_cast<double>(plan.modelParameters)), plan.recompute);
  if (plan.activeParameters > 0 && plan.activeParameters < plan.modelParameters)
    fmt::print("experts      each token is computed with {} of them\n", formatCount(static_cast<double>(plan.activeParameters)));
  if (plan.tokensPerS > 0)
    fmt::print("{:<12} about {} tokens/s, from what was measured on this machine\n", "speed", formatCount(plan.tokensPerS));
  else
    fmt::print("{:<12} {:>12}\n", "speed", "not known");
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
  const api::MemoryPlan plan = engine::planSpec(parsed.spec, homeFolder(options.home));
  if (options.json) {
    Json out = api::encode(plan);
    if (plan.tokensPerS == 0)
      out["tokens_per_s"] = nullptr; // not known, which is not zero
    fmt::print("{}\n", dumpJson(out));
  } else {
    printPlan(plan);
  }
  if (!plan.problems.empty())
    throw Exit{1};
}

} // namespace

void addPlanVerb(CLI::App& app) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* verb = app.add_subcommand("plan", "Predicted memory and speed of a training run, and what to change.\nExample: lathe plan spec.json --set method.r=64");
  verb->add_option("spec", options->spec, "Training specification (JSON)")->required();
  verb->add_option("--set", options->settings, "Change an option of the file, as in training.steps=100; may be given several times");
  verb->add_flag("--json", options->json, "One JSON object; tokens_per_s is null where nothing was measured");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  verb->callback([options] { runPlan(*options); });
}

} // namespace lathe::cli
