// SPDX-License-Identifier: Apache-2.0
// Trainable parameters, forward with backward, evaluation.
#include "core/base/error.h"
#include "core/nn/model_state.h"
#include "core/ops/embedding.h"
#include "core/ops/matmul.h"
#include "core/ops/memory_scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lathe::nn {

namespace {
std::string peftName(const std::string& path, const char* matrix) { return fmt::format("base_model.model.{}.{}.weight", path, matrix); }
} // namespace

void Model::State::stopTraining() {
  for (Parameter& p : parameters)
    p = {};
  holdAdapter({});
  for (const Slot& slot : slots())
    slot.setGrad({});
  for (auto& [name, adapter] : adapters)
    for (auto& [path, module] : adapter.modules)
      module->gradA = module->gradB = at::Tensor();
  parameters.clear();
  flatMaster = flatGrad = at::Tensor();
  trained.reset();
}

void Model::State::holdAdapter(const std::string& name) {
  const auto found = adapters.find(name);
  for (DecoderLayer& layer : layers)
    for (const std::vector<Linear*>& group : layer.groups()) {
      if (!group[0]->concat)
        continue;
      std::vector<ConcatWeights::Held> held;
      int64_t first = 0;
      for (const Linear* linear : group) {
        if (found != adapters.end())
          if (const auto module = found->second.modules.find(linear->path); module != found->second.modules.end())
            held.push_back({module->second.get(), first, module->second->scaling});
        first += linear->storage->rows();
      }
      group[0]->concat->hold(std::move(held));
    }
}

void Model::State::trainAdapter(const std::string& name) {
  const auto found = adapters.find(name);
  if (found == adapters.end())
    throw Exception(ErrorKind::NotFound, fmt::format("There is no adapter named {} to train.", name));
  if (std::none_of(active.begin(), active.end(), [&](const ActiveAdapter& a) { return a.name == name; }))
    active.push_back({name, 1.0});
  applyActive();
  stopTraining();
  Adapter& adapter = found->second;
  flatMaster = adapter.masters;
  {
    const ops::MemoryScope scope(ops::MemoryCategory::Gradients);
    flatGrad = at::zeros_like(flatMaster);
  }
  std::vector<std::string> paths;
  const std::vector<LoraModule*> modules = modulesInOrder(adapter, &paths);
  const auto gradOf = [&](const at::Tensor& master) { return flatGrad.narrow(0, master.storage_offset(), master.numel()).view(master.sizes()); };
  for (size_t i = 0; i < modules.size(); ++i) {
    LoraModule& m = *modules[i];
    m.gradA = gradOf(m.a);
    m.gradB = gradOf(m.b);
    parameters.push_back({peftName(paths[i], "lora_A"), m.weights.a, m.a, m.gradA, true});
    parameters.push_back({peftName(paths[i], "lora_B"), m.weights.b, m.b, m.gradB, true});
  }
  holdAdapter(name);
}

void Model::State::trainEverything() {
  stopTraining();
  const std::vector<Slot> all = slots();
  int64_t total = 0;
  for (const Slot& slot : all) {
    if (slot.isPacked())
      throw Exception(ErrorKind::Unsupported, "The weights of this model are quantized and cannot be trained themselves. Train an adapter (method lora) instead.");
    total += slot.get().numel();
  }
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  {
    const ops::MemoryScope scope(ops::MemoryCategory::Masters);
    flatMaster = at::empty({total}, options);
  }
  {
    const ops::MemoryScope scope(ops::MemoryCategory::Gradients);
    flatGrad = at::zeros({total}, options);
  }
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  uint64_t replaced = 0; // float32 weights, which are the masters themselves from here on
  int64_t offset = 0;
  for (const Slot& slot : all) {
    const at::Tensor value = slot.get();
    const int64_t n = value.numel();
    Parameter p{slot.name, value, flatMaster.narrow(0, offset, n).view(value.sizes()), flatGrad.narrow(0, offset, n).view(value.sizes()), slot.decay};
    p.master.copy_(value);
    if (value.scalar_type() == at::kFloat) {
      p.value = p.master;
      slot.set(p.value);
      replaced += static_cast<uint64_t>(p.value.nbytes());
    }
    slot.setGrad(p.grad);
    parameters.push_back(std::move(p));
    offset += n;
  }
  ops::attributeMemory(flatMaster, ops::MemoryCategory::Weights, replaced);
}

