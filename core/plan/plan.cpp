// SPDX-License-Identifier: Apache-2.0
#include "core/plan/plan.h"

#include "core/base/text_format.h"
#include "core/plan/device_rates.h"
#include "core/plan/gpu_bytes.h"
#include "core/plan/stash_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace lathe::plan {
namespace {

/// What a worker process takes before it loads anything: LibTorch's code and tables (resident, measured on the CPU).
constexpr int64_t kProcessBytes = 160ll << 20;

struct Module {
  std::string path; // after "model.layers.N."
  int64_t in, out;
};

std::vector<Module> mixtureModulesOf(const ModelShape& s) {
  const int64_t q = s.heads * s.headDim, kv = s.kvHeads * s.headDim;
  const ExpertShape& x = s.experts;
  std::vector<Module> out = {{"self_attn.q_proj", s.hidden, q}, {"self_attn.k_proj", s.hidden, kv}, {"self_attn.v_proj", s.hidden, kv}, {"self_attn.o_proj", q, s.hidden}, {x.block + ".gate", s.hidden, x.count}};
  for (int64_t e = 0; e < x.count; ++e)
    for (const std::string& name : {x.gate, x.up, x.down}) {
      const bool narrows = name == x.down;
      out.push_back({fmt::format("{}.experts.{}.{}", x.block, e, name), narrows ? x.intermediate : s.hidden, narrows ? s.hidden : x.intermediate});
    }
  return out;
}

std::vector<Module> modulesOf(const ModelShape& s) {
  const int64_t q = s.heads * s.headDim, kv = s.kvHeads * s.headDim;
  if (s.fusedProjections)
    return {{"self_attn.qkv_proj", s.hidden, q + 2 * kv}, {"self_attn.o_proj", q, s.hidden}, {"mlp.gate_up_proj", s.hidden, 2 * s.intermediate}, {"mlp.down_proj", s.intermediate, s.hidden}};
  return {{"self_attn.q_proj", s.hidden, q}, {"self_attn.k_proj", s.hidden, kv}, {"self_attn.v_proj", s.hidden, kv}, {"self_attn.o_proj", q, s.hidden},
           {"mlp.gate_proj", s.hidden, s.intermediate}, {"mlp.up_proj", s.hidden, s.intermediate}, {"mlp.down_proj", s.intermediate, s.hidden}};
}

/// PEFT's rule: a name matches the module with this path or whose path ends in ".name".
bool names(std::string_view name, std::string_view module) {
  return name == module || (module.size() > name.size() && module.ends_with(name) && module[module.size() - name.size() - 1] == '.');
}

bool anyNames(const std::vector<std::string>& list, const std::string& module) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& name) { return names(name, module); });
}

bool covered(const api::TrainSpec::Method& method, const std::string& module, int64_t layer) {
  const bool all = method.targetModules.size() == 1 && method.targetModules[0] == "all-linear";
  const auto& layers = method.layersToTransform;
  return !anyNames(method.excludeModules, module) && (all || anyNames(method.targetModules, module)) &&
         (layers.empty() || std::find(layers.begin(), layers.end(), layer) != layers.end());
}

int recomputeEvery(const std::string& text) { return text.rfind("every-", 0) == 0 ? std::max(1, std::atoi(text.c_str() + 6)) : 0; }

int64_t stashOf(const std::string& recompute, const ModelShape& shape, int64_t tokens, int64_t elementBytes) {
  int64_t recomputed = 0; // layers that keep only their input
  if (recompute == "all")
    recomputed = shape.layers;
  else if (const int every = recomputeEvery(recompute))
    recomputed = (shape.layers + every - 1) / every;
  if (recompute == "offload")
    return static_cast<int64_t>(offloadedStashPeakBytes(shape, tokens, elementBytes));
  return static_cast<int64_t>(stashPeakBytes(shape, tokens, elementBytes, shape.layers, recomputed));
}

/// The first that fits: nothing again, everything again, and on a GPU with the inputs in the host's memory.
std::string automaticRecompute(const DeviceBudget& device, int64_t fixed, const ModelShape& shape, int64_t tokens, int64_t elementBytes) {
  const auto fits = [&](const char* choice) { return device.available <= 0 || fixed + stashOf(choice, shape, tokens, elementBytes) <= device.available; };
  if (fits("none"))
    return "none";
  return fits("all") || !device.isGpu ? "all" : "offload";
}

void advise(const api::TrainSpec& spec, api::MemoryPlan& plan, bool isGpu) {
  if (plan.available <= 0 || plan.total <= plan.available)
    return;
  plan.problems.push_back(fmt::format("Not enough memory: this run needs about {} and {} are free.", formatBytes(static_cast<uint64_t>(plan.total)),
                                      formatBytes(static_cast<uint64_t>(plan.available))));
  if (plan.recompute == "none")
    plan.advice.push_back("Turn on recomputation (training.recompute = all).");
  if (isGpu && plan.recompute == "all")
    plan.advice.push_back("Let the layers' inputs wait in the computer's memory (training.recompute = offload).");
  if (spec.training.tokensPerMicrobatch > 512)
    plan.advice.push_back(fmt::format("Lower the tokens per microbatch to {}.", spec.training.tokensPerMicrobatch / 2));
  if (spec.method.type == "full")
    plan.advice.push_back("Train a LoRA instead of every weight.");
  if (spec.model.dtype == "float32")
    plan.advice.push_back("Keep the weights in bfloat16.");
}

} // namespace

