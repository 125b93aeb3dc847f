// SPDX-License-Identifier: Apache-2.0
// Trainable parameters, forward with backward, evaluation.
#include "core/base/error.h"
#include "core/nn/model_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace lathe::nn {

namespace {

struct Trainable {
  std::string name;
  at::Tensor value;
  std::function<void(at::Tensor)> replace; // gives the value other memory
  std::function<void(at::Tensor)> setGrad;
  bool decay;
};

std::string peftName(const std::string& path, const char* matrix) { return fmt::format("base_model.model.{}.{}.weight", path, matrix); }

std::vector<Trainable> adapterTensors(Adapter& adapter) {
  std::vector<Trainable> out;
  for (auto& [path, pointer] : adapter.modules) {
    LoraModule* m = pointer.get();
    out.push_back({peftName(path, "lora_A"), m->weights.a, [m](at::Tensor t) { m->weights.a = t; }, [m](at::Tensor g) { m->gradA = g; }, true});
    out.push_back({peftName(path, "lora_B"), m->weights.b, [m](at::Tensor t) { m->weights.b = t; }, [m](at::Tensor g) { m->gradB = g; }, true});
  }
  return out;
}

} // namespace

void Model::State::stopTraining() {
  for (Parameter& p : parameters)
    p = {};
  for (const Slot& slot : slots())
    slot.setGrad({});
  for (auto& [name, adapter] : adapters)
    for (auto& [path, module] : adapter.modules)
      module->gradA = module->gradB = at::Tensor();
  parameters.clear();
  flatMaster = flatGrad = at::Tensor();
  trained.reset();
}

std::vector<Parameter> Model::trainable(const std::string& adapterName) {
  const c10::NoGradGuard noGrad;
  State& s = *m_state;
  if (s.trained == adapterName)
    return s.parameters;
  std::vector<Trainable> tensors;
  if (adapterName.empty()) {
    for (State::Slot& slot : s.slots())
      tensors.push_back({slot.name, slot.get(), slot.set, slot.setGrad, slot.decay});
  } else {
    const auto found = s.adapters.find(adapterName);
    if (found == s.adapters.end())
      throw Exception(ErrorKind::NotFound, fmt::format("There is no adapter named {} to train.", adapterName));
    tensors = adapterTensors(found->second);
    if (std::none_of(s.active.begin(), s.active.end(), [&](const ActiveAdapter& a) { return a.name == adapterName; }))
      s.active.push_back({adapterName, 1.0});
    s.applyActive();
  }
  s.stopTraining();
  int64_t total = 0;
  for (const Trainable& t : tensors)
    total += t.value.numel();
  const auto options = at::TensorOptions().dtype(at::kFloat).device(s.device);
  s.flatMaster = at::empty({total}, options);
  s.flatGrad = at::zeros({total}, options);
  int64_t offset = 0;
  for (Trainable& t : tensors) {
    const int64_t n = t.value.numel();
    Parameter p{t.name, t.value, s.flatMaster.narrow(0, offset, n).view(t.value.sizes()), s.flatGrad.narrow(0, offset, n).view(t.value.sizes()), t.decay};
    p.master.copy_(t.value);
    if (t.value.scalar_type() == at::kFloat) {
      p.value = p.master;
      t.replace(p.value);
    }
    t.setGrad(p.grad);
    s.parameters.push_back(std::move(p));
    offset += n;
  }
  s.trained = adapterName;
  return s.parameters;
}

const at::Tensor& Model::flatMaster() const { return m_state->flatMaster; }
const at::Tensor& Model::flatGrad() const { return m_state->flatGrad; }

void Model::publishMaster() {
  const c10::NoGradGuard noGrad;
  for (Parameter& p : m_state->parameters)
    if (p.value.data_ptr() != p.master.data_ptr())
      p.value.copy_(p.master);
}

ops::Head Model::State::headFunctions(bool training) {
  ops::Head out;
  out.vocab = config.vocabSize;
  out.forward = [this](const at::Tensor& x, at::Tensor& logits) { multiply(*head.storage, x, logits); };
  out.backwardInput = [this](const at::Tensor& dLogits, at::Tensor& dx) { multiplyBackward(*head.storage, dLogits, dx, false); };
  at::Tensor grad = config.tieEmbeddings ? gradEmbedding : head.gradWeight;
  if (training && grad.defined())
    out.backwardWeight = [grad](const at::Tensor& dLogits, const at::Tensor& x) mutable { grad.addmm_(dLogits.t(), x); };
  return out;
}

