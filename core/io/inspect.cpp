// SPDX-License-Identifier: Apache-2.0
#include "core/io/inspect.h"

#include "core/base/files.h"
#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/adapter_files.h"
#include "core/io/inspect_card.h"
#include "core/io/inspect_parts.h"
#include "core/io/model_folder.h"
#include "core/io/names.h"
#include "core/io/side_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace lathe::io {
namespace fs = std::filesystem;
namespace {

constexpr size_t kTemplateStart = 80;
constexpr size_t kProblems = 10;

struct Totals {
  uint64_t tensors = 0, parameters = 0, bytes = 0;
  std::map<std::string, uint64_t> bytesByType;
  void add(const SafetensorsFile& file) {
    for (const TensorView& tensor : file.tensors()) {
      ++tensors;
      parameters += static_cast<uint64_t>(tensor.elements());
      bytes += tensor.bytes;
      bytesByType[tensor.typeName()] += tensor.bytes;
    }
  }
  void add(const GgufFile& file) {
    for (const GgufTensor& tensor : file.header().tensors()) {
      ++tensors;
      parameters += tensor.elements();
      bytes += tensor.bytes;
      bytesByType[ggufTypeInfo(tensor.type).name] += tensor.bytes;
    }
  }
  void putInto(Json& out) const {
    out["tensors"] = tensors;
    out["parameters"] = parameters;
    out["bytes"] = bytes;
    out["bytes_by_dtype"] = bytesByType;
  }
};

/// First characters without cutting one in half.
std::string startOf(const std::string& text, size_t characters) {
  size_t i = 0;
  for (size_t n = 0; i < text.size() && n < characters; ++n) {
    ++i;
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80)
      ++i;
  }
  return text.substr(0, i);
}

/// Compares what the configuration promises with the tensors' shapes, for the plain decoder layout.
class ShapeCheck {
public:
  ShapeCheck(const ModelFolder& folder, Json& problems) : m_folder(folder), m_problems(problems) {}

  void run() {
    const ModelConfig& c = m_folder.config();
    const int64_t q = c.heads * c.headDim, kv = c.kvHeads * c.headDim;
    expect("model.embed_tokens.weight", {c.vocabSize, c.hiddenSize});
    expect("model.norm.weight", {c.hiddenSize});
    if (!c.tieEmbeddings)
      expect("lm_head.weight", {c.vocabSize, c.hiddenSize});
    for (int64_t i = 0; i < c.layers && m_found <= kProblems; ++i) {
      const std::string layer = fmt::format("model.layers.{}.", i);
      if (c.norms != NormPlacement::After)
        expect(layer + "input_layernorm.weight", {c.hiddenSize});
      expect(layer + "post_attention_layernorm.weight", {c.hiddenSize});
      if (c.norms == NormPlacement::Around)
        expect(layer + "pre_feedforward_layernorm.weight", {c.hiddenSize});
      if (c.norms != NormPlacement::Before)
        expect(layer + "post_feedforward_layernorm.weight", {c.hiddenSize});
      if (c.hasHeadNorms()) {
        const bool whole = c.headNorms == HeadNorms::WholeProjection;
        expect(layer + "self_attn.q_norm.weight", {whole ? q : c.headDim});
        expect(layer + "self_attn.k_norm.weight", {whole ? kv : c.headDim});
      }
      if (!c.quantization.empty() || c.fusedProjections)
        continue; // the matrices have other names or shapes; loading checks them
      expect(layer + "self_attn.q_proj.weight", {q, c.hiddenSize});
      expect(layer + "self_attn.k_proj.weight", {kv, c.hiddenSize});
      expect(layer + "self_attn.v_proj.weight", {kv, c.hiddenSize});
      expect(layer + "self_attn.o_proj.weight", {c.hiddenSize, q});
      if (c.isMixture(i)) {
        expectExperts(layer + c.experts.block);
        continue;
      }
      expect(layer + "mlp.gate_proj.weight", {c.intermediateSize, c.hiddenSize});
      expect(layer + "mlp.up_proj.weight", {c.intermediateSize, c.hiddenSize});
      expect(layer + "mlp.down_proj.weight", {c.hiddenSize, c.intermediateSize});
    }
  }

private:
  void expectExperts(const std::string& block) {
    const ModelConfig& c = m_folder.config();
    expect(block + ".gate.weight", {c.experts.count, c.hiddenSize});
    for (int64_t e = 0; e < c.experts.count && m_found <= kProblems; ++e) {
      const std::string expert = fmt::format("{}.experts.{}.", block, e);
      expect(expert + c.experts.gate + ".weight", {c.experts.intermediate, c.hiddenSize});
      expect(expert + c.experts.up + ".weight", {c.experts.intermediate, c.hiddenSize});
      expect(expert + c.experts.down + ".weight", {c.hiddenSize, c.experts.intermediate});
    }
  }

