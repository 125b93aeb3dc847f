// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.h"
#include "core/io/model_folder.h"
#include "core/train/setup.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::train {
namespace {

constexpr uint64_t kSampleBytes = 4096;

void addSample(Hasher& hasher, const io::SafetensorsFile& file, const io::TensorView& tensor, uint64_t offset) {
  std::vector<std::byte> buffer(std::min(kSampleBytes, tensor.bytes - offset));
  file.readPart(tensor, offset, buffer);
  hasher.add(buffer);
}

/// Options that may differ between a checkpoint and the run that goes on from it.
bool mayDiffer(const std::string& path) {
  static const char* const kFree[] = {"name", "save", "eval", "probes", "model.path", "model.config", "model.tokenizer", "method.init_from",
                                      "data.train", "data.validation.path", "data.template", "training.recompute"};
  return std::any_of(std::begin(kFree), std::end(kFree), [&](const std::string& free) { return path == free || path.starts_with(free + "."); });
}

void compare(const Json& then, const Json& now, const std::string& path, std::vector<std::string>& out) {
  if (mayDiffer(path))
    return;
  if (then.is_object() && now.is_object()) {
    for (const auto& [key, value] : now.items()) {
      const Json* old = find(then, key);
      compare(old ? *old : Json(), value, path.empty() ? key : path + "." + key, out);
    }
  } else if (then != now) {
    out.push_back(fmt::format("{} was {} at the checkpoint and is {} now.", path, dumpJson(then), dumpJson(now)));
  }
}

} // namespace

std::string modelIdentity(const std::string& folder) {
  const auto model = io::ModelFolder::open(folder);
  Hasher hasher;
  Json config = model->config().raw;
  for (const char* key : {"_name_or_path", "transformers_version"})
    config.erase(key);
  hasher.add(dumpJson(config));
  for (const auto& shard : model->shards())
    for (const io::TensorView& tensor : shard->tensors()) {
      hasher.add(fmt::format("{}/{}/{}", tensor.name, io::dtypeName(tensor.dtype), tensor.bytes));
      addSample(hasher, *shard, tensor, 0);
      addSample(hasher, *shard, tensor, tensor.bytes / 2);
      addSample(hasher, *shard, tensor, tensor.bytes > kSampleBytes ? tensor.bytes - kSampleBytes : 0);
    }
  if (const auto file = model->gguf())
    for (const io::GgufTensor& tensor : file->header().tensors()) {
      hasher.add(fmt::format("{}/{}/{}", tensor.name, io::ggufTypeInfo(tensor.type).name, tensor.bytes));
      for (const uint64_t offset : {uint64_t{0}, tensor.bytes / 2, tensor.bytes - std::min(kSampleBytes, tensor.bytes)}) {
        std::vector<std::byte> buffer(std::min(kSampleBytes, tensor.bytes - offset));
        file->read(tensor, offset, buffer);
        hasher.add(buffer);
      }
    }
  return hasher.hex();
}

std::vector<std::string> specDifferences(const Json& then, const Json& now) {
  std::vector<std::string> out;
  compare(then, now, "", out);
  return out;
}

} // namespace lathe::train
