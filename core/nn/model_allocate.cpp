// SPDX-License-Identifier: Apache-2.0
// Memory for a model's weights: groups of layers as rows of one matrix, on a GPU with room for an adapter beside them.
#include "core/nn/model_state.h"
#include "core/ops/device_memory.h"
#include "core/plan/gpu_bytes.h"

#include <algorithm>
#include <numeric>

namespace lathe::nn {

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
  const auto group = [&](const std::vector<Linear*>& members) {
    if (std::any_of(members.begin(), members.end(), [](const Linear* member) { return member->storage != nullptr; }))
      return;
    std::vector<int64_t> rows;
    for (const Linear* member : members)
      rows.push_back(shapes.at(member->path + ".weight")[0]);
    const at::Tensor all = allocateGroup(members, rows, shapes.at(members[0]->path + ".weight")[1], adapterRank);
    for (size_t i = 0, first = 0; i < members.size(); first += static_cast<size_t>(rows[i++]))
      grouped[members[i]->path + ".weight"] = all.narrow(0, static_cast<int64_t>(first), rows[i]);
  };
  for (DecoderLayer& layer : layers)
    for (const std::vector<Linear*>& members : layer.groups())
      if (members[0] != &layer.o)
        group(members);
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
