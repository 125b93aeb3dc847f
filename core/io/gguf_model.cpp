// SPDX-License-Identifier: Apache-2.0
#include "core/io/gguf_model.h"

#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/convert.h"
#include "core/io/expert_views.h"
#include "core/io/inspect_parts.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>

namespace lathe::io {
namespace {

bool addsOne(const std::string& arch, const std::string& name) { return (arch == "gemma" || arch == "gemma2" || arch == "gemma3") && name.ends_with("norm.weight"); }

GgufSource sourceOf(const GgufTensor& tensor, const std::string& name, const std::string& arch, const ModelConfig& config) {
  GgufSource out{&tensor};
  if (ggufInterleaves(arch) && name.find(".self_attn.q_proj.") != std::string::npos)
    out.interleavedHeads = config.heads;
  if (ggufInterleaves(arch) && name.find(".self_attn.k_proj.") != std::string::npos)
    out.interleavedHeads = config.kvHeads;
  if (addsOne(arch, name))
    out.add = -1;
  return out;
}

TensorView viewOfGguf(const GgufTensor& tensor, std::string name, const std::shared_ptr<const GgufFile>& file) {
  TensorView view;
  view.name = std::move(name);
  view.shape = tensor.shape;
  view.bytes = tensor.bytes;
  view.owner = file;
  switch (tensor.type) {
  case GgufType::F32:
    view.dtype = DType::F32;
    break;
  case GgufType::BF16:
    view.dtype = DType::BF16;
    break;
  case GgufType::F64:
    view.dtype = DType::F64;
    break;
  default: // F16, too: it keeps its precision as a packed storage, which bfloat16 would not
    view.dtype = tensor.shape.size() == 1 && tensor.type == GgufType::F16 ? DType::F16 : DType::Blocks;
    view.blocks = tensor.type;
  }
  return view;
}

void takeTexts(const GgufHeader& header, GgufModel& out) {
  const auto take = [&](std::string_view key, std::string& into) {
    const auto text = header.text(key);
    if (!text)
      return;
    if (text->size() > limits::kTemplateBytes || !isValidUtf8(*text))
      out.warnings.push_back(fmt::format("The chat template in {} is {}; it is not used.", shownName(key), text->size() > limits::kTemplateBytes ? "longer than 1 MiB" : "not valid UTF-8"));
    else
      into = *text;
  };
  take("tokenizer.chat_template", out.chatTemplate);
  constexpr std::string_view kNamed = "tokenizer.chat_template.";
  for (const GgufValue& value : header.values())
    if (value.key.starts_with(kNamed) && !value.isArray && value.type == GgufValueType::String)
      take(value.key, out.namedTemplates[value.key.substr(kNamed.size())]);
  const std::vector<std::string_view> tokens = header.texts("tokenizer.ggml.tokens");
  for (const auto& [key, name] : {std::pair("bos_token_id", "bos_token"), std::pair("eos_token_id", "eos_token"), std::pair("padding_token_id", "pad_token"), std::pair("unknown_token_id", "unk_token")})
    if (const auto id = header.integer(fmt::format("tokenizer.ggml.{}", key)); id && *id >= 0 && static_cast<size_t>(*id) < tokens.size())
      out.tokenizerConfig[name] = std::string(tokens[static_cast<size_t>(*id)]);
}

constexpr std::string_view kExpertsInName = ".experts.";

/// One tensor for all experts of a layer, as one view for each.
void addExperts(GgufModel& model, const GgufTensor& tensor, const std::string& module) {
  const TensorView whole = viewOfGguf(tensor, tensor.name, model.file);
  for (const ExpertSlice& slice : stackedSlices(whole, module, model.config)) {
    TensorView view = whole;
    view.name = slice.name;
    view.shape = slice.shape;
    view.bytes = slice.bytes;
    model.views.push_back(std::move(view));
    model.sources.push_back({&tensor, slice.offset});
  }
}

/// The file has rows 2i and 2i + 1 of a head where the folder has rows i and i + half.
void separateHalves(std::span<const std::byte> from, std::span<std::byte> out, int64_t rows, int64_t heads) {
  const auto rowBytes = static_cast<int64_t>(from.size()) / rows;
  const int64_t headRows = rows / heads, half = headRows / 2;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t head = row / headRows, inHead = row % headRows;
    const int64_t source = head * headRows + inHead % half * 2 + inHead / half;
    std::memcpy(out.data() + row * rowBytes, from.data() + source * rowBytes, static_cast<size_t>(rowBytes));
  }
}

} // namespace