  void expect(const std::string& name, const std::vector<int64_t>& shape) {
    const TensorView* tensor = m_folder.find(name);
    if (tensor && tensor->shape == shape)
      return;
    if (++m_found > kProblems) {
      if (m_found == kProblems + 1)
        m_problems.push_back("More tensors are missing or of another shape.");
      return;
    }
    if (!tensor)
      m_problems.push_back(fmt::format("The tensor {} is missing.", name));
    else
      m_problems.push_back(fmt::format("The tensor {} has the shape [{}]; config.json says [{}].", name, fmt::join(tensor->shape, ", "), fmt::join(shape, ", ")));
  }

  const ModelFolder& m_folder;
  Json& m_problems;
  size_t m_found = 0;
};

Json templateJson(const ModelFolder& folder) {
  Json out = {{"present", !folder.chatTemplate().empty()}};
  if (!folder.chatTemplate().empty()) {
    out["start"] = startOf(folder.chatTemplate(), kTemplateStart);
    out["bytes"] = folder.chatTemplate().size();
  }
  return out;
}

Json tokenizerJson(const ModelFolder& folder) {
  if (folder.tokenizerFile().empty())
    return nullptr;
  std::error_code code;
  const fs::path file(folder.tokenizerFile());
  Json out = {{"file", file.string()}, {"bytes", fs::file_size(file, code)}};
  if (const Json* name = find(folder.tokenizerConfig(), "tokenizer_class"); name && name->is_string())
    out["class"] = *name;
  return out;
}

void putShape(const ModelConfig& c, Json& out) {
  out["layers"] = c.layers;
  out["hidden_size"] = c.hiddenSize;
  out["intermediate_size"] = c.intermediateSize;
  out["heads"] = c.heads;
  out["kv_heads"] = c.kvHeads;
  out["head_dim"] = c.headDim;
  out["context"] = c.maxPositions;
  out["vocab"] = c.vocabSize;
  out["tied_embeddings"] = c.tieEmbeddings;
  out["sliding_window"] = c.slidingWindow ? Json(*c.slidingWindow) : Json(nullptr);
  out["quantization"] = c.quantization.empty() ? Json(nullptr) : Json(c.quantization);
  if (c.experts.count == 0)
    return;
  out["experts"] = {{"count", c.experts.count}, {"per_token", c.experts.perToken}, {"intermediate_size", c.experts.intermediate}, {"layers", c.mixtureLayers()}};
  out["active_parameters"] = c.activeParameters();
}