std::vector<Parameter> Model::trainable(const std::string& adapterName) {
  const c10::NoGradGuard noGrad;
  State& s = *m_state;
  if (s.trained == adapterName)
    return s.parameters;
  if (adapterName.empty())
    s.trainEverything();
  else
    s.trainAdapter(adapterName);
  s.trained = adapterName;
  return s.parameters;
}

const at::Tensor& Model::flatMaster() const { return m_state->flatMaster; }
const at::Tensor& Model::flatGrad() const { return m_state->flatGrad; }

void Model::publishMaster() {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  State& s = *m_state;
  if (!s.trained)
    return;
  if (!s.trained->empty()) {
    const Adapter& adapter = s.adapters.at(*s.trained);
    if (!adapter.values.is_same(adapter.masters))
      adapter.values.copy_(adapter.masters);
    for (DecoderLayer& layer : s.layers)
      for (const std::vector<Linear*>& group : layer.groups())
        if (group[0]->concat)
          group[0]->concat->publish();
    return;
  }
  std::vector<at::Tensor> values, masters;
  for (const Parameter& p : s.parameters)
    if (p.value.data_ptr() != p.master.data_ptr()) {
      values.push_back(p.value);
      masters.push_back(p.master);
    }
  if (!values.empty())
    at::_foreach_copy_(values, masters);
}

ops::Head Model::State::headFunctions(bool training) {
  ops::Head out;
  out.vocab = config.vocabSize;
  out.logitScale = config.logitScale;
  out.softcap = config.finalSoftcap.value_or(0);
  out.forward = [this](const at::Tensor& x, at::Tensor& logits) { multiply(*head.storage, x, logits); };
  out.backwardInput = [this](const at::Tensor& dLogits, at::Tensor& dx) { multiplyBackward(*head.storage, dLogits, dx, false); };
  const at::Tensor grad = config.tieEmbeddings ? gradEmbedding : head.gradWeight;
  if (training && grad.defined())
    out.backwardWeight = [grad](const at::Tensor& dLogits, const at::Tensor& x) { ops::accumulateOuter(grad, dLogits, x); };
  return out;
}

namespace {

at::Tensor meanPerSequence(const at::Tensor& loss, const at::Tensor& index, const at::Tensor& cuSeqlens) {
  const int64_t n = cuSeqlens.size(0) - 1;
  const at::Tensor ends = cuSeqlens.narrow(0, 1, n).to(at::kLong).to(loss.device());
  const at::Tensor sequence = at::searchsorted(ends, index, false, true);
  const at::Tensor sums = at::zeros({n}, loss.options().dtype(at::kDouble)).index_add_(0, sequence, loss.to(at::kDouble));
  const at::Tensor counts = at::zeros_like(sums).index_add_(0, sequence, at::ones_like(loss, loss.options().dtype(at::kDouble)));
  return (sums / counts).to(at::kFloat);
}

at::Tensor sumOf(const at::Tensor& loss) { return loss.sum(at::kDouble).to(at::kFloat); }

} // namespace

Model::Loss Model::evaluate(const Batch& batch, bool perSequence) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  State& s = *m_state;
  if (batch.supervised == 0)
    return {at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(s.device)), 0, perSequence ? at::full({batch.cuSeqlens.size(0) - 1}, NAN) : at::Tensor()};
  const at::Tensor x = s.runLayers(batch, s.context(batch, false), nullptr);
  const at::Tensor normed = ops::computeOf(ops::rmsNorm(x.index_select(0, batch.supervisedRows), s.finalNorm.weight, s.normOptions(), false).y);
  const at::Tensor loss = ops::chunkedLinearCrossEntropy(normed, batch.supervisedTargets, s.headFunctions(false), 1, {});
  return {sumOf(loss), batch.supervised, perSequence ? meanPerSequence(loss, batch.supervisedRows, batch.cuSeqlens) : at::Tensor(), loss};
}

/// What one step carries from its forward to its backward.
struct Step {
  LayerContext context;
  const RecomputePolicy& policy;
  size_t lowest = 0; // nothing below this layer trains, so nothing is kept there
  bool embeddingTrains = false;
  std::vector<LayerStash> stash;
  uint64_t kept = 0;
};

