// SPDX-License-Identifier: Apache-2.0
#include "core/nn/model.h"

#include "core/base/error.h"
#include "core/nn/model_state.h"
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

ops::RotaryOptions rotaryOptions(const io::ModelConfig& c) {
  ops::RotaryOptions o;
  o.headDim = c.headDim;
  o.theta = c.rope.theta;
  o.factor = c.rope.factor;
  o.lowFreqFactor = c.rope.lowFreqFactor;
  o.highFreqFactor = c.rope.highFreqFactor;
  o.originalMaxPositions = c.rope.originalMaxPositions;
  switch (c.rope.type) {
  case io::RopeType::Default:
    return o;
  case io::RopeType::Linear:
    o.scaling = ops::RotaryScaling::Linear;
    return o;
  case io::RopeType::Llama3:
    o.scaling = ops::RotaryScaling::Llama3;
    return o;
  case io::RopeType::Dynamic:
  case io::RopeType::Yarn:
  case io::RopeType::LongRope:
    break;
  }
  throw Exception(ErrorKind::Unsupported, "This model's rotary scaling (dynamic, yarn or longrope) is not supported yet.");
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
  frequencies = ops::rotaryFrequencies(rotaryOptions(config), device);
  layers.resize(static_cast<size_t>(config.layers));
  for (size_t i = 0; i < layers.size(); ++i) {
    DecoderLayer& layer = layers[i];
    const std::string prefix = fmt::format("model.layers.{}.", i);
    const char* names[7] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"};
    for (size_t n = 0; n < 7; ++n)
      layer.linears()[n]->path = prefix + names[n];
    layer.inputNorm.path = prefix + "input_layernorm";
    layer.postNorm.path = prefix + "post_attention_layernorm";
    layer.qNorm.path = prefix + "self_attn.q_norm";
    layer.kNorm.path = prefix + "self_attn.k_norm";
    layer.attention = {config.heads, config.kvHeads, config.headDim, 0, 0, config.windowOf(static_cast<int64_t>(i)).value_or(0)};
    layer.norm = normOptions();
    layer.activation = activationOf(config.activation);
  }
  finalNorm.path = "model.norm";
  head.path = "lm_head";
}

void Model::State::forEachLinear(const std::function<void(Linear&, int64_t)>& visit) {
  for (size_t i = 0; i < layers.size(); ++i)
    for (Linear* linear : layers[i].linears())
      visit(*linear, static_cast<int64_t>(i));
}

Linear* Model::State::findLinear(const std::string& path, int64_t* layer) {
  Linear* found = nullptr;
  forEachLinear([&](Linear& linear, int64_t index) {
    if (linear.path != path)
      return;
    found = &linear;
    if (layer)
      *layer = index;
  });
  return found;
}

namespace {

void setStorage(std::shared_ptr<WeightStorage>& storage, at::Tensor values) {
  if (storage)
    storage->replaceDense(values);
  else
    storage = std::make_shared<DenseStorage>(std::move(values));
}

} // namespace

std::vector<Model::State::Slot> Model::State::slots() {
  const io::ModelConfig& c = config;
  std::vector<Slot> out;
  const auto norm = [&](Norm& n, int64_t width) {
    out.push_back({n.path + ".weight", {width}, at::kFloat, [&n](at::Tensor t) { n.weight = t; }, [&n] { return n.weight; }, [&n](at::Tensor g) { n.grad = g; }, false});
  };
  const auto linear = [&](Linear& l, int64_t rows, int64_t columns, bool bias) {
    out.push_back({l.path + ".weight", {rows, columns}, scalarType(), [&l](at::Tensor t) { setStorage(l.storage, t); }, [&l] { return l.storage->dense(); },
                   [&l](at::Tensor g) { l.gradWeight = g; }, true});
    if (bias)
      out.push_back({l.path + ".bias", {rows}, at::kFloat, [&l](at::Tensor t) { l.bias = t; }, [&l] { return l.bias; }, [&l](at::Tensor g) { l.gradBias = g; }, false});
  };
  out.push_back({"model.embed_tokens.weight", {c.vocabSize, c.hiddenSize}, scalarType(), [this](at::Tensor t) { setStorage(embedding, t); },
                 [this] { return embedding->dense(); }, [this](at::Tensor g) { gradEmbedding = g; }, true});
  const int64_t q = c.heads * c.headDim, kv = c.kvHeads * c.headDim;
  for (DecoderLayer& layer : layers) {
    linear(layer.q, q, c.hiddenSize, c.attentionBias);
    linear(layer.k, kv, c.hiddenSize, c.attentionBias);
    linear(layer.v, kv, c.hiddenSize, c.attentionBias);
    linear(layer.o, c.hiddenSize, q, c.hasOutputBias());
    linear(layer.gate, c.intermediateSize, c.hiddenSize, c.mlpBias);
    linear(layer.up, c.intermediateSize, c.hiddenSize, c.mlpBias);
    linear(layer.down, c.hiddenSize, c.intermediateSize, c.mlpBias);
    norm(layer.inputNorm, c.hiddenSize);
    norm(layer.postNorm, c.hiddenSize);
    if (c.hasHeadNorms()) {
      norm(layer.qNorm, c.headDim);
      norm(layer.kNorm, c.headDim);
    }
  }
  norm(finalNorm, c.hiddenSize);
  if (!c.tieEmbeddings)
    linear(head, c.vocabSize, c.hiddenSize, false);
  return out;
}

