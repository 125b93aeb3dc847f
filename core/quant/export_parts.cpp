// SPDX-License-Identifier: Apache-2.0
#include "core/quant/export_parts.h"

#include "core/base/error.h"
#include "core/io/convert.h"
#include "core/io/gguf_model.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <set>

namespace lathe::quant {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 6> kExported = {{{"llama", "llama"}, {"mistral", "llama"}, {"qwen2", "qwen2"}, {"qwen3", "qwen3"}, {"phi3", "phi3"}, {"olmo2", "olmo2"}}};

std::string ggufNameOfModule(const std::string& arch, const std::string& name) {
  const std::string out = io::ggufTensorName(arch, name);
  if (out.empty())
    throw Exception(ErrorKind::Unsupported, fmt::format("The tensor {} has no place in a GGUF file of the architecture {}.", name, arch));
  return out;
}

/// What divides each frequency, as llama.cpp keeps it in a tensor.
std::vector<float> llama3Factors(const io::ModelConfig& c) {
  constexpr double kPi = 3.14159265358979323846;
  std::vector<float> out;
  const auto original = static_cast<double>(c.rope.originalMaxPositions);
  for (int64_t i = 0; i < c.headDim; i += 2) {
    const double wave = 2 * kPi * std::pow(c.rope.theta, static_cast<double>(i) / static_cast<double>(c.headDim));
    const double smooth = (original / wave - c.rope.lowFreqFactor) / (c.rope.highFreqFactor - c.rope.lowFreqFactor);
    const double value = wave < original / c.rope.highFreqFactor ? 1 : wave > original / c.rope.lowFreqFactor ? c.rope.factor : 1 / ((1 - smooth) / c.rope.factor + smooth);
    out.push_back(static_cast<float>(value));
  }
  return out;
}

ExportTensor givenTensor(const std::string& name, std::vector<float> values) {
  ExportTensor out;
  out.source = out.name = name;
  out.shape = {static_cast<int64_t>(values.size())};
  out.given = std::move(values);
  return out;
}

std::vector<float> floatsOfDoubles(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// [rows, columns] of a matrix that stays packed in the folder.
std::vector<int64_t> packedShape(const io::ModelConfig& c, const std::string& name) {
  const int64_t q = c.heads * c.headDim, kv = c.kvHeads * c.headDim;
  const auto is = [&](const char* module) { return name.ends_with(std::string(module) + ".weight"); };
  if (is("q_proj"))
    return {q, c.hiddenSize};
  if (is("k_proj") || is("v_proj"))
    return {kv, c.hiddenSize};
  if (is("o_proj"))
    return {c.hiddenSize, q};
  if (is("gate_proj") || is("up_proj"))
    return {c.intermediateSize, c.hiddenSize};
  if (is("down_proj"))
    return {c.hiddenSize, c.intermediateSize};
  if (is("qkv_proj"))
    return {q + 2 * kv, c.hiddenSize};
  if (is("gate_up_proj"))
    return {2 * c.intermediateSize, c.hiddenSize};
  return {c.vocabSize, c.hiddenSize};
}

/// Names of the model's own tensors: parts of packed matrices (absmax, scales, …) count as their matrix.
std::vector<std::string> modelNames(const io::ModelFolder& folder) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  const io::ModelConfig& c = folder.config();
  std::vector<std::string> modules = {"lm_head", "model.embed_tokens"};
  for (int64_t layer = 0; layer < c.layers; ++layer)
    for (const char* module : {"input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.qkv_proj", "self_attn.o_proj", "self_attn.q_norm", "self_attn.k_norm",
                               "post_attention_layernorm", "pre_feedforward_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.gate_up_proj", "mlp.down_proj", "post_feedforward_layernorm"})
      modules.push_back(fmt::format("model.layers.{}.{}", layer, module));
  modules.emplace_back("model.norm");
  for (const std::string& module : modules)
    for (const char* suffix : {".weight", ".bias"}) {
      const std::string name = module + suffix;
      if (module == "lm_head" && c.tieEmbeddings)
        continue;
      if (folder.find(name) || isPacked(folder, name))
        out.push_back(name);
    }
  return out;
}

} // namespace

void ExportTensor::load(const io::ModelFolder& folder) {
  if (!given.empty())
    return;
  if (isPacked(folder, source)) {
    m_packed = readPacked(folder, source, shape[0], shape[1]);
    return;
  }
  const io::TensorView& view = *folder.find(source);
  m_dtype = view.dtype;
  m_dense.resize(view.bytes);
  folder.read(view, m_dense);
}