namespace {

/// Rows with a target, gathered.
struct Supervised {
  at::Tensor index;   // int64 [rows]
  at::Tensor targets; // int64 [rows]
};

Supervised supervisedRows(const Batch& batch) {
  const at::Tensor mask = batch.targets.ge(0);
  // On a GPU the host's count avoids waiting for the device.
  const at::Tensor index = (mask.is_cpu() ? at::nonzero(mask) : at::nonzero_static(mask, batch.supervised)).squeeze(1);
  if (index.size(0) != batch.supervised)
    throw Exception(ErrorKind::Internal, fmt::format("A batch says {} supervised tokens and has {}.", batch.supervised, index.size(0)));
  return {index, batch.targets.index_select(0, index)};
}

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
  State& s = *m_state;
  const LayerContext context = s.context(batch.positions, batch.cuSeqlens, false, 0);
  const at::Tensor x = s.runLayers(batch, context, nullptr);
  const Supervised rows = supervisedRows(batch);
  const at::Tensor normed = ops::floatOf(ops::rmsNorm(x.index_select(0, rows.index), s.finalNorm.weight, s.normOptions(), false).y);
  const at::Tensor loss = ops::chunkedLinearCrossEntropy(normed, rows.targets, s.headFunctions(false), 1, {});
  return {sumOf(loss), batch.supervised, perSequence ? meanPerSequence(loss, rows.index, batch.cuSeqlens) : at::Tensor()};
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
  at::Tensor x = embed(batch.tokens);
  for (size_t i = 0; i < layers.size(); ++i) {
    const bool keepAll = i >= step.lowest && !step.policy.recomputes(static_cast<int64_t>(i));
    const at::Tensor y = layers[i].forward(x, step.context, keepAll ? &step.stash[i] : nullptr);
    if (i >= step.lowest)
      step.stash[i].input = x;
    step.kept += step.stash[i].bytes();
    x = y;
  }
  stashPeak = step.kept;
  return x;
}

at::Tensor Model::State::backwardStashed(at::Tensor dx, Step& step) {
  for (size_t i = layers.size(); i-- > step.lowest;) {
    LayerStash& stash = step.stash[i];
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

Model::Loss Model::forwardBackward(const Batch& batch, double gradScale, const RecomputePolicy& policy) {
  const c10::NoGradGuard noGrad;
  State& s = *m_state;
  if (!s.trained)
    throw Exception(ErrorKind::Internal, "forwardBackward was called before trainable().");
  if (batch.supervised == 0)
    return {at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(s.device)), 0, {}};
  Step step{s.context(batch.positions, batch.cuSeqlens, true, batch.dropoutCounter), policy, 0, s.gradEmbedding.defined(), {}, 0};
  const at::Tensor x = s.forwardStashed(batch, step);
  const Supervised rows = supervisedRows(batch);
  const at::Tensor selected = x.index_select(0, rows.index);
  const ops::Normed normed = ops::rmsNorm(selected, s.finalNorm.weight, s.normOptions(), true);
  const at::Tensor normed32 = ops::floatOf(normed.y);
  at::Tensor dNormed = at::empty_like(normed32);
  const at::Tensor loss = ops::chunkedLinearCrossEntropy(normed32, rows.targets, s.headFunctions(true), gradScale, dNormed);
  s.workspacePeak = static_cast<uint64_t>(4 * std::min(batch.supervised, ops::crossEntropyChunkRows(s.config.vocabSize)) * s.config.vocabSize) +
                    static_cast<uint64_t>(selected.nbytes() + normed.y.nbytes() + 2 * dNormed.nbytes());
  const at::Tensor dSelected = ops::rmsNormBackward(dNormed.to(x.scalar_type()), selected, s.finalNorm.weight, normed.rstd, s.normOptions(), {}, s.finalNorm.grad);
  const at::Tensor dx = s.backwardStashed(at::zeros_like(x).index_copy_(0, rows.index, dSelected), step);
  if (step.embeddingTrains)
    s.gradEmbedding.index_add_(0, batch.tokens, ops::floatOf(dx));
  return {sumOf(loss), batch.supervised, {}};
}

} // namespace lathe::nn
