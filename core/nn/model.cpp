// SPDX-License-Identifier: Apache-2.0
#include "core/nn/model.h"

#include "core/base/error.h"
#include "core/nn/model_state.h"
#include "core/nn/packed_storage.h"
#include "core/ops/device_memory.h"
#include "core/ops/embedding.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

namespace lathe::nn {

Model::Model() : m_state(std::make_unique<State>()) {}
Model::~Model() = default;

const io::ModelConfig& Model::config() const { return m_state->config; }
Compute Model::dtype() const { return m_state->dtype; }
at::Device Model::device() const { return m_state->device; }

bool RecomputePolicy::recomputes(int64_t layer) const {
  switch (kind) {
  case Kind::None:
    return false;
  case Kind::All:
    return true;
  case Kind::EveryN:
    return layer % std::max(every, 1) == 0;
  }
  return false;
}

namespace {

ops::RotaryScaling scalingOf(io::RopeType type) {
  switch (type) {
  case io::RopeType::Default:
    return ops::RotaryScaling::None;
  case io::RopeType::Linear:
    return ops::RotaryScaling::Linear;
  case io::RopeType::Dynamic:
    return ops::RotaryScaling::Dynamic;
  case io::RopeType::Yarn:
    return ops::RotaryScaling::Yarn;
  case io::RopeType::Llama3:
    return ops::RotaryScaling::Llama3;
  case io::RopeType::LongRope:
    return ops::RotaryScaling::LongRope;
  }
  return ops::RotaryScaling::None;
}

/// What multiplies cosine and sine, as transformers infers it.
double attentionFactor(const io::RopeConfig& rope) {
  const auto scale = [&rope](double weight) { return rope.factor <= 1 ? 1.0 : 0.1 * weight * std::log(rope.factor) + 1; };
  if (rope.attentionFactor || (rope.type != io::RopeType::Yarn && rope.type != io::RopeType::LongRope))
    return rope.attentionFactor.value_or(1.0);
  if (rope.type == io::RopeType::LongRope)
    return rope.factor <= 1 ? 1.0 : std::sqrt(1 + std::log(rope.factor) / std::log(static_cast<double>(rope.originalMaxPositions)));
  return rope.mscale > 0 && rope.mscaleAllDim > 0 ? scale(rope.mscale) / scale(rope.mscaleAllDim) : scale(1);
}

ops::RotaryOptions rotaryOptions(const io::ModelConfig& c, const io::RopeConfig& rope) {
  ops::RotaryOptions o;
  o.rotaryDim = c.rotaryDim();
  o.theta = rope.theta;
  o.scaling = scalingOf(rope.type);
  o.factor = rope.factor;
  o.lowFreqFactor = rope.lowFreqFactor;
  o.highFreqFactor = rope.highFreqFactor;
  o.originalMaxPositions = rope.originalMaxPositions;
  o.maxPositions = c.maxPositions;
  o.betaFast = rope.betaFast;
  o.betaSlow = rope.betaSlow;
  o.truncate = rope.truncate;
  o.shortFactor = rope.shortFactor;
  o.longFactor = rope.longFactor;
  o.attentionFactor = attentionFactor(rope);
  return o;
}

ops::GateActivation activationOf(io::Activation activation) {
  switch (activation) {
  case io::Activation::Silu:
    return ops::GateActivation::Silu;
  case io::Activation::GeluTanh:
    return ops::GateActivation::GeluTanh;
  case io::Activation::Gelu:
    return ops::GateActivation::Gelu;
  }
  return ops::GateActivation::Silu;
}

} // namespace

void Model::State::build(const io::ModelConfig& modelConfig, Compute compute, at::Device where) {
  if (!modelConfig.unsupported.empty())
    throw Exception(ErrorKind::Unsupported, modelConfig.unsupported);
  config = modelConfig;
  dtype = compute;
  device = where;
  const ops::MemoryScope scope(ops::MemoryCategory::Weights);
  embeddingScale = at::scalar_tensor(config.embeddingScale, at::kFloat).to(scalarType()).to(at::kDouble).item<double>();
  rotary = {{rotaryOptions(config, config.rope), {}}};
  if (config.localRope)
    rotary.push_back({rotaryOptions(config, *config.localRope), {}});
  for (Rotary& kind : rotary)
    kind.frequencies = ops::rotaryFrequencies(kind.options, device);
  layers.resize(static_cast<size_t>(config.layers));
  for (size_t i = 0; i < layers.size(); ++i)
    buildLayer(layers[i], static_cast<int64_t>(i));
  finalNorm.path = "model.norm";
  head.path = "lm_head";
}

void Model::State::buildLayer(DecoderLayer& layer, int64_t index) {
  const std::string prefix = fmt::format("model.layers.{}.", index);
  const auto name = [&prefix](auto& part, const char* path) { part.path = prefix + path; };
  layer.fused = config.fusedProjections;
  if (layer.fused) {
    name(layer.qkv, "self_attn.qkv_proj");
    name(layer.gateUp, "mlp.gate_up_proj");
  } else {
    name(layer.q, "self_attn.q_proj");
    name(layer.k, "self_attn.k_proj");
    name(layer.v, "self_attn.v_proj");
    name(layer.gate, "mlp.gate_proj");
    name(layer.up, "mlp.up_proj");
  }
  name(layer.o, "self_attn.o_proj");
  name(layer.down, "mlp.down_proj");
  if (config.isMixture(index))
    buildMixture(layer, prefix + config.experts.block);
  if (config.norms != io::NormPlacement::After) {
    name(layer.inputNorm, "input_layernorm");
    name(layer.postNorm, config.norms == io::NormPlacement::Around ? "pre_feedforward_layernorm" : "post_attention_layernorm");
  }
  if (config.norms != io::NormPlacement::Before) {
    name(layer.attentionOutNorm, "post_attention_layernorm");
    name(layer.mlpOutNorm, "post_feedforward_layernorm");
  }
  if (config.hasHeadNorms()) {
    name(layer.qNorm, "self_attn.q_norm");
    name(layer.kNorm, "self_attn.k_norm");
  }
  layer.attention = {config.heads, config.kvHeads, config.headDim, config.attentionScale, config.attentionSoftcap.value_or(0), config.windowOf(index).value_or(0)};
  layer.norm = normOptions();
  layer.activation = activationOf(config.activation);
  layer.residualScale = config.residualScale;
  layer.positions = config.turnsPositions(index) ? std::optional<size_t>(config.usesLocalRope(index) ? 1 : 0) : std::nullopt;
}

void Model::State::buildMixture(DecoderLayer& layer, const std::string& prefix) {
  const io::ExpertConfig& names = config.experts;
  layer.mixture = std::make_unique<Mixture>();
  Mixture& mixture = *layer.mixture;
  mixture.perToken = names.perToken;
  mixture.normalized = names.normalized;
  mixture.activation = activationOf(config.activation);
  mixture.device = device;
  mixture.router.path = prefix + ".gate";
  mixture.experts.resize(static_cast<size_t>(names.count));
  for (size_t e = 0; e < mixture.experts.size(); ++e) {
    const std::string expert = fmt::format("{}.experts.{}.", prefix, e);
    mixture.experts[e].gate.path = expert + names.gate;
    mixture.experts[e].up.path = expert + names.up;
    mixture.experts[e].down.path = expert + names.down;
  }
}

void Model::State::forEachLinear(const std::function<void(Linear&, int64_t)>& visit) {
  for (size_t i = 0; i < layers.size(); ++i)
    for (Linear* linear : layers[i].linears())
      visit(*linear, static_cast<int64_t>(i));
}

Linear* Model::State::findLinear(const std::string& path, int64_t* layer) {
  if (linearsByPath.empty())
    forEachLinear([this](Linear& linear, int64_t index) { linearsByPath.emplace(linear.path, std::pair(&linear, index)); });
  const auto found = linearsByPath.find(path);
  if (found == linearsByPath.end())
    return nullptr;
  if (layer)
    *layer = found->second.second;
  return found->second.first;
}

namespace {

/// Tokens of the whole sequence that each of T new tokens belongs to; `before`: of each sequence in the cache. Nobody waits for a device; tokens of no sequence
/// count as the last one's.
at::Tensor lengthOfTokens(const at::Tensor& cuSeqlens, int64_t tokens, const at::Tensor& before) {
  const int64_t n = cuSeqlens.size(0) - 1;
  const at::Tensor ends = cuSeqlens.narrow(0, 1, n);
  at::Tensor lengths = (ends - cuSeqlens.narrow(0, 0, n)).to(at::kLong);
  if (before.defined())
    lengths = lengths + before.to(at::kLong);
  const at::Tensor sequence = at::searchsorted(ends.to(at::kLong), at::arange(tokens, lengths.options()), false, true).clamp_max(n - 1);
  return lengths.index_select(0, sequence);
}

} // namespace

bool Model::State::positionsDependOnLength() const {
  return std::any_of(rotary.begin(), rotary.end(), [](const Rotary& kind) { return ops::dependsOnLength(kind.options); });
}

std::array<ops::RotaryAngles, 2> Model::State::anglesOf(const at::Tensor& positions, const at::Tensor& lengths) const {
  std::array<ops::RotaryAngles, 2> out;
  for (size_t i = 0; i < rotary.size(); ++i)
    out[i] = ops::rotaryAngles(rotary[i].options, rotary[i].frequencies, positions, lengths);
  return out;
}

LayerContext Model::State::context(const Batch& batch, bool training, const at::Tensor& before) const {
  LayerContext out{{}, {}, {training, batch.dropoutCounter, batch.dropoutCounterDevice}};
  if (batch.cuSeqlensDevice.defined() && batch.maxSeqlen > 0) {
    out.sequences.host = batch.cuSeqlens;
    out.sequences.device = batch.cuSeqlensDevice;
    out.sequences.maxLength = batch.maxSeqlen;
  } else {
    out.sequences = ops::Sequences(batch.cuSeqlens, device);
  }
  const bool longer = positionsDependOnLength();
  out.angles = anglesOf(batch.positions, longer ? lengthOfTokens(out.sequences.device, batch.positions.size(0), before) : at::Tensor());
  return out;
}

at::Tensor Model::State::embed(const at::Tensor& tokens) const {
  ops::noteTokens(tokens.size(0));
  const at::Tensor dense = embedding->dense();
  at::Tensor x = dense.defined() ? ops::embeddingRows(dense, tokens) : gatheredRows(*embedding, tokens, scalarType());
  if (config.embeddingScale != 1)
    x.mul_(embeddingScale);
  return x;
}

at::Tensor Model::State::runLayers(const Batch& batch, const LayerContext& context, std::vector<at::Tensor>* hidden) const {
  Flow flow{embed(batch.tokens), {}};
  if (hidden)
    hidden->push_back(ops::floatOf(flow.x));
  for (size_t i = 0; i < layers.size(); ++i) {
    flow = layers[i].forward(flow, context, nullptr, layerAfter(i));
    if (hidden)
      hidden->push_back(ops::floatOf(flow.x));
  }
  return flow.x;
}

at::Tensor Model::State::logitsOf(const at::Tensor& normed) const {
  const LinearInput in(normed);
  at::Tensor logits = at::empty({normed.size(0), config.vocabSize}, in.compute.options().dtype(at::kFloat));
  multiply(*head.storage, in.compute, logits);
  ops::finishLogits(logits, config.logitScale, config.finalSoftcap.value_or(0));
  return logits;
}

Model::Outputs Model::logits(const Batch& batch, bool hidden) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  Outputs out;
  const LayerContext context = m_state->context(batch, false);
  const at::Tensor x = m_state->runLayers(batch, context, hidden ? &out.hidden : nullptr);
  const at::Tensor normed = ops::rmsNorm(x, m_state->finalNorm.weight, m_state->normOptions(), false).y;
  if (hidden)
    out.hidden.push_back(ops::floatOf(normed));
  out.logits = m_state->logitsOf(normed);
  return out;
}

