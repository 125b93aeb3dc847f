// SPDX-License-Identifier: Apache-2.0
// What llama.cpp makes of a GGUF file: its logits over given tokens, and its greedy continuation. llama_cpp.py compiles and runs it; it is no
// part of the build.
// llama_probe MODEL.gguf IDS COUNT LOGITS_OUT [KV] [LORA.gguf]: IDS "1,2,3" or a text behind "text:", COUNT tokens to make, LOGITS_OUT float32
// [ids, vocabulary], KV f32 or f16. Prints one line of JSON.
#include "llama.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace {

std::vector<llama_token> tokensOf(const llama_vocab* vocabulary, const std::string& text) {
  if (text.rfind("text:", 0) == 0) {
    std::vector<llama_token> out(text.size() + 8);
    const int count = llama_tokenize(vocabulary, text.c_str() + 5, static_cast<int>(text.size() - 5), out.data(), static_cast<int>(out.size()), true, true);
    out.resize(count < 0 ? 0 : count);
    return out;
  }
  std::vector<llama_token> out;
  for (size_t at = 0; at < text.size(); at = text.find(',', at) == std::string::npos ? text.size() : text.find(',', at) + 1)
    out.push_back(std::atoi(text.c_str() + at));
  return out;
}

bool decode(llama_context* context, const std::vector<llama_token>& ids, int from, bool all) {
  llama_batch batch = llama_batch_init(static_cast<int>(ids.size()), 0, 1);
  batch.n_tokens = static_cast<int>(ids.size());
  for (int i = 0; i < batch.n_tokens; ++i) {
    batch.token[i] = ids[i];
    batch.pos[i] = from + i;
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = 0;
    batch.logits[i] = all || i + 1 == batch.n_tokens;
  }
  const bool good = llama_decode(context, batch) == 0;
  llama_batch_free(batch);
  return good;
}

llama_token best(const float* logits, int count) {
  int at = 0;
  for (int i = 1; i < count; ++i)
    if (logits[i] > logits[at])
      at = i;
  return at;
}

std::string list(const std::vector<llama_token>& ids) {
  std::string out = "[";
  for (const llama_token id : ids)
    out += (out.size() > 1 ? "," : "") + std::to_string(id);
  return out + "]";
}

int fail(const char* what) {
  std::fprintf(stderr, "llama_probe: %s\n", what);
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 5)
    return fail("MODEL.gguf IDS COUNT LOGITS_OUT [f32|f16] [LORA.gguf]");
  llama_log_set([](ggml_log_level level, const char* text, void*) { if (level >= GGML_LOG_LEVEL_ERROR) std::fputs(text, stderr); }, nullptr);
  llama_backend_init();
  llama_model* model = llama_model_load_from_file(argv[1], llama_model_default_params());
  if (!model)
    return fail("the model cannot be loaded");
  const llama_vocab* vocabulary = llama_model_get_vocab(model);
  const int size = llama_vocab_n_tokens(vocabulary), count = std::atoi(argv[3]);
  const std::vector<llama_token> ids = tokensOf(vocabulary, argv[2]);
  llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = static_cast<uint32_t>(ids.size() + count + 8);
  params.n_threads = params.n_threads_batch = 1;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.type_k = params.type_v = argc > 5 && std::strcmp(argv[5], "f16") == 0 ? GGML_TYPE_F16 : GGML_TYPE_F32;
  llama_context* context = llama_init_from_model(model, params);
  if (!context)
    return fail("no context");
  if (argc > 6) {
    llama_adapter_lora* adapter = llama_adapter_lora_init(model, argv[6]);
    float scale = 1;
    if (!adapter || llama_set_adapters_lora(context, &adapter, 1, &scale) != 0)
      return fail("the adapter cannot be loaded");
  }
  if (!decode(context, ids, 0, true))
    return fail("decoding the prompt failed");
  std::ofstream out(argv[4], std::ios::binary);
  for (size_t i = 0; i < ids.size(); ++i)
    out.write(reinterpret_cast<const char*>(llama_get_logits_ith(context, static_cast<int>(i))), sizeof(float) * size);
  std::vector<llama_token> made;
  for (int at = static_cast<int>(ids.size()); static_cast<int>(made.size()) < count; ++at) {
    const llama_token next = best(llama_get_logits_ith(context, -1), size);
    if (llama_vocab_is_eog(vocabulary, next))
      break;
    made.push_back(next);
    if (!decode(context, {next}, at, false))
      return fail("decoding failed");
  }
  std::printf("{\"ids\": %s, \"made\": %s, \"vocabulary\": %d}\n", list(ids).c_str(), list(made).c_str(), size);
}
