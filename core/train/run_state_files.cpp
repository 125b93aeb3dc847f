// SPDX-License-Identifier: Apache-2.0
#include "core/train/run_state_files.h"

#include "core/base/ids.h"
#include "core/base/log.h"
#include "core/data/tokenizer_export.h"
#include "core/io/adapter_files.h"
#include "core/io/gguf_model.h"
#include "core/io/model_folder.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <cstring>
#include <filesystem>

namespace lathe::train {
namespace fs = std::filesystem;
namespace {

constexpr const char* kOptimizerFile = "optimizer.safetensors";

io::TensorView viewOf(const std::string& name, const at::Tensor& tensor) {
  auto host = std::make_shared<at::Tensor>(tensor.detach().to(at::kCPU).contiguous());
  io::TensorView view;
  view.name = name;
  view.dtype = io::DType::F32;
  view.shape = tensor.sizes().vec();
  view.data = static_cast<const std::byte*>(host->const_data_ptr());
  view.bytes = host->nbytes();
  view.owner = host;
  return view;
}

/// The part of a flat buffer that belongs to a parameter.
at::Tensor sliceLike(const at::Tensor& flat, const at::Tensor& flatMaster, const at::Tensor& master) {
  return flat.as_strided(master.sizes(), master.strides(), flat.storage_offset() + master.storage_offset() - flatMaster.storage_offset());
}

void copyInto(const io::SafetensorsFile& file, const std::string& name, at::Tensor into) {
  const io::TensorView* tensor = file.find(name);
  if (!tensor)
    refuse("REJ:CHECKPOINT_TENSOR", fmt::format("{} does not hold the tensor {}.", file.path(), name));
  if (tensor->dtype != io::DType::F32 || at::IntArrayRef(tensor->shape) != into.sizes())
    refuse("REJ:CHECKPOINT_TENSOR", fmt::format("The tensor {} in {} does not have the type and shape of this model.", name, file.path()));
  at::Tensor host = at::empty(into.sizes(), at::kFloat);
  file.read(*tensor, {static_cast<std::byte*>(host.mutable_data_ptr()), tensor->bytes});
  into.copy_(host);
}

void noteOf(const std::string& sentence) {
  if (!sentence.empty())
    logWarning("{}", sentence);
}

void copyTokenizerFiles(const Setup& setup, const std::string& folder) {
  std::string source = setup.spec.model.tokenizer.empty() ? setup.spec.model.path : setup.spec.model.tokenizer;
  if (source.empty())
    return;
  if (isDirectory(source))
    io::copySideFiles(source, folder);
  else if (io::isGgufFile(source))
    noteOf(data::tryWriteTokenizerOfGguf(io::GgufFile::open(source)->header(), folder));
  else
    writeFileAtomic(folder + "/" + fs::path(source).filename().string(), readFile(source, limits::kTokenizerBytes));
}

void writeWeights(const Setup& setup, const std::string& folder) {
  makeDirectories(folder);
  if (!setup.adapter.empty()) {
    setup.model->saveAdapter(setup.adapter, folder, setup.spec.model.path);
    return;
  }
  setup.model->saveModel(folder);
  copyTokenizerFiles(setup, folder);
}

/// Every trained tensor in the written files has the bytes that the model holds (rounded to the file's type).
void compareWithMemory(const Setup& setup, const std::string& folder) {
  const auto adapter = setup.adapter.empty() ? nullptr : io::AdapterFiles::open(folder).tensors;
  const auto model = setup.adapter.empty() ? io::ModelFolder::open(folder) : nullptr;
  for (const nn::Parameter& parameter : setup.parameters) {
    const io::TensorView* tensor = adapter ? adapter->find(parameter.name) : model->find(parameter.name);
    if (!tensor || at::IntArrayRef(tensor->shape) != parameter.value.sizes())
      throw Exception(ErrorKind::Internal, fmt::format("The tensor {} is missing or has another shape in the result that was just written.", parameter.name));
    std::vector<std::byte> bytes(tensor->bytes);
    adapter ? adapter->read(*tensor, bytes) : model->read(*tensor, bytes);
    const at::Tensor& source = tensor->dtype == io::DType::F32 && setup.adapter.size() ? parameter.master : parameter.value;
    const at::ScalarType type = tensor->dtype == io::DType::F32 ? at::kFloat : tensor->dtype == io::DType::BF16 ? at::kBFloat16 : at::kHalf;
    const at::Tensor host = source.detach().to(at::kCPU, type).contiguous();
    if (host.nbytes() != bytes.size() || std::memcmp(host.const_data_ptr(), bytes.data(), bytes.size()) != 0)
      throw Exception(ErrorKind::Io, fmt::format("The tensor {} reads back other bytes than were written to {}. Check the disk.", parameter.name, folder));
  }
}

} // namespace

uint64_t stateBytes(const Setup& setup) {
  const uint64_t trained = static_cast<uint64_t>(setup.model->flatMaster().nbytes());
  return 4 * trained + (8ull << 20);
}

void writeState(const Setup& setup, AdamW& optimizer, const std::string& folder) {
  writeWeights(setup, folder);
  const at::Tensor& flat = setup.model->flatMaster();
  std::vector<io::TensorView> tensors;
  for (const nn::Parameter& parameter : setup.parameters) {
    tensors.push_back(viewOf("master." + parameter.name, parameter.master));
    tensors.push_back(viewOf("exp_avg." + parameter.name, sliceLike(optimizer.expAvg(), flat, parameter.master)));
    tensors.push_back(viewOf("exp_avg_sq." + parameter.name, sliceLike(optimizer.expAvgSq(), flat, parameter.master)));
  }
  tensors.push_back(viewOf("updates", optimizer.updates()));
  io::writeSafetensors(folder + "/" + kOptimizerFile, tensors);
}

void restoreState(Setup& setup, AdamW& optimizer, const std::string& folder) {
  c10::NoGradGuard noGrad;
  const auto file = io::SafetensorsFile::open(folder + "/" + kOptimizerFile);
  const at::Tensor& flat = setup.model->flatMaster();
  for (nn::Parameter& parameter : setup.parameters) {
    copyInto(*file, "master." + parameter.name, parameter.master);
    copyInto(*file, "exp_avg." + parameter.name, sliceLike(optimizer.expAvg(), flat, parameter.master));
    copyInto(*file, "exp_avg_sq." + parameter.name, sliceLike(optimizer.expAvgSq(), flat, parameter.master));
  }
  copyInto(*file, "updates", optimizer.updates());
  setup.model->publishMaster();
}

std::string writeResult(const Setup& setup, const std::string& runFolder) {
  const std::string final = runFolder + (setup.adapter.empty() ? "/model" : "/adapter");
  const std::string temporary = fmt::format("{}/.tmp-result-{}", runFolder, randomId(8));
  try {
    writeWeights(setup, temporary);
    compareWithMemory(setup, temporary);
    syncDirectory(temporary);
    if (fileExists(final))
      renamePath(final, fmt::format("{}/.tmp-old-{}", runFolder, randomId(8)));
    renamePath(temporary, final);
    syncDirectory(runFolder);
  } catch (...) {
    const Error error = currentError();
    capture([&] { return removeTree(temporary), 0; }).ok();
    throw Exception(error);
  }
  for (const std::string& name : listDirectory(runFolder))
    if (name.starts_with(".tmp-old-"))
      removeTree(runFolder + "/" + name);
  return final;
}

} // namespace lathe::train