namespace {

/// Row of the flattened pool for every new token.
at::Tensor cacheSlots(const CacheView& view, const at::Tensor& cuSeqlens) {
  const int32_t* cu = cuSeqlens.data_ptr<int32_t>();
  const int32_t* lengths = view.kvLengths.data_ptr<int32_t>();
  const int64_t n = cuSeqlens.size(0) - 1, most = view.blockTable.size(1);
  at::Tensor slots = at::empty({cu[n]}, at::kLong);
  for (int64_t s = 0; s < n; ++s)
    for (int64_t i = cu[s]; i < cu[s + 1]; ++i) {
      const int64_t position = lengths[s] + i - cu[s];
      slots.data_ptr<int64_t>()[i] = view.blockTable.data_ptr<int32_t>()[s * most + position / view.pageSize] * view.pageSize + position % view.pageSize;
    }
  return slots;
}

void requireRoom(const CacheView& view, const at::Tensor& cuSeqlens) {
  const int64_t n = cuSeqlens.size(0) - 1;
  if (n != static_cast<int64_t>(view.sequences.size()))
    throw Exception(ErrorKind::Internal, fmt::format("A cached call has {} sequences and a view over {}.", n, view.sequences.size()));
  const int32_t* cu = cuSeqlens.data_ptr<int32_t>();
  for (int64_t s = 0; s < n; ++s)
    if (cu[s + 1] <= cu[s] || view.kvLengths.data_ptr<int32_t>()[s] + cu[s + 1] - cu[s] > view.blockTable.size(1) * view.pageSize)
      throw Exception(ErrorKind::Internal, "A cached call has no new token for a sequence, or no room was reserved for them.");
}

} // namespace

