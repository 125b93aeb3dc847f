// SPDX-License-Identifier: Apache-2.0
// Reading and writing Hugging Face model folders.
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text_format.h"
#include "core/io/model_folder.h"
#include "core/nn/model_state.h"
#include "core/nn/packed_storage.h"
#include "core/nn/tensor_io.h"
#include "core/nn/upload.h"

#include <fmt/format.h>

namespace lathe::nn {

namespace {

constexpr uint64_t kShardBytes = 5'000'000'000;

const io::TensorView& requireTensor(const io::ModelFolder& folder, const std::string& name, const std::vector<int64_t>& shape) {
  const io::TensorView* view = folder.find(name);
  if (!view)
    refuse("REJ:MODEL_TENSOR", fmt::format("{} has no tensor {}, which this architecture needs. Download the model again.", folder.path(), name));
  if (view->shape != shape)
    refuse("REJ:MODEL_SHAPE", fmt::format("The tensor {} has shape [{}] in the file, and config.json asks for [{}].", name, fmt::join(view->shape, ", "), fmt::join(shape, ", ")));
  return *view;
}

} // namespace

void Model::State::readPackedSlots(const io::ModelFolder& folder, const std::vector<Slot>& slots, const std::function<void(uint64_t)>& advance) {
  for (const Slot& slot : slots) {
    const uint64_t bytes = slot.storage ? quant::packedBytes(folder, slot.name) : 0;
    if (bytes == 0)
      continue;
    *slot.storage = std::make_shared<PackedStorage>(quant::readPacked(folder, slot.name, slot.shape[0], slot.shape[1]));
    advance(bytes);
  }
}

std::shared_ptr<Model> Model::load(const std::string& path, const LoadOptions& options) {
  const c10::NoGradGuard noGrad;
  const std::shared_ptr<io::ModelFolder> folder = io::ModelFolder::open(path);
  std::shared_ptr<Model> model(new Model);
  State& state = *model->m_state;
  state.build(folder->config(), options.dtype, options.device);
  const std::vector<State::Slot> slots = state.slots();
  uint64_t done = 0, total = 0, packed = 0;
  for (const State::Slot& slot : slots) { // before anything large is allocated
    const uint64_t bytes = slot.storage ? quant::packedBytes(*folder, slot.name) : 0;
    packed += bytes;
    total += bytes > 0 ? bytes : requireTensor(*folder, slot.name, slot.shape).bytes;
  }
  const auto advance = [&](uint64_t bytes) {
    if (options.stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Loading the model was stopped.");
    done += bytes;
    if (options.progress)
      options.progress(done, total);
  };
  if (options.device.is_cpu())
    State::readPackedSlots(*folder, slots, advance);
  state.allocate(options.adapterRank);
  if (!options.device.is_cpu() && packed == 0 && !folder->gguf()) {
    std::vector<UploadItem> items;
    for (const State::Slot& slot : slots)
      items.push_back({slot.get(), folder->find(slot.name)});
    uploadTensors(*folder, items, options);
    return model;
  }
  for (const State::Slot& slot : slots) {
    if (slot.isPacked())
      continue;
    if (const uint64_t bytes = slot.storage ? quant::packedBytes(*folder, slot.name) : 0; bytes > 0) { // a GPU holds them unpacked
      slot.get().copy_(unpacked(PackedStorage(quant::readPacked(*folder, slot.name, slot.shape[0], slot.shape[1])), at::kFloat));
      advance(bytes);
      continue;
    }
    const io::TensorView& view = *folder->find(slot.name);
    readTensorInto(slot.get(), view, [&](std::span<std::byte> out) { folder->read(view, out); });
    advance(view.bytes);
  }
  return model;
}

void Model::saveModel(const std::string& folder) const {
  const c10::NoGradGuard noGrad;
  State& s = *m_state;
  makeDirectories(folder);
  std::vector<at::Tensor> kept;
  std::vector<std::vector<io::TensorView>> shards(1);
  uint64_t inShard = 0, total = 0;
  for (const State::Slot& slot : s.slots()) {
    kept.push_back(slot.isPacked() ? unpacked(**slot.storage, s.scalarType()) : slot.get().to(at::kCPU, s.scalarType()).contiguous());
    io::TensorView view = viewOf(slot.name, kept.back());
    if (inShard > 0 && inShard + view.bytes > kShardBytes) {
      shards.emplace_back();
      inShard = 0;
    }
    inShard += view.bytes;
    total += view.bytes;
    shards.back().push_back(std::move(view));
  }
  Json map = Json::object();
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name = shards.size() == 1 ? "model.safetensors" : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    io::writeSafetensors(folder + "/" + name, shards[i]);
    for (const io::TensorView& view : shards[i])
      map[view.name] = name;
  }
  if (shards.size() > 1)
    writeFileAtomic(folder + "/model.safetensors.index.json", dumpJson(Json{{"metadata", {{"total_size", total}}}, {"weight_map", map}}, 2) + "\n");
  io::ModelConfig config = s.config;
  if (config.raw.is_object())
    config.raw.erase("quantization_config"); // what is written is plain
  config.quantization.clear();
  config.dtype = s.dtype == Compute::Float32 ? "float32" : "bfloat16";
  writeFileAtomic(folder + "/config.json", dumpJson(io::modelConfigToJson(config), 2) + "\n");
}

} // namespace lathe::nn