at::Tensor Model::State::forwardStashed(const Batch& batch, Step& step) {
  while (!step.embeddingTrains && step.lowest < layers.size() && !layers[step.lowest].trains())
    ++step.lowest;
  step.stash.resize(layers.size());
  if (step.policy.offload && !device.is_cpu()) {
    if (!offload)
      offload = std::make_unique<InputOffload>(device);
    offload->begin();
  }
  Flow flow;
  {
    const ops::MemoryScope kept(ops::MemoryCategory::Stash);
    flow.x = embed(batch.tokens);
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    const bool keepAll = i >= step.lowest && !step.policy.recomputes(static_cast<int64_t>(i));
    const Flow out = layers[i].forward(flow, step.context, keepAll ? &step.stash[i] : nullptr, layerAfter(i));
    if (i >= step.lowest && offloads(step, i))
      offload->keep(i, flow.x);
    else if (i >= step.lowest)
      step.stash[i].input = flow.x;
    step.kept += step.stash[i].bytes();
    flow = out;
  }
  stashPeak = step.kept + (offload ? offload->residentBytes() : 0);
  return flow.x;
}

bool Model::State::offloads(const Step& step, size_t layer) const {
  return step.policy.offload && !device.is_cpu() && step.policy.recomputes(static_cast<int64_t>(layer));
}

at::Tensor Model::State::backwardStashed(at::Tensor dx, Step& step) {
  for (size_t i = layers.size(); i-- > step.lowest;) {
    LayerStash& stash = step.stash[i];
    if (offloads(step, i)) {
      stash.input = offload->take(i, i > step.lowest ? std::optional(i - 1) : std::nullopt);
      step.kept += stash.bytes();
    }
    uint64_t counted = stash.bytes();
    if (step.policy.recomputes(static_cast<int64_t>(i))) {
      layers[i].recompute(stash, step.context);
      step.kept += stash.bytes() - counted;
      counted = stash.bytes();
      stashPeak = std::max(stashPeak, step.kept);
    }
    dx = layers[i].backward(dx, step.context, stash, i > step.lowest || step.embeddingTrains);
    step.kept -= counted;
    stash = {};
  }
  return dx;
}

void Model::dropStash() {
  if (m_state->offload)
    m_state->offload->begin();
}

Model::Loss Model::forwardBackward(const Batch& batch, double gradScale, const RecomputePolicy& policy) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  State& s = *m_state;
  if (!s.trained)
    throw Exception(ErrorKind::Internal, "forwardBackward was called before trainable().");
  Loss result{at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(s.device)), batch.supervised, {}};
  if (batch.supervised == 0)
    return result;
  Step step{s.context(batch, true), policy, 0, s.gradEmbedding.defined(), {}, 0};
  const at::Tensor dx = s.backwardStashed(s.backwardHead(s.forwardStashed(batch, step), batch, gradScale, result.sum), step);
  if (step.embeddingTrains)
    ops::accumulateEmbedding(s.gradEmbedding, batch.tokens, s.embeddingScale == 1 ? dx : dx * s.embeddingScale);
  return result;
}

/// Loss and the gradient of the last layer's output.
at::Tensor Model::State::backwardHead(const at::Tensor& x, const Batch& batch, double gradScale, at::Tensor& lossSum) {
  const at::Tensor selected = x.index_select(0, batch.supervisedRows);
  const ops::Normed normed = ops::rmsNorm(selected, finalNorm.weight, normOptions(), true);
  const at::Tensor compute = ops::computeOf(normed.y);
  const at::Tensor dNormed = at::empty_like(compute);
  const at::Tensor loss = ops::chunkedLinearCrossEntropy(compute, batch.supervisedTargets, headFunctions(true), gradScale, dNormed, batch.gradScaleDevice);
  lossSum = sumOf(loss);
  workspacePeak = ops::crossEntropyWorkspace(batch.supervised, config.vocabSize, computeType(), device) +
                  static_cast<uint64_t>(selected.nbytes() + normed.y.nbytes() + 2 * dNormed.nbytes());
  const at::Tensor dSelected = ops::rmsNormBackward(dNormed.to(x.scalar_type()), selected, finalNorm.weight, normed.rstd, normOptions(), {}, finalNorm.grad);
  return at::zeros_like(x).index_copy_(0, batch.supervisedRows, dSelected);
}

} // namespace lathe::nn
