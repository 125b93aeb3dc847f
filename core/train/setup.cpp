// SPDX-License-Identifier: Apache-2.0
#include "core/train/setup.h"

#include "core/base/hash.h"
#include "core/base/text_format.h"
#include "core/ops/cuda_ops.h"
#include "core/plan/plan.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>

namespace lathe::train {
namespace {

nn::AdapterSpec adapterSpec(const api::TrainSpec::Method& method) {
  nn::AdapterSpec out;
  out.r = method.r;
  out.alpha = method.alpha;
  out.dropout = method.dropout;
  out.rslora = method.useRslora;
  out.dora = method.useDora;
  out.targetModules = method.targetModules;
  out.layersToTransform = method.layersToTransform;
  out.excludeModules = method.excludeModules;
  out.rankPattern = method.rankPattern;
  out.alphaPattern = method.alphaPattern;
  return out;
}

nn::RecomputePolicy recomputePolicy(const std::string& name) {
  nn::RecomputePolicy out;
  out.offload = name == "offload";
  if (name == "all" || out.offload)
    out.kind = nn::RecomputePolicy::Kind::All;
  if (name.starts_with("every-")) {
    out.kind = nn::RecomputePolicy::Kind::EveryN;
    out.every = std::max(1, std::atoi(name.c_str() + 6));
  }
  return out;
}

int64_t availableBytes(at::Device device) {
  if (device.is_cuda())
    return static_cast<int64_t>(at::accelerator::getMemoryInfo(device.index()).first);
  std::ifstream info("/proc/meminfo");
  std::string key, unit;
  for (int64_t kilobytes = 0; info >> key >> kilobytes >> unit;)
    if (key == "MemAvailable:")
      return kilobytes * 1024;
  return 0;
}

/// What "auto" becomes: no recompute where the run fits into the memory that was free before the model was loaded.
void chooseRecompute(Setup& setup, int64_t available) {
  std::string choice = setup.spec.training.recompute;
  if (choice == "auto") {
    plan::DeviceBudget budget;
    budget.available = available;
    budget.isGpu = setup.model->device().is_cuda();
    api::TrainSpec spec = setup.spec;
    spec.model.dtype = setup.model->dtype() == nn::Compute::BFloat16 ? "bfloat16" : "float32";
    choice = plan::planTraining(spec, plan::shapeOf(setup.model->config()), budget, static_cast<int64_t>(setup.data.rows->stats().longest)).recompute;
  }
  setup.recompute = recomputePolicy(choice);
}

void loadModel(Setup& setup, const RunOptions& options, const SetupProgress& progress, std::stop_token stop) {
  const auto& model = setup.spec.model;
  const at::Device device = resolveDevice(options.device);
  const std::string dtype = options.dtype.empty() ? model.dtype : options.dtype;
  if (model.init == "random") {
    const io::ModelConfig config = io::parseModelConfig(parseJsonFile(model.config, {.what = model.config}));
    setup.model = nn::Model::random(config, static_cast<uint64_t>(setup.spec.training.seed), resolveDtype(dtype, "float32", device), device);
    setup.identity.model = hashText(dumpJson(config.raw) + fmt::format("/{}", setup.spec.training.seed));
    setup.identity.modelPath = model.config;
    return;
  }
  nn::LoadOptions load;
  load.device = device;
  load.dtype = resolveDtype(dtype, io::readModelConfig(model.path).dtype, device);
  load.stop = stop;
  load.adapterRank = plan::adapterRankBesideWeights(setup.spec.method);
  load.progress = [&](uint64_t done, uint64_t total) {
    if (progress)
      progress("Loading the model", total ? static_cast<double>(done) / static_cast<double>(total) : 1);
  };
  setup.model = nn::Model::load(model.path, load);
  setup.identity.model = modelIdentity(model.path);
  setup.identity.modelPath = model.path;
}

void addTrainable(Setup& setup, const std::string& checkpoint) {
  const auto& method = setup.spec.method;
  if (method.type != "full") {
    setup.adapter = kAdapterName;
    // A resumed run makes its adapter as its start did, so that the dropout masks are the same; restoreState() puts the weights back.
    if (!method.initFrom.empty())
      setup.model->loadAdapter(kAdapterName, checkpoint.empty() ? method.initFrom : checkpoint);
    else
      setup.model->addAdapter(kAdapterName, adapterSpec(method), static_cast<uint64_t>(setup.spec.training.seed));
    setup.model->setActiveAdapters({{kAdapterName, 1.0}});
  }
  setup.parameters = setup.model->trainable(setup.adapter);
}

void checkVocabulary(const Setup& setup) {
  const int64_t vocab = setup.model->config().vocabSize;
  const auto& rows = *setup.data.rows;
  for (uint64_t i = 0; i < rows.rows(); ++i)
    for (const int32_t id : rows.row(i).ids)
      if (id < 0 || id >= vocab)
        refuse("REJ:TOKEN_RANGE", fmt::format("The data holds the token id {} and the model has {} tokens (0 to {}). Tokenizer and model do not belong together.",
                                              id, vocab, vocab - 1));
}

void makePlans(Setup& setup) {
  const auto& training = setup.spec.training;
  const data::PlanOptions options = data::planOptions(setup.spec);
  setup.plan = std::make_shared<data::BatchPlan>(setup.data.rows, setup.data.rows->trainRows(), options);
  setup.stepsPerEpoch = static_cast<int64_t>(setup.plan->stepsPerEpoch());
  setup.totalSteps = training.steps ? *training.steps
                                    : std::max<int64_t>(1, static_cast<int64_t>(std::ceil(training.epochs * static_cast<double>(setup.stepsPerEpoch) - 1e-9)));
  setup.schedule = scheduleFor(training, setup.totalSteps);
  if (setup.data.rows->validationRows().empty())
    return;
  data::PlanOptions validation = options;
  validation.sequencesPerStep = 0;
  validation.shuffled = false;
  setup.validation = std::make_shared<data::BatchPlan>(setup.data.rows, setup.data.rows->validationRows(), validation);
}

} // namespace

at::Device resolveDevice(const std::string& name) {
  if (name == "cpu" || name.empty())
    return at::kCPU;
  if (name == "auto")
    return ops::loadCudaBackend(nullptr) ? resolveDevice("cuda") : at::Device(at::kCPU);
  if (name != "cuda" && !name.starts_with("cuda:"))
    throw Exception(ErrorKind::Usage, fmt::format("The device \"{}\" is not known; use cpu, cuda, cuda:N or auto.", name));
  if (std::string why; !ops::loadCudaBackend(&why))
    throw Exception(ErrorKind::Unsupported, fmt::format("The GPU cannot be used: {} Use --device cpu, or run \"lathe doctor\".", why));
  int index = 0;
  if (name.size() > 5 && std::from_chars(name.data() + 5, name.data() + name.size(), index).ptr != name.data() + name.size())
    throw Exception(ErrorKind::Usage, fmt::format("The device \"{}\" is not known; use cuda:N with a number.", name));
  const at::Device device(at::kCUDA, static_cast<at::DeviceIndex>(index));
  ops::cudaOps().selectDevice(device);
  return device;
}

nn::Compute resolveDtype(const std::string& name, const std::string& stored, at::Device device) {
  if (name == "float32")
    return nn::Compute::Float32;
  if (name == "bfloat16")
    return nn::Compute::BFloat16;
  if (!name.empty() && name != "auto")
    throw Exception(ErrorKind::Unsupported, fmt::format("Computing in {} is not possible; use float32, bfloat16 or auto.", name));
  return device.is_cuda() && stored != "float32" ? nn::Compute::BFloat16 : nn::Compute::Float32;
}

Setup prepare(const api::TrainSpec& spec, const RunOptions& options, const std::string& checkpoint, const SetupProgress& progress,
              std::stop_token stop) {
  Setup setup;
  setup.spec = spec;
  data::SpecDataOptions dataOptions;
  dataOptions.cacheFolder = options.cacheFolder;
  dataOptions.progress = progress;
  dataOptions.stop = stop;
  setup.data = data::openSpecData(spec, dataOptions);
  if (!spec.probes.prompts.empty() && !setup.data.tokenizer)
    refuse("REJ:PROBES_TOKENIZER", "The probe prompts need a tokenizer, and the data are token ids of a model folder without tokenizer.json. Put the model's tokenizer.json there, or "
                                   "remove probes.prompts.");
  const int64_t available = availableBytes(resolveDevice(options.device));
  loadModel(setup, options, progress, stop);
  if (stop.stop_requested())
    throw Exception(ErrorKind::Cancelled, "Stopped before the first step.");
  addTrainable(setup, checkpoint);
  checkVocabulary(setup);
  makePlans(setup);
  chooseRecompute(setup, available);
  setup.identity.tokenizer = setup.data.tokenizer ? setup.data.tokenizer->fingerprint() : "";
  setup.identity.chatTemplate = setup.data.chatTemplate ? setup.data.chatTemplate->fingerprint() : "";
  setup.identity.dataset = setup.data.rows->fingerprint();
  return setup;
}

} // namespace lathe::train