Json inspectModel(const std::string& path) {
  const auto folder = ModelFolder::describe(path);
  const ModelConfig& c = folder->config();
  Json out = {{"kind", "model"}, {"path", path}, {"architecture", c.architecture}, {"model_type", c.modelType}};
  Totals totals;
  for (const auto& shard : folder->shards())
    totals.add(*shard);
  totals.putInto(out);
  if (!c.quantization.empty() && c.hiddenSize > 0)
    out["parameters"] = c.parameters(); // packed weights have fewer elements than parameters
  putShape(c, out);
  putCard(c, out);
  putOrigin(folder->path(), out);
  out["template"] = templateJson(*folder);
  out["tokenizer"] = tokenizerJson(*folder);
  Json files = Json::array();
  for (const auto& shard : folder->shards())
    files.push_back({{"name", fs::path(shard->path()).filename().string()}, {"bytes", shard->fileBytes()}, {"tensors", shard->tensors().size()}});
  out["files"] = std::move(files);
  Json problems = Json::array();
  if (!c.unsupported.empty())
    problems.push_back(c.unsupported);
  else
    ShapeCheck(*folder, problems).run();
  out["supported"] = problems.empty();
  for (const std::string& warning : folder->warnings())
    problems.push_back(warning);
  if (folder->tokenizerFile().empty())
    problems.push_back("The folder has no tokenizer; text cannot be encoded with this model.");
  out["problems"] = std::move(problems);
  return out;
}

/// The vocabulary as the file describes it; null without one.
Json ggufTokenizer(const GgufFile& file) {
  const GgufHeader& header = file.header();
  const GgufValue* tokens = header.find("tokenizer.ggml.tokens");
  if (!tokens)
    return nullptr;
  Json out = {{"file", file.path()}, {"type", std::string(header.text("tokenizer.ggml.model").value_or("unknown"))}, {"vocab", tokens->count}};
  if (const auto pre = header.text("tokenizer.ggml.pre"))
    out["pre_tokenizer"] = std::string(*pre);
  if (const GgufValue* merges = header.find("tokenizer.ggml.merges"))
    out["merges"] = merges->count;
  return out;
}

/// The tensors that Lathe reads by another name than these, or not at all.
void judgeGguf(const GgufFile& file, Json& problems) {
  std::set<std::string> unreadable;
  for (const GgufTensor& tensor : file.header().tensors())
    if (!ggufTypeInfo(tensor.type).readable)
      unreadable.insert(ggufTypeInfo(tensor.type).name);
  if (!unreadable.empty())
    problems.push_back(fmt::format("Lathe does not read weights in {}. Use a file in another type, such as Q4_K or IQ4_XS.", fmt::join(unreadable, ", ")));
}

/// What the keys say of the model, and what is wrong with it.
void putGgufModel(const GgufFile& file, Json& out, Json& problems) {
  const auto folder = ModelFolder::describe(file.path());
  const ModelConfig& c = folder->config();
  out["architecture"] = c.architecture;
  putShape(c, out);
  putCard(c, out);
  putOrigin(file, out);
  out["template"] = templateJson(*folder);
  if (!c.unsupported.empty())
    problems.push_back(c.unsupported);
  else
    ShapeCheck(*folder, problems).run();
  judgeGguf(file, problems);
  out["supported"] = problems.empty();
  for (const std::string& warning : folder->warnings())
    problems.push_back(warning);
}

Json inspectGguf(const std::string& path) {
  const auto file = GgufFile::open(path);
  const GgufHeader& header = file->header();
  Json out = {{"kind", "gguf"}, {"path", path}, {"version", header.version()}};
  const auto text = [&](const char* from, const char* to) {
    if (const auto value = header.text(from))
      out[to] = std::string(*value);
  };
  text("general.architecture", "model_type");
  out["architecture"] = out.value("model_type", "");
  text("general.name", "name");
  text("general.size_label", "size_label");
  Totals totals;
  totals.add(*file);
  totals.putInto(out);
  out["file_bytes"] = file->fileBytes();
  out["keys"] = header.values().size();
  Json problems = Json::array();
  out["tokenizer"] = ggufTokenizer(*file);
  if (header.tensors().empty() && !out["tokenizer"].is_null()) {
    out["contents"] = "vocabulary";
    out["problems"] = problems;
    out["supported"] = true;
    return out;
  }
  if (header.text("general.type").value_or("model") == "model") {
    putGgufModel(*file, out, problems);
  } else {
    out["contents"] = std::string(*header.text("general.type"));
    out["supported"] = false;
    problems.push_back("This file is no model of its own; Lathe reads models from GGUF files.");
  }
  out["problems"] = std::move(problems);
  return out;
}

