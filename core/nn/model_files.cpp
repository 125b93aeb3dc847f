// SPDX-License-Identifier: Apache-2.0
// Reading and writing Hugging Face model folders.
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text_format.h"
#include "core/io/model_folder.h"
#include "core/nn/model_state.h"
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

std::shared_ptr<Model> Model::load(const std::string& path, const LoadOptions& options) {
  const c10::NoGradGuard noGrad;
  const std::shared_ptr<io::ModelFolder> folder = io::ModelFolder::open(path);
  std::shared_ptr<Model> model(new Model);
  State& state = *model->m_state;
  state.build(folder->config(), options.dtype, options.device);
  const std::vector<State::Slot> slots = state.slots();
  uint64_t done = 0, total = 0;
  for (const State::Slot& slot : slots) // before anything large is allocated
    total += requireTensor(*folder, slot.name, slot.shape).bytes;
  state.allocate(options.adapterRank);
  if (!options.device.is_cpu()) {
    std::vector<UploadItem> items;
    for (const State::Slot& slot : slots)
      items.push_back({slot.get(), folder->find(slot.name)});
    uploadTensors(*folder, items, options);
    return model;
  }
  for (const State::Slot& slot : slots) {
    if (options.stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Loading the model was stopped.");
    const io::TensorView& view = *folder->find(slot.name);
    readTensorInto(slot.get(), view, [&](std::span<std::byte> out) { folder->read(view, out); });
    done += view.bytes;
    if (options.progress)
      options.progress(done, total);
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
    kept.push_back(slot.get().to(at::kCPU, s.scalarType()).contiguous());
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
  config.dtype = s.dtype == Compute::Float32 ? "float32" : "bfloat16";
  writeFileAtomic(folder + "/config.json", dumpJson(io::modelConfigToJson(config), 2) + "\n");
}

} // namespace lathe::nn
