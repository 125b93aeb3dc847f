// SPDX-License-Identifier: Apache-2.0
#include "core/worker/model_verbs.h"

#include "core/base/ids.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/data/tokenizer_export.h"
#include "core/io/gguf.h"
#include "core/io/integers.h"
#include "core/io/model_folder.h"
#include "core/nn/model.h"
#include "core/nn/tensor_io.h"
#include "core/worker/device.h"
#include "core/worker/model_host.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <filesystem>

namespace lathe::worker {
namespace {

std::vector<std::vector<int64_t>> readSequences(const std::string& path, int64_t vocab) {
  const auto file = io::SafetensorsFile::open(path);
  const io::TensorView* ids = file->find("input_ids");
  if (!ids)
    refuse("REJ:TOKENS", fmt::format("{} has no tensor \"input_ids\".", path));
  const std::vector<int64_t> all = io::readIntegers(*file, *ids);
  std::vector<int64_t> bounds = {0, static_cast<int64_t>(all.size())};
  if (const io::TensorView* cu = file->find("cu_seqlens"))
    bounds = io::readIntegers(*file, *cu);
  std::vector<std::vector<int64_t>> out;
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    if (bounds[i] < 0 || bounds[i] >= bounds[i + 1] || bounds[i + 1] > static_cast<int64_t>(all.size()))
      refuse("REJ:TOKENS", fmt::format("\"cu_seqlens\" of {} does not rise from 0 to {}.", path, all.size()));
    out.emplace_back(all.begin() + bounds[i], all.begin() + bounds[i + 1]);
  }
  if (out.empty() || bounds.front() != 0 || bounds.back() != static_cast<int64_t>(all.size()))
    refuse("REJ:TOKENS", fmt::format("\"cu_seqlens\" of {} does not go from 0 to {}.", path, all.size()));
  for (const int64_t id : all)
    if (id < 0 || id >= vocab)
      refuse("REJ:TOKEN_RANGE", fmt::format("{} holds the token id {} and the model has {} tokens.", path, id, vocab));
  return out;
}

void activate(nn::Model& model, const std::vector<std::string>& adapters) {
  std::vector<nn::ActiveAdapter> active;
  for (size_t i = 0; i < adapters.size(); ++i) {
    const std::string name = fmt::format("adapter{}", i);
    model.loadAdapter(name, adapters[i]);
    active.push_back({name, 1.0});
  }
  model.setActiveAdapters(active);
}

/// Mean next-token cross-entropy of one sequence; NaN for a single token.
float sequenceLoss(const at::Tensor& logits, const std::vector<int64_t>& ids) {
  const auto length = static_cast<int64_t>(ids.size());
  if (length < 2)
    return std::numeric_limits<float>::quiet_NaN();
  const at::Tensor targets = at::empty({length - 1}, at::kLong);
  std::copy(ids.begin() + 1, ids.end(), targets.mutable_data_ptr<int64_t>());
  return at::cross_entropy_loss(logits.narrow(0, 0, length - 1), targets).item<float>();
}

} // namespace

void writeLogits(const LogitsOptions& options) {
  c10::NoGradGuard noGrad;
  const at::Device device = deviceFor(options.device);
  nn::LoadOptions load;
  load.device = device;
  load.dtype = computeFor(options.dtype, io::readModelConfig(options.model).dtype, device);
  const auto model = nn::Model::load(options.model, load);
  activate(*model, options.adapters);
  const auto sequences = readSequences(options.tokens, model->config().vocabSize);
  std::map<std::string, std::vector<at::Tensor>> parts;
  const at::Tensor loss = at::empty({static_cast<int64_t>(sequences.size())}, at::kFloat);
  for (size_t i = 0; i < sequences.size(); ++i) {
    const nn::Model::Outputs outputs = model->logits(nn::packBatch({sequences[i]}, {}, device), options.hidden);
    parts["logits"].push_back(outputs.logits.to(at::kCPU, at::kFloat));
    for (size_t k = 0; k < outputs.hidden.size(); ++k)
      parts[fmt::format("hidden.{}", k)].push_back(outputs.hidden[k].to(at::kCPU, at::kFloat));
    loss.mutable_data_ptr<float>()[i] = sequenceLoss(parts["logits"].back(), sequences[i]);
  }
  std::vector<at::Tensor> kept = {loss};
  std::vector<io::TensorView> views = {nn::viewOf("loss", loss)};
  for (const auto& [name, tensors] : parts) {
    kept.push_back(at::cat(tensors).contiguous());
    views.push_back(nn::viewOf(name, kept.back()));
  }
  io::writeSafetensors(options.out, views);
}

void mergeAdapters(const MergeOptions& options) {
  const std::string out = absolutePath(options.out);
  if (fileExists(out))
    throw Exception(ErrorKind::Conflict, fmt::format("{} is there already. Choose another folder; nothing is overwritten.", out));
  const std::string stored = io::readModelConfig(options.model).dtype;
  const std::string dtype = options.dtype == "auto" ? stored : options.dtype;
  nn::LoadOptions load;
  load.device = deviceFor(options.device);
  load.dtype = dtype == "float32" ? nn::Compute::Float32 : nn::Compute::BFloat16;
  const auto model = nn::Model::load(options.model, load);
  for (const std::string& adapter : options.adapters) {
    model->loadAdapter("merge", adapter);
    model->mergeAdapter("merge");
  }
  const std::string parent = std::filesystem::path(out).parent_path().string();
  const std::string temporary = fmt::format("{}/.tmp-merge-{}", parent, randomId(8));
  makeDirectories(parent);
  try {
    model->saveModel(temporary);
    if (const auto gguf = io::ModelFolder::describe(options.model)->gguf()) {
      if (const std::string note = data::tryWriteTokenizerOfGguf(gguf->header(), temporary); !note.empty())
        logWarning("{}", note);
    } else {
      io::copySideFiles(options.model, temporary);
    }
    io::ModelFolder::open(temporary);
    syncDirectory(temporary);
    renamePath(temporary, out);
    syncDirectory(parent);
  } catch (...) {
    const Error error = currentError();
    capture([&] { return removeTree(temporary), 0; }).ok();
    throw Exception(error);
  }
}

} // namespace lathe::worker