at::Tensor Model::forwardCached(const at::Tensor& tokens, const at::Tensor& positions, const at::Tensor& cuSeqlens, CacheView& view) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  requireRoom(view, cuSeqlens);
  Batch batch;
  batch.positions = positions;
  batch.cuSeqlens = cuSeqlens;
  const LayerContext context = m_state->context(batch, false, m_state->device.is_cpu() ? view.kvLengths : ops::uploaded(view.kvLengths, m_state->device));
  const at::Tensor slots = ops::uploaded(cacheSlots(view, cuSeqlens), m_state->device);
  ops::PagedKeys keys{{}, {}, view.kvLengths, view.blockTable, view.pageSize, {}, {}};
  if (!m_state->device.is_cpu()) {
    keys.kvLengthsDevice = ops::uploaded(view.kvLengths, m_state->device);
    keys.blockTableDevice = ops::uploaded(view.blockTable, m_state->device);
  }
  Flow flow{m_state->embed(tokens), {}};
  for (size_t i = 0; i < m_state->layers.size(); ++i) {
    const int64_t layer = static_cast<int64_t>(i);
    keys.keys = view.cache->keys(layer);
    keys.values = view.cache->values(layer);
    flow = m_state->layers[i].forwardCached(flow, context, keys, slots, m_state->layerAfter(i));
  }
  at::Tensor x = flow.x;
  const int64_t n = cuSeqlens.size(0) - 1;
  if (tokens.size(0) > n)
    x = x.index_select(0, ops::uploaded(cuSeqlens.narrow(0, 1, n).to(at::kLong) - 1, m_state->device));
  for (int64_t s = 0; s < n; ++s) {
    const int32_t* cu = cuSeqlens.data_ptr<int32_t>();
    view.cache->advance(view.sequences[static_cast<size_t>(s)], cu[s + 1] - cu[s]);
  }
  return m_state->logitsOf(ops::rmsNorm(x, m_state->finalNorm.weight, m_state->normOptions(), false).y);
}

