// SPDX-License-Identifier: Apache-2.0
#include "core/quant/gguf_export.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/io/convert.h"
#include "core/io/gguf_model.h"
#include "core/quant/export_parts.h"
#include "core/quant/gguf_blocks.h"
#include "core/quant/packed_weight.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <thread>

namespace lathe::quant {
namespace {

struct MixInfo {
  GgufMix mix;
  const char* name;
  io::GgufType matrix, better; // better: of the output and of half of the value and down projections
};

using T = io::GgufType;
constexpr std::array<MixInfo, 9> kMixes = {{{GgufMix::F32, "f32", T::F32, T::F32},
                                           {GgufMix::F16, "f16", T::F16, T::F16},
                                           {GgufMix::BF16, "bf16", T::BF16, T::BF16},
                                           {GgufMix::Q8_0, "q8_0", T::Q8_0, T::Q8_0},
                                           {GgufMix::Q4_0, "q4_0", T::Q4_0, T::Q6_K},
                                           {GgufMix::Q4_K_M, "q4_k_m", T::Q4_K, T::Q6_K},
                                           {GgufMix::Q5_K_M, "q5_k_m", T::Q5_K, T::Q6_K},
                                           {GgufMix::Q5_K, "q5_k", T::Q5_K, T::Q5_K},
                                           {GgufMix::Q6_K, "q6_k", T::Q6_K, T::Q6_K}}};

const MixInfo& infoOf(GgufMix mix) {
  return *std::find_if(kMixes.begin(), kMixes.end(), [mix](const MixInfo& info) { return info.mix == mix; });
}

/// Number after "model.layers."; −1 for the rest.
int64_t layerOf(const std::string& name) {
  constexpr std::string_view kPrefix = "model.layers.";
  return name.starts_with(kPrefix) ? std::strtoll(name.c_str() + kPrefix.size(), nullptr, 10) : -1;
}

/// The layers whose value and down projections llama.cpp keeps better: the first and last eighth and every third between.
bool usesMoreBits(int64_t layer, int64_t layers) { return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2; }

io::GgufType wantedType(const MixInfo& info, const io::ModelConfig& config, const std::string& name) {
  const bool output = name == "lm_head.weight" || (config.tieEmbeddings && name == "model.embed_tokens.weight");
  if (output)
    return info.better;
  const bool halves = info.mix == GgufMix::Q4_K_M || info.mix == GgufMix::Q5_K_M;
  const bool sensitive = name.ends_with("v_proj.weight") || name.ends_with("down_proj.weight") || name.ends_with(".experts.w2.weight");
  return halves && sensitive && usesMoreBits(layerOf(name), config.layers) ? info.better : info.matrix;
}

constexpr int64_t kChunkValues = 4 << 20;

/// Rows first … of the file's tensor, quantized by several threads.
void encodeRows(const ExportTensor& tensor, int64_t first, int64_t count, std::vector<std::byte>& out) {
  const int64_t columns = tensor.columns();
  const uint64_t rowBytes = blockBytes(tensor.type, static_cast<uint64_t>(columns));
  out.resize(static_cast<size_t>(count) * rowBytes);
  const auto threads = std::clamp<int64_t>(std::thread::hardware_concurrency(), 1, std::max<int64_t>(count, 1));
  std::vector<std::exception_ptr> failures(static_cast<size_t>(threads));
  const auto work = [&](int64_t t) {
    try {
      const int64_t from = count * t / threads, to = count * (t + 1) / threads;
      std::vector<float> values(static_cast<size_t>((to - from) * columns));
      tensor.rows(first + from, to - from, values.data());
      if (io::firstNonFinite(io::DType::F32, std::as_bytes(std::span(values))) >= 0)
        refuse("REJ:GGUF_NONFINITE", fmt::format("The tensor {} holds NaN or infinity, so nothing was written. Use the model from before its training went wrong.", tensor.source));
      const std::span<std::byte> place(out.data() + static_cast<uint64_t>(from) * rowBytes, static_cast<uint64_t>(to - from) * rowBytes);
      quantizeBlocks(tensor.type, values, place);
      if (firstNonFiniteBlock(tensor.type, place) >= 0)
        refuse("REJ:GGUF_RANGE", fmt::format("The tensor {} holds numbers beyond the range of float16, which {} is built on. Choose bf16 or f32.", tensor.source, io::ggufTypeInfo(tensor.type).name));
    } catch (...) {
      failures[static_cast<size_t>(t)] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int64_t t = 1; t < threads; ++t)
      helpers.emplace_back(work, t);
    work(0);
  }
  for (const std::exception_ptr& failure : failures)
    if (failure)
      std::rethrow_exception(failure);
}

} // namespace

std::optional<GgufMix> ggufMixFromName(std::string_view name) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  for (const MixInfo& info : kMixes)
    if (const std::string_view own = info.name; std::equal(name.begin(), name.end(), own.begin(), own.end(), same))
      return info.mix;
  return std::nullopt;
}

const char* ggufMixName(GgufMix mix) { return infoOf(mix).name; }

std::string ggufMixNames() {
  std::string out;
  for (const MixInfo& info : kMixes)
    out += (out.empty() ? "" : ", ") + std::string(info.name);
  return out;
}