void ExportTensor::unload() {
  m_dense = {};
  m_packed.reset();
}

void ExportTensor::rows(int64_t first, int64_t count, float* out) const {
  const int64_t width = columns();
  const auto element = static_cast<size_t>(io::dtypeBytes(m_dtype));
  for (int64_t r = 0; r < count; ++r) {
    const int64_t from = sourceRow(first + r, rowCount(), heads);
    float* to = out + r * width;
    if (!given.empty())
      std::copy_n(given.data() + from * width, width, to);
    else if (m_packed)
      m_packed->dequantizeRows(from, 1, to);
    else
      io::convertToFloat(m_dtype, {m_dense.data() + static_cast<size_t>(from * width) * element, static_cast<size_t>(width) * element}, {to, static_cast<size_t>(width)});
    if (add != 0)
      for (int64_t i = 0; i < width; ++i)
        to[i] += add;
  }
}

std::string exportArchitecture(const io::ModelConfig& c, std::vector<std::string>& notes) {
  for (const auto& [type, arch] : kExported) {
    if (c.modelType != type)
      continue;
    const bool scaled = c.rope.type == io::RopeType::Default || c.rope.type == io::RopeType::Linear || c.rope.type == io::RopeType::Llama3 || c.rope.type == io::RopeType::Yarn ||
                        (c.rope.type == io::RopeType::LongRope && c.modelType == "phi3");
    if (!scaled)
      throw Exception(ErrorKind::Unsupported, "GGUF files have no place for the rotary scaling (dynamic or longrope) of this model.");
    if (c.slidingWindow && std::string_view(arch) != "phi3" && *c.slidingWindow < c.maxPositions)
      notes.push_back(fmt::format("llama.cpp ignores the window of {} tokens of this model: texts longer than that are continued differently there.", *c.slidingWindow));
    return arch;
  }
  std::string known;
  for (const auto& entry : kExported)
    known += (known.empty() ? "" : ", ") + std::string(entry.first);
  throw Exception(ErrorKind::Unsupported, fmt::format("Lathe does not write {} models as GGUF; it writes {}.", c.modelType, known));
}

int64_t interleavedHeads(const std::string& arch, const io::ModelConfig& config, const std::string& name) {
  if (arch != "llama")
    return 0;
  return name.find(".self_attn.q_proj.") != std::string::npos ? config.heads : name.find(".self_attn.k_proj.") != std::string::npos ? config.kvHeads : 0;
}

int64_t sourceRow(int64_t row, int64_t rows, int64_t heads) {
  if (heads == 0)
    return row;
  const int64_t headRows = rows / heads, half = headRows / 2, inHead = row % headRows;
  return row - inHead + inHead % 2 * half + inHead / 2;
}

std::vector<ExportTensor> plainTensors(const io::ModelFolder& folder) {
  std::vector<ExportTensor> out;
  for (const std::string& name : modelNames(folder)) {
    ExportTensor tensor;
    tensor.source = tensor.name = name;
    tensor.shape = isPacked(folder, name) ? packedShape(folder.config(), name) : folder.find(name)->shape;
    out.push_back(std::move(tensor));
  }
  return out;
}

std::vector<ExportTensor> exportTensors(const io::ModelFolder& folder, const std::string& arch) {
  const io::ModelConfig& c = folder.config();
  std::vector<ExportTensor> out;
  if (c.rope.type == io::RopeType::Llama3)
    out.push_back(givenTensor("rope_freqs.weight", llama3Factors(c)));
  if (c.rope.type == io::RopeType::LongRope) {
    out.push_back(givenTensor("rope_factors_long.weight", floatsOfDoubles(c.rope.longFactor)));
    out.push_back(givenTensor("rope_factors_short.weight", floatsOfDoubles(c.rope.shortFactor)));
  }
  for (ExportTensor& tensor : plainTensors(folder)) {
    tensor.name = ggufNameOfModule(arch, tensor.source);
    tensor.heads = interleavedHeads(arch, c, tensor.source);
    if (tensor.heads > 0 && tensor.shape.size() == 1)
      throw Exception(ErrorKind::Unsupported, fmt::format("The bias {} has no place in a GGUF file of the architecture {}.", tensor.source, arch));
    out.push_back(std::move(tensor));
  }
  return out;
}

} // namespace lathe::quant
