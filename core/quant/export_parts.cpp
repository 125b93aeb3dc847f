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

constexpr std::array<std::pair<const char*, const char*>, 12> kExported = {{{"llama", "llama"}, {"mistral", "llama"}, {"mixtral", "llama"}, {"qwen2", "qwen2"}, {"qwen3", "qwen3"}, {"qwen3_moe", "qwen3moe"},
                                                                             {"gemma2", "gemma2"}, {"gemma3_text", "gemma3"}, {"phi3", "phi3"}, {"smollm3", "smollm3"}, {"granite", "granite"}, {"olmo2", "olmo2"}}};

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
  const auto is = [&](const std::string& module) { return name.ends_with(module + ".weight"); };
  if (c.experts.count > 0 && is(c.experts.block + ".gate"))
    return {c.experts.count, c.hiddenSize};
  if (name.find(".experts.") != std::string::npos)
    return is("." + c.experts.down) ? std::vector<int64_t>{c.hiddenSize, c.experts.intermediate} : std::vector<int64_t>{c.experts.intermediate, c.hiddenSize};
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

/// A mixture's modules: the router, then every expert's gate, every expert's up, every expert's down.
void addMixture(const io::ModelConfig& c, int64_t layer, std::vector<std::string>& modules) {
  const std::string block = fmt::format("model.layers.{}.{}", layer, c.experts.block);
  modules.push_back(block + ".gate");
  for (const std::string& part : {c.experts.gate, c.experts.up, c.experts.down})
    for (int64_t e = 0; e < c.experts.count; ++e)
      modules.push_back(fmt::format("{}.experts.{}.{}", block, e, part));
}

/// Names of the model's own tensors: parts of packed matrices (absmax, scales, …) count as their matrix.
std::vector<std::string> modelNames(const io::ModelFolder& folder) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  const io::ModelConfig& c = folder.config();
  std::vector<std::string> modules = {"lm_head", "model.embed_tokens"};
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    for (const char* module : {"input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.qkv_proj", "self_attn.o_proj", "self_attn.q_norm", "self_attn.k_norm",
                               "post_attention_layernorm", "pre_feedforward_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.gate_up_proj", "mlp.down_proj", "post_feedforward_layernorm"})
      modules.push_back(fmt::format("model.layers.{}.{}", layer, module));
    if (c.isMixture(layer))
      addMixture(c, layer, modules);
  }
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
  for (ExportTensor& expert : experts)
    expert.load(folder);
  if (!given.empty() || !experts.empty())
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
  for (ExportTensor& expert : experts)
    expert.unload();
  m_dense = {};
  m_packed.reset();
}

