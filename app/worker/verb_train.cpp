// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/base/ids.h"
#include "core/base/keep_awake.h"
#include "core/base/paths.h"
#include "core/base/user_input.h"
#include "core/data/spec_data.h"
#include "core/worker/train_job.h"

#include <fmt/format.h>

#include <filesystem>

namespace lathe::cli {
namespace {

struct TrainOptions {
  ComputeOptions compute;
  std::string spec, out, run;
  std::vector<std::string> settings;
  int64_t maxSteps = 0;
  bool json = false, managed = false, keepAwake = false;
};

void addJobOptions(CLI::App& verb, TrainOptions& options) {
  verb.add_flag("--json", options.json, "Stream events, one JSON object a line");
  verb.add_flag("--keep-awake", options.keepAwake, "Keep this machine from falling asleep until the run ends (needs systemd-inhibit)");
  verb.add_flag("--managed", options.managed, "Started by the engine: quiet, nice 10, control socket required");
  addComputeOptions(verb, options.compute);
}

void runJob(train::RunFolder folder, const TrainOptions& options) {
  worker::TrainJobOptions job;
  job.home = options.compute.home;
  job.device = options.compute.device;
  job.threads = options.compute.threads;
  job.managed = options.managed;
  job.json = options.json;
  std::optional<KeepAwake> awake;
  if (options.keepAwake)
    if (!awake.emplace("A model is being trained").isHeld())
      fmt::print(stderr, "lathe: warning: {}\n", awake->problem());
  if (const int code = worker::runTrainJob(std::move(folder), job); code != 0)
    throw Exit{code};
}

api::TrainSpec readSpec(const TrainOptions& options) {
  const bool piped = options.spec == "-";
  const JsonLimits limits{.bytes = limits::kSpecBytes, .comments = true, .code = "REJ:SPEC", .what = piped ? "The specification" : options.spec};
  Json document = piped ? readUserJson(options.spec, limits) : parseJsonFile(options.spec, limits);
  for (const std::string& setting : options.settings)
    api::applySetting(document, setting);
  if (options.maxSteps > 0)
    api::applySetting(document, fmt::format("training.steps={}", options.maxSteps));
  if (options.compute.dtype != "auto")
    api::applySetting(document, fmt::format("model.dtype={}", options.compute.dtype));
  api::ParsedSpec parsed = api::parseTrainSpec(document);
  if (!parsed.ok())
    refuse("REJ:SPEC", fmt::format("{} cannot be run. {}", options.spec, api::describeProblems(parsed.problems)));
  for (const api::Problem& problem : parsed.problems)
    fmt::print(stderr, "lathe: warning: {}: {}\n", problem.path, problem.message);
  data::makePathsAbsolute(parsed.spec);
  return parsed.spec;
}

std::string runName(const api::TrainSpec& spec) {
  if (!spec.name.empty())
    return spec.name;
  return std::filesystem::path(spec.model.path.empty() ? spec.model.config : spec.model.path).filename().string();
}

} // namespace

void addTrainVerb(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* verb = app.add_subcommand("train", "Runs a training specification.\nExample: lathe train spec.json --set training.learning_rate=1e-4 --out runs/first");
  verb->add_option("spec", options->spec, "Specification file (JSON, comments allowed); - is standard input")->required();
  verb->add_option("--set", options->settings, "Changes one option, as in training.epochs=2; may be repeated")->allow_extra_args(false);
  verb->add_option("--out", options->out, "Run folder; a new one below <home>/runs when absent");
  verb->add_option("--max-steps", options->maxSteps, "The same as --set training.steps=N")->check(CLI::PositiveNumber);
  addJobOptions(*verb, *options);
  verb->callback([options] {
    const api::TrainSpec spec = readSpec(*options);
    const std::string folder = options->out.empty() ? runsFolder(homeFolder(options->compute.home)) + "/" + makeRunId(runName(spec)).value : absolutePath(options->out);
    runJob(train::RunFolder::create(folder, spec), *options);
  });
}

void addResumeVerb(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* verb = app.add_subcommand("resume", "Goes on with a run from its newest checkpoint that can be read.\nExample: lathe resume runs/first");
  verb->add_option("run", options->run, "Run folder, or the name of a run below <home>/runs")->required();
  addJobOptions(*verb, *options);
  verb->callback([options] {
    const std::string below = runsFolder(homeFolder(options->compute.home)) + "/" + options->run;
    train::RunFolder folder = train::RunFolder::open(isDirectory(options->run) ? absolutePath(options->run) : below);
    if (folder.status().state == api::RunState::Finished)
      throw Exception(ErrorKind::Conflict, fmt::format("The run {} is finished; there is nothing to resume. Its result is in {}.", folder.id(), folder.path()));
    runJob(std::move(folder), *options);
  });
}

void addJobVerb(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* verb = app.add_subcommand("job", "Starts or resumes the run in a folder (for the engine).\nExample: lathe-worker job runs/first --managed");
  verb->add_option("run", options->run, "Run folder")->required();
  addJobOptions(*verb, *options);
  verb->callback([options] { runJob(train::RunFolder::open(absolutePath(options->run)), *options); });
}

} // namespace lathe::cli
