// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/fake_models.h"

#include "core/api/protocol.h"

#include <algorithm>
#include <cmath>

namespace lathe::fake {

namespace {

constexpr int64_t kMega = 1 << 20;

api::ModelSummary modelOf(const char* path, const char* name, const char* kind, const char* base, const char* origin, const char* how, int64_t mib, const char* dtype) {
  api::ModelSummary m;
  m.path = path;
  m.name = name;
  m.kind = kind;
  m.base = base;
  m.origin = origin;
  m.how = how;
  m.bytes = mib * kMega;
  m.dtype = dtype;
  m.architecture = "LlamaForCausalLM";
  m.parameters = m.kind == "adapter" ? mib * kMega / 4 : 134'515'008;
  m.layers = 30;
  m.context = 8192;
  return m;
}

Json inspectOf(const api::ModelSummary& m) {
  if (m.kind == "adapter")
    return {{"kind", "adapter"}, {"path", m.path}, {"method", "LORA"}, {"base_model", m.base}, {"r", 16}, {"alpha", 32.0}, {"target_modules", "all-linear"}, {"use_dora", false}, {"use_rslora", true},
            {"tensors", 420}, {"bytes_by_dtype", {{"F32", m.bytes}}}, {"files", Json::array({{{"name", "adapter_model.safetensors"}, {"bytes", m.bytes}}})}, {"problems", Json::array()}, {"supported", true}};
  Json out = {{"kind", "model"}, {"path", m.path}, {"architecture", "LlamaForCausalLM"}, {"model_type", "llama"}, {"layers", 30}, {"hidden_size", 576}, {"intermediate_size", 1536}, {"heads", 9},
              {"kv_heads", 3}, {"head_dim", 64}, {"context", 8192}, {"vocab", 49152}, {"tied_embeddings", true}, {"sliding_window", nullptr}, {"quantization", nullptr},
              {"rope", {{"type", "llama3"}, {"theta", 100000.0}, {"factor", 8.0}, {"original_positions", 8192}}}, {"activation", "SiLU"}, {"norms", "before"}, {"attention_bias", false},
              {"head_norms", false}, {"sliding_layers", 0}, {"tensors", 272}, {"parameters", m.parameters}};
  out["bytes_by_dtype"] = m.dtype == "Q4_K" ? Json{{"Q4_K", 61 * kMega}, {"Q6_K", 30 * kMega}, {"F32", kMega / 8}} : Json{{m.dtype, m.bytes}};
  out["template"] = {{"present", true}, {"start", "{% for message in messages %}"}, {"bytes", 368}};
  out["tokenizer"] = {{"file", m.path + "/tokenizer.json"}, {"class", "GPT2Tokenizer"}};
  out["licence"] = {{"file", "LICENSE"}, {"id", "apache-2.0"}};
  out["files"] = Json::array({{{"name", "model.safetensors"}, {"bytes", m.bytes}}});
  out["problems"] = m.problems;
  out["supported"] = m.supported;
  return out;
}

api::TensorStatistics statisticsOf(const std::string& tensor) {
  api::TensorStatistics s;
  s.name = tensor;
  s.values = 331'776;
  s.zeros = 12;
  s.min = -0.4453;
  s.max = 0.5117;
  s.mean = 0.000117;
  s.deviation = 0.0619;
  s.low = s.min;
  s.high = s.max;
  for (int i = 0; i < 64; ++i) {
    const double x = (s.low + (s.high - s.low) * (i + 0.5) / 64) / s.deviation;
    s.bins.push_back(static_cast<int64_t>(26'000 * std::exp(-x * x / 2)));
  }
  return s;
}

api::ModelScan scanOf() {
  api::ModelScan scan;
  const auto add = [&](const char* place, const char* path, const char* name, const char* architecture, int64_t mib, const char* problem = "", bool known = false) {
    scan.found.push_back({place, path, name, "base", architecture, mib * kMega, *problem == 0, known, problem});
  };
  add("huggingface", "/cache/hub/models--HuggingFaceTB--SmolLM2-135M-Instruct/snapshots/1e", "HuggingFaceTB/SmolLM2-135M-Instruct", "LlamaForCausalLM", 257);
  add("huggingface", "/cache/hub/models--Qwen--Qwen3-0.6B/snapshots/c1", "Qwen/Qwen3-0.6B", "Qwen3ForCausalLM", 1434);
  add("huggingface", "/cache/hub/models--facebook--opt-125m/snapshots/27", "facebook/opt-125m", "OPTForCausalLM", 240, "Lathe does not run the architecture opt.");
  add("lmstudio", "/lm/gemma-3-1b-it-Q4_K_M.gguf", "gemma-3-1b-it-Q4_K_M.gguf", "Gemma3ForCausalLM", 768);
  add("ollama", "/ollama/blobs/sha256-aa", "llama3.2:1b", "LlamaForCausalLM", 1259);
  add("llamacpp", "/models/SmolLM2-135M-Instruct-q4_k_m.gguf", "SmolLM2-135M-Instruct-q4_k_m.gguf", "LlamaForCausalLM", 101, "", true);
  scan.places = {"/cache/hub", "/lm", "/ollama", "/cache/llama.cpp"};
  scan.entries = 1289;
  return scan;
}

Json workState(State& state, const Json& params) {
  FakeWork& work = state.work;
  if (intOr(params, "work", 0) != work.number)
    throw Exception(ErrorKind::NotFound, "There is no such work.");
  api::ModelWorkState out;
  if (work.stopped) {
    out.state = "stopped";
    return api::encode(out);
  }
  const std::string kind = stringOr(work.params, "kind", "");
  if (++work.asked < work.length || work.endless) {
    out.what = kind == "scan" ? "/cache/hub" : kind == "merge" ? "Merging" : kind == "convert" ? "Writing: 61.0 MiB of 101.0 MiB" : "Reading the tensor";
    out.share = std::min(0.9, 0.3 * work.asked);
    if (kind == "scan") {
      api::ModelScan part = scanOf();
      part.found.resize(static_cast<size_t>(std::min(work.asked, 3)));
      part.complete = false;
      out.result = api::encode(part);
    }
    return api::encode(out);
  }
  out.share = 1;
  if (!work.failure.empty()) {
    out.state = "failed";
    out.error = work.failure;
  } else {
    out.state = "done";
    out.result = kind == "scan" ? api::encode(scanOf()) : kind == "merge" ? Json{{"out", work.params["out"]}, {"notes", Json::array()}} : kind == "convert" ? Json{{"out", work.params["out"]}, {"notes", {"llama.cpp ignores the window of this model."}}} : api::encode(statisticsOf(stringOr(work.params, "tensor", "")));
    if (kind == "convert") {
      state.models.push_back(modelOf(stringOr(work.params, "out", "").c_str(), "made.gguf", "merged", stringOr(work.params, "path", "").c_str(), "added", "q4_k_m", 101, "Q4_K"));
      state.modelsChanged = true;
    }
  }
  return api::encode(out);
}

Json renderOf(const Json& params) {
  api::TemplateTrial out;
  out.source = "from the model";
  for (const Json& message : params.at("messages")) {
    if (message.at("role") == "tool") {
      out.error = "This template knows no tools.";
      out.errorKind = "raised";
      return api::encode(out);
    }
    out.text += "<|im_start|>" + message.at("role").get<std::string>() + "\n" + message.at("content").get<std::string>() + "<|im_end|>\n";
  }
  if (boolOr(params, "add_generation_prompt", false))
    out.text += "<|im_start|>assistant\n";
  out.tokens = static_cast<int64_t>(out.text.size() / 4);
  return api::encode(out);
}

Json tokenizeOf(const Json& params) {
  api::TokenizerTrial out;
  const std::string text = stringOr(params, "text", "");
  if (boolOr(params, "add_special", false))
    out.chips.push_back({1, "<|begin|>", false, true});
  for (const std::string& piece : pieces(text))
    out.chips.push_back({static_cast<int64_t>(piece.size()) * 97 + 260, piece, true, false});
  out.tokens = static_cast<int64_t>(out.chips.size());
  out.bytes = static_cast<int64_t>(text.size());
  return api::encode(out);
}

} // namespace

std::vector<api::ModelSummary> libraryModels() {
  std::vector<api::ModelSummary> out;
  out.push_back(modelOf("/models/lathe-tiny", "lathe-tiny", "base", "", "bundled", "", 4, "F32"));
  out.back().bundled = true;
  out.push_back(modelOf("/models/SmolLM2-135M-Instruct", "HuggingFaceTB/SmolLM2-135M-Instruct", "base", "", "added", "", 257, "BF16"));
  out.push_back(modelOf("/runs/20261122-140211-support-tone/adapter", "support-tone r16", "adapter", "/models/SmolLM2-135M-Instruct", "run", "LoRA r16", 19, "F32"));
  out.push_back(modelOf("/runs/20261122-101500-returns/adapter", "returns, attention only, with a name that is longer than its place", "adapter", "/models/SmolLM2-135M-Instruct", "run", "LoRA r8", 9, "F32"));
  out.push_back(modelOf("/home/models/SmolLM2-135M-Instruct-q4_k_m.gguf", "SmolLM2-135M-Instruct-q4_k_m.gguf", "merged", "/models/SmolLM2-135M-Instruct", "added", "Q4_K_M", 101, "Q4_K"));
  out.push_back(modelOf("/runs/20261121-180312-tiny-full/model", "tiny, every weight", "merged", "/models/lathe-tiny", "run", "Full", 4, "F32"));
  out.push_back(modelOf("/models/Qwen3-0.6B", "Qwen/Qwen3-0.6B", "base", "", "added", "", 1434, "BF16"));
  out.back().problems = {"Python code in the folder is never run: modeling_qwen3.py."};
  out.push_back(modelOf("/media/disk/Llama-3.1-8B", "Llama-3.1-8B", "base", "", "added", "", 0, ""));
  out.back().missing = true;
  out.back().supported = false;
  out.back().problems = {"Nothing is at /media/disk/Llama-3.1-8B any more. Bring it back (a disk that is not connected?), or remove it from the list."};
  out.push_back(modelOf("/downloads/law-lora", "law-lora", "adapter", "mistralai/Mistral-7B-v0.3", "added", "", 84, "BF16"));
  out.back().supported = false;
  out.back().problems = {"Its base model mistralai/Mistral-7B-v0.3 is not in the list. Add the folder of that model."};
  return out;
}

std::vector<api::TensorRow> tensorsOf(int layers) {
  std::vector<api::TensorRow> out = {{"model.embed_tokens.weight", "BF16", {49152, 576}, 56'623'104}};
  for (int i = 0; i < layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    const auto add = [&](const char* name, std::vector<int64_t> shape) {
      int64_t bytes = 2;
      for (const int64_t size : shape)
        bytes *= size;
      out.push_back({layer + name, "BF16", shape, bytes});
    };
    add("input_layernorm.weight", {576});
    add("mlp.down_proj.weight", {576, 1536});
    add("mlp.gate_proj.weight", {1536, 576});
    add("mlp.up_proj.weight", {1536, 576});
    add("post_attention_layernorm.weight", {576});
    add("self_attn.k_proj.weight", {192, 576});
    add("self_attn.o_proj.weight", {576, 576});
    add("self_attn.q_proj.weight", {576, 576});
    add("self_attn.v_proj.weight", {192, 576});
  }
  out.push_back({"model.norm.weight", "F32", {576}, 2304});
  out.push_back({"model.rope_scale", "F32", {}, 4});
  return out;
}

std::optional<Json> answerModels(State& state, const std::string& method, const Json& params) {
  namespace names = api::method;
  const std::string path = stringOr(params, "path", "");
  if (method == names::kModelsRemove) {
    std::erase_if(state.models, [&](const api::ModelSummary& model) { return model.path == path; });
    state.modelsChanged = true;
    return Json::object();
  }
  if (method == names::kInspect) {
    const auto found = std::find_if(state.models.begin(), state.models.end(), [&](const auto& model) { return model.path == path; });
    if (found == state.models.end() || found->missing)
      throw Exception(ErrorKind::NotFound, path + " is not there.");
    return inspectOf(*found);
  }
  if (method == names::kModelsTensors) {
    const auto all = tensorsOf(state.layers);
    const auto from = static_cast<size_t>(std::clamp<int64_t>(intOr(params, "from", 0), 0, static_cast<int64_t>(all.size())));
    api::TensorRows out;
    out.total = static_cast<int64_t>(all.size());
    out.tensors.assign(all.begin() + static_cast<long>(from), all.begin() + static_cast<long>(std::min(all.size(), from + static_cast<size_t>(intOr(params, "limit", 20000)))));
    return api::encode(out);
  }
  if (method == names::kModelsText)
    return api::encode(stringOr(params, "what", "") == "licence" ? api::ModelText{"LICENSE", "Apache License\nVersion 2.0, January 2004\n", false}
                                                                  : api::ModelText{"chat_template.jinja", "{% for message in messages %}{{ message.content }}{% endfor %}", false});
  if (method == names::kModelsTokenize)
    return tokenizeOf(params);
  if (method == names::kModelsRender)
    return renderOf(params);
  if (method == names::kModelsWork) {
    ++state.work.number;
    state.work.params = params;
    state.work.asked = 0;
    state.work.stopped = false;
    return Json{{"work", state.work.number}};
  }
  if (method == names::kModelsWorkState)
    return workState(state, params);
  if (method == names::kModelsWorkStop) {
    state.work.stopped = true;
    return Json::object();
  }
  return std::nullopt;
}

} // namespace lathe::fake