Json inspectAdapter(const std::string& path) {
  const AdapterFiles adapter = AdapterFiles::open(path);
  const AdapterConfig& c = adapter.config;
  Json out = {{"kind", "adapter"}, {"path", path}, {"method", c.peftType}, {"base_model", c.baseModel}, {"r", c.peftType == "ADALORA" ? c.initR : c.r}, {"alpha", c.alpha}};
  out["target_modules"] = c.allLinear ? Json("all-linear") : Json(c.targetModules);
  out["use_dora"] = c.useDora;
  out["use_rslora"] = c.useRslora;
  Totals totals;
  totals.add(*adapter.tensors);
  totals.putInto(out);
  out["files"] = Json::array({{{"name", "adapter_model.safetensors"}, {"bytes", adapter.tensors->fileBytes()}, {"tensors", totals.tensors}}});
  out["problems"] = adapter.warnings;
  out["supported"] = true;
  return out;
}

Json inspectSafetensors(const std::string& path) {
  const auto file = SafetensorsFile::open(path);
  Json out = {{"kind", "safetensors"}, {"path", path}, {"file_bytes", file->fileBytes()}};
  Totals totals;
  totals.add(*file);
  totals.putInto(out);
  out["metadata"] = file->metadata();
  out["problems"] = Json::array();
  out["supported"] = true;
  return out;
}

Json inspectFolder(const std::string& path) {
  const std::vector<std::string> names = listDirectory(path);
  const auto has = [&](std::string_view name) { return std::binary_search(names.begin(), names.end(), name); };
  if (has("manifest.json"))
    return inspectCheckpoint(path);
  if (has("spec.json") && (has("metrics.jsonl") || has("events.jsonl") || has("checkpoints")))
    return inspectRun(path);
  if (has("adapter_config.json") && !has("config.json"))
    return inspectAdapter(path);
  if (has("config.json") || (has("snapshots") && has("blobs")))
    return inspectModel(path);
  if (has("tokenizer.json"))
    return inspectTokenizer(path + "/tokenizer.json");
  if (!pickleFiles(names).empty())
    refuse("REJ:PICKLE", fmt::format("{} holds only Python pickles such as {}. Pickles can run code, so Lathe never opens them: get the model in safetensors form.", path, pickleFiles(names).front()));
  return {{"kind", "unknown"}, {"path", path}, {"files", names.size()}, {"problems", {"The folder holds no config.json, adapter_config.json, tokenizer.json or spec.json."}}, {"supported", false}};
}

} // namespace

Json inspectPath(const std::string& path) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (!fs::exists(status))
    throw Exception(ErrorKind::NotFound, fmt::format("{} is not there.", path));
  if (fs::is_directory(status))
    return inspectFolder(path);
  if (!fs::is_regular_file(status))
    refuse("REJ:NOT_A_FILE", fmt::format("{} is neither a file nor a folder.", path));
  const std::string name = fs::path(path).filename().string();
  const std::string head = firstBytes(path, 32);
  if (head.starts_with("GGUF") || name.ends_with(".gguf"))
    return inspectGguf(path);
  if (name.ends_with(".safetensors"))
    return inspectSafetensors(path);
  if (!pickleFiles({name}).empty() || head.starts_with("PK\x03\x04") || (head.size() > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5))
    refuse("REJ:PICKLE", fmt::format("{} is a Python pickle. Pickles can run code, so Lathe never opens them: get the model in safetensors form.", path));
  if (name == "tokenizer.json" || name.ends_with(".tokenizer.json") || name.ends_with("tokenizer.json.gz") || name.ends_with(".model"))
    return inspectTokenizer(path);
  if (name == "config.json" || name == "adapter_config.json")
    return inspectFolder(fs::path(path).has_parent_path() ? fs::path(path).parent_path().string() : ".");
  return inspectDataset(path);
}

} // namespace lathe::io