int64_t adapterRankBesideWeights(const api::TrainSpec::Method& method) {
  if (method.type != "lora" || method.dropout > 0 || !method.initFrom.empty())
    return 0;
  int64_t rank = method.r;
  for (const auto& [module, r] : method.rankPattern)
    rank = std::max(rank, r);
  return rank <= 128 ? rank : 0; // beyond it the padding costs more than the passes it saves
}

int64_t adapterParameters(const api::TrainSpec& spec, const ModelShape& shape) {
  int64_t total = 0;
  const std::vector<Module> dense = modulesOf(shape), mixture = shape.mixtures() > 0 ? mixtureModulesOf(shape) : dense;
  for (int64_t layer = 0; layer < shape.layers; ++layer) {
    for (const Module& module : shape.isMixture(layer) ? mixture : dense) {
      const std::string path = fmt::format("model.layers.{}.{}", layer, module.path);
      if (!covered(spec.method, path, layer))
        continue;
      int64_t rank = spec.method.r;
      for (const auto& [name, value] : spec.method.rankPattern)
        if (names(name, path))
          rank = value;
      total += rank * (module.in + module.out);
    }
  }
  return total;
}

namespace {

/// What does not depend on the recompute policy; the workspace is the most of any.
void planFixedParts(api::MemoryPlan& plan, const api::TrainSpec& spec, const ModelShape& shape, const DeviceBudget& device, int64_t tokens, int64_t elementBytes) {
  const bool full = spec.method.type == "full";
  plan.modelParameters = shape.parameters;
  plan.activeParameters = shape.activeParameters();
  plan.trainableParameters = full ? shape.parameters : adapterParameters(spec, shape);
  plan.weights = shape.parameters * elementBytes;
  plan.adapters = full && elementBytes == 4 ? 0 : plan.trainableParameters * 4; // float32 masters
  plan.gradients = plan.trainableParameters * 4;
  plan.optimizer = plan.trainableParameters * 8;
  plan.workspace = static_cast<int64_t>(workspaceBytes(shape, tokens, elementBytes));
  plan.context = kProcessBytes;
  if (!device.isGpu)
    return;
  plan.workspace = static_cast<int64_t>(gpuWorkspaceBytes(shape, tokens, elementBytes, false));
  plan.context = kGpuContextBytes;
  if (!full) // values in the compute type, and the room for them beside the weights
    plan.adapters += (elementBytes == 4 ? 0 : plan.trainableParameters * elementBytes) + elementBytes * adapterRoomElements(shape, adapterRankBesideWeights(spec.method));
}

int64_t withoutStash(const api::MemoryPlan& p) { return p.weights + p.adapters + p.gradients + p.optimizer + p.workspace + p.context; }

} // namespace

api::MemoryPlan planTraining(const api::TrainSpec& spec, const ModelShape& shape, const DeviceBudget& device, int64_t longestRow) {
  api::MemoryPlan plan;
  const bool full = spec.method.type == "full";
  const int64_t elementBytes = spec.model.dtype == "bfloat16" ? 2 : 4;
  const int64_t row = longestRow > 0 ? std::min(longestRow, spec.data.maxSeqLen) : spec.data.maxSeqLen;
  const int64_t tokens = std::max(spec.training.tokensPerMicrobatch, row);
  plan.device = device.name;
  plan.available = device.available;
  planFixedParts(plan, spec, shape, device, tokens, elementBytes);
  plan.recompute = spec.training.recompute;
  if (plan.recompute == "offload" && !device.isGpu)
    plan.recompute = "all"; // the memory is the host's already
  if (plan.recompute == "auto")
    plan.recompute = automaticRecompute(device, withoutStash(plan), shape, tokens, elementBytes);
  plan.stash = stashOf(plan.recompute, shape, tokens, elementBytes);
  if (device.isGpu)
    plan.workspace = static_cast<int64_t>(gpuWorkspaceBytes(shape, tokens, elementBytes, plan.recompute != "none"));
  plan.total = withoutStash(plan) + plan.stash;
  if (device.flops > 0)
    plan.tokensPerS = device.flops / flopsPerToken(shape, full, plan.recompute == "all" || plan.recompute == "offload");
  if (!full && plan.trainableParameters == 0)
    plan.problems.push_back("No module of this model matches the target modules, so nothing would be trained. Choose \"all-linear\" or names such as q_proj.");
  advise(spec, plan, device.isGpu);
  return plan;
}

} // namespace lathe::plan
