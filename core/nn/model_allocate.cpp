// SPDX-License-Identifier: Apache-2.0
// The weights of a model by name and shape, and memory for them: groups of layers as rows of one matrix, on a GPU with room for an adapter beside them (beside an expert's there is none: it
// would be there once for every expert, and each has few rows to gain from it).
#include "core/nn/model_state.h"
#include "core/ops/device_memory.h"
#include "core/plan/gpu_bytes.h"

#include <algorithm>
#include <numeric>

namespace lathe::nn {

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
                   [&l](at::Tensor g) { l.gradWeight = g; }, true, &l.storage});
    if (bias)
      out.push_back({l.path + ".bias", {rows}, at::kFloat, [&l](at::Tensor t) { l.bias = t; }, [&l] { return l.bias; }, [&l](at::Tensor g) { l.gradBias = g; }, false});
  };
  out.push_back({"model.embed_tokens.weight", {c.vocabSize, c.hiddenSize}, scalarType(), [this](at::Tensor t) { setStorage(embedding, t); },
                 [this] { return embedding->dense(); }, [this](at::Tensor g) { gradEmbedding = g; }, true, &embedding});
  const int64_t q = c.heads * c.headDim, kv = c.kvHeads * c.headDim;
  const auto experts = [&](Mixture& mixture) {
    linear(mixture.router, c.experts.count, c.hiddenSize, false);
    for (Mixture::Expert& expert : mixture.experts) {
      linear(expert.gate, c.experts.intermediate, c.hiddenSize, false);
      linear(expert.up, c.experts.intermediate, c.hiddenSize, false);
      linear(expert.down, c.hiddenSize, c.experts.intermediate, false);
    }
  };
  for (DecoderLayer& layer : layers) {
    const auto rowsOf = [&](const Linear* l) {
      return l == &layer.qkv ? q + 2 * kv : l == &layer.q ? q : l == &layer.k || l == &layer.v ? kv : l == &layer.gateUp ? 2 * c.intermediateSize
             : l == &layer.gate || l == &layer.up ? c.intermediateSize : c.hiddenSize;
    };
    for (Linear* l : layer.dense()) {
      const bool attention = l == &layer.qkv || l == &layer.q || l == &layer.k || l == &layer.v;
      linear(*l, rowsOf(l), l == &layer.o ? q : l == &layer.down ? c.intermediateSize : c.hiddenSize, attention ? c.attentionBias : l == &layer.o ? c.hasOutputBias() : c.mlpBias);
    }
    if (layer.mixture)
      experts(*layer.mixture);
    const bool whole = c.headNorms == io::HeadNorms::WholeProjection;
    for (Norm* n : layer.norms())
      norm(*n, n == &layer.qNorm ? (whole ? q : c.headDim) : n == &layer.kNorm ? (whole ? kv : c.headDim) : c.hiddenSize);
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
      values.fill_(slot.name.ends_with(".bias") ? 0 : 1 - config.normOffset);
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
      values.fill_(slot.name.ends_with(".bias") ? 0 : 1 - config.normOffset);
  }
  return model;
}

uint64_t Model::State::weightBytes(int64_t adapterRank) {
  uint64_t sum = 0;
  for (const Slot& slot : slots())
    sum += slot.isPacked() ? 0 : static_cast<uint64_t>(c10::multiply_integers(slot.shape)) * at::elementSize(slot.type);
  const int64_t room = device.is_cpu() ? 0 : plan::adapterRoomElements(plan::shapeOf(config), adapterRank);
  return sum + static_cast<uint64_t>(room) * at::elementSize(scalarType());
}

/// The group's matrix [Σrows, columns]; with room behind its rows where an adapter of this rank may be held.
at::Tensor Model::State::allocateGroup(const std::vector<Linear*>& members, const std::vector<int64_t>& rows, int64_t columns, int64_t adapterRank) {
  const auto options = at::TensorOptions().dtype(scalarType()).device(device);
  const int64_t total = std::accumulate(rows.begin(), rows.end(), int64_t{0});
  const int64_t room = device.is_cpu() ? 0 : plan::adapterRoom(static_cast<int64_t>(members.size()), adapterRank);
  if (room == 0)
    return at::empty({total, columns}, options);
  const auto concat = std::make_shared<ConcatWeights>();
  concat->outputs = total;
  concat->inputs = columns;
  concat->room = room;
  concat->all = at::empty({total + concat->room, columns + concat->room}, options);
  ops::attributeMemory(concat->all, ops::MemoryCategory::Adapters, static_cast<uint64_t>(plan::adapterRoomElements(total, columns, room)) * at::elementSize(scalarType()));
  concat->hold({});
  for (Linear* linear : members)
    linear->concat = concat;
  return concat->all.narrow(0, 0, total).narrow(1, 0, columns);
}

void Model::State::allocate(int64_t adapterRank) {
  ops::requireDeviceMemory(device, weightBytes(adapterRank), "the model");
  const ops::MemoryScope scope(ops::MemoryCategory::Weights);
  std::map<std::string, at::Tensor> grouped; // by slot name: rows of a group's matrix
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const Slot& slot : slots())
    shapes[slot.name] = slot.shape;
  const auto group = [&](const std::vector<Linear*>& members, int64_t rank) {
    if (std::any_of(members.begin(), members.end(), [](const Linear* member) { return member->storage != nullptr; }))
      return;
    std::vector<int64_t> rows;
    for (const Linear* member : members)
      rows.push_back(shapes.at(member->path + ".weight")[0]);
    const at::Tensor all = allocateGroup(members, rows, shapes.at(members[0]->path + ".weight")[1], rank);
    for (size_t i = 0, first = 0; i < members.size(); first += static_cast<size_t>(rows[i++]))
      grouped[members[i]->path + ".weight"] = all.narrow(0, static_cast<int64_t>(first), rows[i]);
  };
  for (DecoderLayer& layer : layers)
    for (const std::vector<Linear*>& members : layer.groups())
      if (members[0] != &layer.o)
        group(members, layer.mixture && members[0] != &layer.q ? 0 : adapterRank);
  for (const Slot& slot : slots()) {
    if (slot.isPacked())
      continue;
    const auto part = grouped.find(slot.name);
    slot.set(part != grouped.end() ? part->second : at::empty(slot.shape, at::TensorOptions().dtype(slot.type).device(device)));
  }
  if (config.tieEmbeddings)
    head.storage = embedding;
}

} // namespace lathe::nn
