// SPDX-License-Identifier: Apache-2.0
#include "core/worker/model_host.h"

#include "core/data/open_tokenizer.h"
#include "core/data/tokenized_dataset.h"
#include "core/ops/device_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include <sys/stat.h>

namespace lathe::worker {
namespace {

/// Content, size and time of the weights: an adapter that was trained again is loaded again.
std::string stampOf(const std::string& folder) {
  struct stat info {};
  if (::stat((folder + "/adapter_model.safetensors").c_str(), &info) != 0)
    throw Exception(ErrorKind::NotFound, fmt::format("{} holds no adapter_model.safetensors.", folder));
  return fmt::format("{}-{}-{}.{}", static_cast<uint64_t>(info.st_ino), static_cast<int64_t>(info.st_size), static_cast<int64_t>(info.st_mtim.tv_sec),
                     static_cast<int64_t>(info.st_mtim.tv_nsec));
}

void addId(std::vector<int64_t>& ids, const Json& value) {
  if (value.is_number_integer())
    ids.push_back(value.get<int64_t>());
  else if (value.is_array())
    for (const Json& item : value)
      addId(ids, item);
}

/// Special tokens as templates see them; tokenizer_config.json holds strings or {"content": …}.
Json templateVariables(const Json& config) {
  Json out = Json::object();
  for (const char* key : {"bos_token", "eos_token", "pad_token", "unk_token"}) {
    const Json* value = find(config, key);
    if (value && value->is_object())
      value = find(*value, "content");
    if (value && value->is_string())
      out[key] = *value;
  }
  return out;
}

} // namespace

std::vector<int64_t> endIds(const io::ModelFolder& folder, const text::Tokenizer* tokenizer) {
  std::vector<int64_t> ids = folder.config().eosIds;
  if (const Json* value = find(folder.generationConfig(), "eos_token_id"))
    addId(ids, *value);
  if (tokenizer && tokenizer->eosId())
    ids.push_back(*tokenizer->eosId());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

nn::Compute computeFor(const std::string& dtype, const std::string& modelDtype, at::Device device) {
  if (dtype == "bfloat16")
    return nn::Compute::BFloat16;
  if (dtype == "auto" && modelDtype != "float32" && !device.is_cpu())
    return nn::Compute::BFloat16;
  return nn::Compute::Float32;
}

ModelHost::ModelHost(const std::string& folder, nn::Compute dtype, at::Device device, const std::function<void(double)>& progress) : m_folder(folder) {
  const auto files = io::ModelFolder::open(folder);
  if (!files->tokenizerFile().empty())
    m_tokenizer = data::openTokenizer(folder);
  m_template = files->chatTemplate().empty() ? text::ChatTemplate::chatMl() : text::ChatTemplate::parse(files->chatTemplate());
  m_variables = templateVariables(files->tokenizerConfig());
  nn::LoadOptions options;
  options.dtype = dtype;
  options.device = device;
  if (progress)
    options.progress = [&](uint64_t done, uint64_t total) { progress(total ? static_cast<double>(done) / static_cast<double>(total) : 1); };
  m_model = nn::Model::load(folder, options);
  m_generator = std::make_unique<generate::Generator>(m_model, m_tokenizer, endIds(*files, m_tokenizer.get()));
}

std::vector<int32_t> ModelHost::promptOf(const Json& messages) const {
  if (!m_tokenizer)
    throw Exception(ErrorKind::NotFound, fmt::format("{} has no tokenizer.json, so it cannot chat. Copy the tokenizer of its base model into the folder.", m_folder));
  data::TokenizeOptions options;
  options.chatTemplate = m_template;
  options.variables = m_variables;
  return data::tokenizePrompt(messages, *m_tokenizer, options);
}

std::vector<int32_t> ModelHost::promptOf(const std::string& text) const {
  if (!m_tokenizer)
    throw Exception(ErrorKind::NotFound, fmt::format("{} has no tokenizer.json, so text cannot be read. Use --tokens instead of --prompt.", m_folder));
  return m_tokenizer->encode(text, true);
}

std::map<std::string, uint64_t> ModelHost::memory() const {
  if (m_model->device().is_cuda())
    return ops::deviceMemoryByCategory(m_model->device(), ops::MemoryMoment::Now, false);
  auto out = m_model->memoryByCategory();
  out["cache"] = m_generator->cacheBytes();
  return out;
}

std::vector<nn::ActiveAdapter> ModelHost::use(const std::vector<AdapterUse>& adapters) {
  std::vector<nn::ActiveAdapter> out;
  for (const AdapterUse& adapter : adapters) {
    const std::string stamp = stampOf(adapter.path);
    const auto it = m_loaded.find(adapter.path);
    if (it == m_loaded.end() || it->second != stamp) {
      if (it != m_loaded.end()) {
        m_generator->clearCache();
        m_model->removeAdapter(adapter.path);
        m_loaded.erase(it);
      }
      m_model->loadAdapter(adapter.path, adapter.path);
      m_loaded[adapter.path] = stamp;
    }
    out.push_back({adapter.path, adapter.strength});
  }
  return out;
}

} // namespace lathe::worker