io::GgufType mixedType(GgufMix mix, const io::ModelConfig& config, const std::string& name, const std::vector<int64_t>& shape) {
  if (shape.size() < 2 || (config.experts.count > 0 && name.ends_with(config.experts.block + ".gate.weight"))) // routers too, as the converter has it
    return T::F32;
  const T wanted = wantedType(infoOf(mix), config, name);
  if (shape.back() % io::ggufTypeInfo(wanted).blockValues == 0)
    return wanted;
  return shape.back() % io::ggufTypeInfo(T::Q8_0).blockValues == 0 ? T::Q8_0 : T::F16;
}

std::vector<std::string> exportGguf(const io::ModelFolder& folder, const std::string& path, const GgufExport& options) {
  const io::ModelConfig& config = folder.config();
  std::vector<std::string> notes;
  const std::string arch = exportArchitecture(config, notes);
  std::vector<ExportTensor> tensors = exportTensors(folder, arch);
  for (ExportTensor& tensor : tensors)
    tensor.type = mixedType(options.mix, config, tensor.source, tensor.shape);
  io::GgufWriter writer(path);
  writeModelKeys(writer, config, arch, options);
  if (options.vocabulary)
    writeVocabularyKeys(writer, *options.vocabulary, config);
  else
    writer.setText("tokenizer.ggml.model", "none"); // llama.cpp refuses a file without this key
  if (!folder.chatTemplate().empty())
    writer.setText("tokenizer.chat_template", folder.chatTemplate());
  for (const auto& [name, text] : folder.namedTemplates())
    writer.setText("tokenizer.chat_template." + name, text);
  uint64_t total = 0, done = 0;
  for (const ExportTensor& tensor : tensors) {
    writer.declare(tensor.name, tensor.type, tensor.shape);
    total += writer.tensors().back().bytes;
  }
  std::vector<std::byte> encoded;
  for (ExportTensor& tensor : tensors) {
    tensor.load(folder);
    const int64_t step = std::max<int64_t>(1, kChunkValues / std::max<int64_t>(tensor.columns(), 1));
    for (int64_t first = 0; first < tensor.rowCount(); first += step) {
      if (options.stop.stop_requested())
        throw Exception(ErrorKind::Cancelled, "Writing the GGUF file was stopped; nothing was kept.");
      encodeRows(tensor, first, std::min(step, tensor.rowCount() - first), encoded);
      writer.write(encoded);
      done += encoded.size();
      if (options.progress)
        options.progress(done, total);
    }
    tensor.unload();
  }
  writer.commit();
  return notes;
}

void exportLoraGguf(const io::AdapterFiles& adapter, const io::ModelConfig& base, const std::string& path) {
  const io::AdapterConfig& c = adapter.config;
  if (c.peftType != "LORA" || c.useDora || c.useRslora || !c.alphaPattern.empty())
    throw Exception(ErrorKind::Unsupported, "GGUF holds plain LoRA adapters with one alpha; this one is of another kind. Merge it into its base model and convert that.");
  std::vector<std::string> notes;
  const std::string arch = exportArchitecture(base, notes);
  struct Part {
    const io::TensorView* view;
    int64_t heads;
  };
  std::vector<Part> parts;
  io::GgufWriter writer(path);
  writer.setText("general.architecture", arch);
  writer.setText("general.type", "adapter");
  writer.setText("adapter.type", "lora");
  writer.setNumber("adapter.lora.alpha", static_cast<float>(c.alpha));
  for (const io::TensorView& view : adapter.tensors->tensors()) {
    constexpr std::string_view kPrefix = "base_model.model.";
    const size_t at = view.name.find(".lora_");
    const std::string module = at == std::string::npos || !view.name.starts_with(kPrefix) ? std::string() : view.name.substr(kPrefix.size(), at - kPrefix.size()) + ".weight";
    const bool isA = view.name.ends_with(".lora_A.weight"), isB = view.name.ends_with(".lora_B.weight");
    const std::string name = module.empty() ? std::string() : io::ggufTensorName(arch, module);
    if (name.empty() || (!isA && !isB) || view.shape.size() != 2)
      throw Exception(ErrorKind::Unsupported, fmt::format("The adapter's tensor {} has no place in a GGUF adapter. Merge it into its base model and convert that.", view.name));
    writer.declare(name + (isA ? ".lora_a" : ".lora_b"), T::F32, view.shape);
    parts.push_back({&view, isA ? 0 : interleavedHeads(arch, base, module)});
  }
  for (const Part& part : parts) {
    std::vector<std::byte> raw(part.view->bytes);
    adapter.tensors->read(*part.view, raw);
    const std::vector<float> values = io::toFloat(part.view->dtype, raw);
    if (io::firstNonFinite(io::DType::F32, std::as_bytes(std::span(values))) >= 0)
      refuse("REJ:GGUF_NONFINITE", fmt::format("The adapter's tensor {} holds NaN or infinity, so nothing was written.", part.view->name));
    const int64_t columns = part.view->shape[1];
    for (int64_t row = 0; row < part.view->shape[0]; ++row) {
      const int64_t from = sourceRow(row, part.view->shape[0], part.heads);
      writer.write(std::as_bytes(std::span(values.data() + from * columns, static_cast<size_t>(columns))));
    }
  }
  writer.commit();
}

} // namespace lathe::quant