void ExportTensor::rows(int64_t first, int64_t count, float* out) const {
  const int64_t width = columns();
  for (int64_t r = 0; r < count && !experts.empty(); ++r)
    experts[static_cast<size_t>((first + r) / shape[1])].rows((first + r) % shape[1], 1, out + r * width);
  if (!experts.empty())
    return;
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

namespace {

bool isGemma(const std::string& arch) { return arch == "gemma2" || arch == "gemma3"; }

/// llama.cpp knows from the architecture and the number of layers what Gemma files say in config.json.
std::string gemmaProblem(const io::ModelConfig& c, const std::string& arch) {
  const bool second = arch == "gemma2", largest = c.layers == (second ? 46 : 62);
  const double wanted = 1 / std::sqrt(static_cast<double>(largest ? c.hiddenSize / c.heads : c.headDim));
  if (std::abs(c.attentionScale - wanted) > 1e-6 * wanted)
    return fmt::format("llama.cpp scales the scores of this architecture by {:.6g}, and query_pre_attn_scalar of this model asks for {:.6g}", wanted, c.attentionScale);
  for (int64_t layer = 0; layer < c.layers; ++layer)
    if (c.windowOf(layer).has_value() != (second ? layer % 2 == 0 : (layer + 1) % 6 != 0))
      return fmt::format("llama.cpp lets {} layers of this architecture slide, and layer {} of this model is another", second ? "the first, third, … of the" : "five of six", layer);
  if (second && (!c.attentionSoftcap || !c.finalSoftcap))
    return "llama.cpp always caps the scores and logits of this architecture, and this model does not";
  if (!second && (c.attentionSoftcap || c.localRope->type != io::RopeType::Default))
    return "llama.cpp has no place for the capped scores or scaled local positions of this model";
  return {};
}

/// Why llama.cpp would compute something else from the file; empty where it does the same.
std::string exportProblem(const io::ModelConfig& c, const std::string& arch) {
  const bool scaled = c.rope.type == io::RopeType::Default || c.rope.type == io::RopeType::Linear || c.rope.type == io::RopeType::Llama3 || c.rope.type == io::RopeType::Yarn ||
                      (c.rope.type == io::RopeType::LongRope && arch == "phi3");
  if (!scaled)
    return "GGUF files have no place for the rotary scaling (dynamic or longrope) of this model";
  if (c.activation != (isGemma(arch) ? io::Activation::GeluTanh : io::Activation::Silu))
    return "llama.cpp takes another activation for this architecture than the model has";
  if (arch == "qwen3moe" && (c.mixtureLayers() < c.layers || !c.experts.normalized))
    return "llama.cpp runs Qwen 3 mixtures whose every layer is one and whose chosen experts count 1 together, and this model is another";
  for (int64_t layer = 0; arch == "smollm3" && layer < c.layers; ++layer)
    if (c.turnsPositions(layer) != ((layer + 1) % 4 != 0))
      return "llama.cpp runs SmolLM 3 with positions in three of four layers, and this model has them elsewhere";
  return isGemma(arch) ? gemmaProblem(c, arch) : std::string();
}

} // namespace

std::string exportArchitecture(const io::ModelConfig& c, std::vector<std::string>& notes) {
  for (const auto& [type, arch] : kExported) {
    if (c.modelType != type)
      continue;
    if (const std::string problem = exportProblem(c, arch); !problem.empty())
      throw Exception(ErrorKind::Unsupported, problem + ". Nothing was written.");
    if (c.slidingWindow && std::string_view(arch) != "phi3" && !isGemma(arch) && *c.slidingWindow < c.maxPositions)
      notes.push_back(fmt::format("llama.cpp ignores the window of {} tokens of this model: texts longer than that are continued differently there.", *c.slidingWindow));
    return arch;
  }
  std::string known;
  for (const auto& entry : kExported)
    known += (known.empty() ? "" : ", ") + std::string(entry.first);
  throw Exception(ErrorKind::Unsupported, fmt::format("Lathe does not write {} models as GGUF; it writes {}.", c.modelType, known));
}

int64_t interleavedHeads(const std::string& arch, const io::ModelConfig& config, const std::string& name) {
  if (!io::ggufInterleaves(arch))
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

namespace {

/// One more matrix of the tensor that holds this part of all experts of a layer; the first one begins it.
void addExpert(std::vector<ExportTensor>& out, ExportTensor tensor, const std::string& arch, const io::ModelConfig& c) {
  const size_t number = tensor.source.find(".experts.") + std::string_view(".experts.").size(), part = tensor.source.find('.', number);
  const std::string whole = tensor.source.substr(0, number) + tensor.source.substr(part + 1);
  if (tensor.source.substr(number, part - number) == "0") {
    ExportTensor all;
    all.source = whole;
    all.name = ggufNameOfModule(arch, whole);
    all.shape = {c.experts.count, tensor.shape.at(0), tensor.shape.at(1)};
    out.push_back(std::move(all));
  }
  if (out.empty() || out.back().source != whole)
    refuse("REJ:MODEL_TENSOR", fmt::format("The model has no tensor for the first expert of {}. Download it again.", whole));
  out.back().experts.push_back(std::move(tensor));
}

} // namespace

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
    if (tensor.source.find(".experts.") != std::string::npos) {
      addExpert(out, std::move(tensor), arch, c);
      continue;
    }
    tensor.name = ggufNameOfModule(arch, tensor.source);
    tensor.heads = interleavedHeads(arch, c, tensor.source);
    tensor.add = isGemma(arch) && tensor.source.ends_with("norm.weight") ? 1.f : 0.f;
    if (tensor.heads > 0 && tensor.shape.size() == 1)
      throw Exception(ErrorKind::Unsupported, fmt::format("The bias {} has no place in a GGUF file of the architecture {}.", tensor.source, arch));
    out.push_back(std::move(tensor));
  }
  for (const ExportTensor& tensor : out)
    if (!tensor.experts.empty() && static_cast<int64_t>(tensor.experts.size()) != c.experts.count)
      refuse("REJ:MODEL_TENSOR", fmt::format("{} has tensors for {} of {} experts. Download the model again.", tensor.source, tensor.experts.size(), c.experts.count));
  return out;
}

} // namespace lathe::quant