bool ggufInterleaves(const std::string& arch) { return arch == "llama" || arch == "granite" || arch == "smollm3"; }

bool isGgufFile(const std::string& path) {
  std::error_code code;
  return std::filesystem::is_regular_file(path, code) && firstBytes(path, 4) == "GGUF";
}

GgufModel GgufModel::open(const std::string& path, bool mustRun) {
  GgufModel out;
  out.file = GgufFile::open(path);
  const GgufHeader& header = out.file->header();
  if (header.has("split.count") && header.integer("split.count").value_or(1) > 1)
    throw Exception(ErrorKind::Unsupported, fmt::format("{} is one of {} parts of a model. Join them with llama-gguf-split --merge.", path, header.integer("split.count").value_or(0)));
  out.config = ggufConfig(*out.file);
  if (mustRun && !out.config.unsupported.empty())
    throw Exception(ErrorKind::Unsupported, out.config.unsupported);
  const std::string arch(header.text("general.architecture").value_or(""));
  for (const GgufTensor& tensor : header.tensors()) {
    if (!ggufTypeInfo(tensor.type).readable && mustRun)
      throw Exception(ErrorKind::Unsupported, fmt::format("{} has the tensor {} in the type {}, which Lathe does not read. Use a file in another type, such as Q4_K or IQ4_XS.", path, shownName(tensor.name), ggufTypeInfo(tensor.type).name));
    std::string name = huggingFaceTensorName(arch, tensor.name);
    if (name.empty())
      continue; // rotary divisors went into the configuration; others are not part of the model
    if (name.find(kExpertsInName) != std::string::npos && tensor.shape.size() == 3) {
      addExperts(out, tensor, name.substr(0, name.rfind('.')));
      continue;
    }
    out.views.push_back(viewOfGguf(tensor, name, out.file));
    out.sources.push_back(sourceOf(tensor, name, arch, out.config));
    const int64_t heads = out.sources.back().interleavedHeads;
    if (heads > 0 && (tensor.shape.empty() || tensor.shape[0] == 0 || tensor.shape[0] % (2 * heads) != 0))
      refuse("REJ:GGUF_SHAPE", fmt::format("{} has the tensor {} with shape [{}], which {} heads do not divide.", path, shownName(tensor.name), fmt::join(tensor.shape, ", "), heads));
  }
  out.warnings.insert(out.warnings.end(), out.config.warnings.begin(), out.config.warnings.end());
  takeTexts(header, out);
  return out;
}

void GgufModel::read(size_t index, std::span<std::byte> out) const {
  const GgufSource& source = sources[index];
  if (out.size() != views[index].bytes)
    throw Exception(ErrorKind::Internal, fmt::format("{} has {} bytes, not {}.", views[index].name, views[index].bytes, out.size()));
  if (source.interleavedHeads > 0) {
    std::vector<std::byte> stored(out.size());
    file->read(*source.tensor, 0, stored);
    separateHalves(stored, out, source.tensor->shape[0], source.interleavedHeads);
  } else {
    file->read(*source.tensor, source.offset, out);
  }
  if (source.add != 0 && source.tensor->type != GgufType::F32)
    refuse("REJ:GGUF_TENSOR_TYPE", fmt::format("The norm {} is not stored as F32, so what the converter added to it cannot be taken off exactly. Convert the model again with F32 norms.", source.tensor->name));
  if (source.add != 0)
    for (size_t at = 0; at < out.size(); at += sizeof(float)) {
      float value;
      std::memcpy(&value, out.data() + at, sizeof value);
      value += source.add;
      std::memcpy(out.data() + at, &value, sizeof value);
    }
}

} // namespace lathe::io