std::shared_ptr<Model> Model::random(const io::ModelConfig& config, uint64_t seed, Compute dtype, at::Device device) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  std::shared_ptr<Model> model(new Model);
  State& state = *model->m_state;
  state.build(config, dtype, device);
  state.allocate();
  at::Generator generator = at::detail::createCPUGenerator(seed);
  for (const State::Slot& slot : state.slots()) {
    at::Tensor values = at::empty(slot.shape, at::kFloat);
    if (slot.shape.size() == 2)
      values.normal_(0, config.initializerRange, generator);
    else
      values.fill_(slot.name.ends_with(".bias") ? 0 : 1);
    slot.get().copy_(values);
  }
  return model;
}

std::shared_ptr<Model> Model::randomOnDevice(const io::ModelConfig& config, uint64_t seed, Compute dtype, at::Device device, int64_t adapterRank) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  std::shared_ptr<Model> model(new Model);
  State& state = *model->m_state;
  state.build(config, dtype, device);
  state.allocate(adapterRank);
  at::Generator generator = at::globalContext().defaultGenerator(device).clone();
  generator.set_current_seed(seed);
  for (const State::Slot& slot : state.slots()) {
    at::Tensor values = slot.get();
    if (slot.shape.size() == 2)
      values.normal_(0, config.initializerRange, generator);
    else
      values.fill_(slot.name.ends_with(".bias") ? 0 : 1);
  }
  return model;
}

LayerContext Model::State::context(const Batch& batch, bool training) const {
  LayerContext out{ops::rotaryAngles(frequencies, batch.positions), {}, {training, batch.dropoutCounter, batch.dropoutCounterDevice}};
  if (batch.cuSeqlensDevice.defined() && batch.maxSeqlen > 0) {
    out.sequences.host = batch.cuSeqlens;
    out.sequences.device = batch.cuSeqlensDevice;
    out.sequences.maxLength = batch.maxSeqlen;
  } else {
    out.sequences = ops::Sequences(batch.cuSeqlens, device);
  }
  return out;
}

at::Tensor Model::State::embed(const at::Tensor& tokens) const {
  ops::noteTokens(tokens.size(0));
  return ops::embeddingRows(embedding->dense(), tokens);
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
  const LayerContext context = m_state->context(batch, false);
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

bool Model::supportsDecode() const {
  const io::ModelConfig& c = m_state->config;
  return m_state->device.is_cuda() && (c.headDim == 64 || c.headDim == 96 || c.headDim == 128 || c.headDim == 256) && c.heads / c.kvHeads <= 16;
}

bool Model::supportsRecording() const {
  const io::ModelConfig& c = m_state->config;
  return m_state->device.is_cuda() && c.headDim % (m_state->computeType() == at::kFloat ? 4 : 8) == 0 && c.headDim <= 256;
}

at::Tensor Model::decode(PagedCache& cache, const DecodeState& state) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  State& s = *m_state;
  const int64_t n = state.tokens.size(0);
  LayerContext context{ops::rotaryAngles(s.frequencies, state.lengths), {}, {}};
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
    out["weights"] += static_cast<uint64_t>(slot.get().nbytes());
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