bool Model::positionsDependOnLength() const { return m_state->positionsDependOnLength(); }

bool Model::outgrowsCache(int64_t before, int64_t after) const {
  return std::any_of(m_state->rotary.begin(), m_state->rotary.end(), [&](const State::Rotary& kind) {
    const int64_t limit = kind.options.originalMaxPositions;
    return kind.options.scaling == ops::RotaryScaling::LongRope && before > 0 && before <= limit && after > limit;
  });
}

bool Model::supportsDecode() const {
  const io::ModelConfig& c = m_state->config;
  return m_state->device.is_cuda() && (c.headDim == 64 || c.headDim == 96 || c.headDim == 128 || c.headDim == 256) && c.heads / c.kvHeads <= 16 && !m_state->positionsDependOnLength() && c.experts.count == 0;
}

bool Model::supportsRecording() const {
  const io::ModelConfig& c = m_state->config;
  return m_state->device.is_cuda() && c.headDim % (m_state->computeType() == at::kFloat ? 4 : 8) == 0 && c.headDim <= 256 && !c.attentionSoftcap && c.experts.count == 0;
}

at::Tensor Model::decode(PagedCache& cache, const DecodeState& state) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  State& s = *m_state;
  const int64_t n = state.tokens.size(0);
  LayerContext context{s.anglesOf(state.lengths, {}), {}, {}};
  context.sequences.host = at::arange(n + 1, at::kInt);
  context.sequences.maxLength = 1;
  ops::PagedKeys keys{{}, {}, at::full({n}, state.mostKeys - 1, at::kInt), at::zeros({n, state.blockTable.size(1)}, at::kInt), cache.pageSize(), state.lengths, state.blockTable};
  Flow flow{s.embed(state.tokens), {}};
  for (size_t i = 0; i < s.layers.size(); ++i) {
    keys.keys = cache.keys(static_cast<int64_t>(i));
    keys.values = cache.values(static_cast<int64_t>(i));
    flow = s.layers[i].forwardCached(flow, context, keys, {}, s.layerAfter(i));
  }
  return s.logitsOf(ops::rmsNorm(flow.x, s.finalNorm.weight, s.normOptions(), false).y);
}

std::map<std::string, uint64_t> Model::memoryByCategory() const {
  State& s = *m_state;
  std::map<std::string, uint64_t> out = {{"weights", 0}, {"adapters", 0}, {"masters", 0}, {"gradients", 0}, {"stash", s.stashPeak}, {"workspace", s.workspacePeak}};
  for (const State::Slot& slot : s.slots())
    out["weights"] += slot.isPacked() ? (*slot.storage)->bytes() : static_cast<uint64_t>(slot.get().nbytes());
  for (const auto& [name, adapter] : s.adapters) {
    out["adapters"] += static_cast<uint64_t>(adapter.values.nbytes());
    if (!adapter.values.is_same(adapter.masters))
      out["masters"] += static_cast<uint64_t>(adapter.masters.nbytes());
  }
  if (s.trained == "")
    for (const Parameter& p : s.parameters)
      out["masters"] += p.value.data_ptr() == p.master.data_ptr() ? 0 : static_cast<uint64_t>(p.master.nbytes());
  out["gradients"] = s.flatGrad.defined() ? static_cast<uint64_t>(s.flatGrad.nbytes()) : 0;
  return out;
}

} // namespace lathe::nn
