// SPDX-License-Identifier: Apache-2.0
// A model with everything it needs to answer: tokenizer, chat template, generator, and adapters that are loaded once and switched per
// request. Belongs to one thread.
#pragma once

#include "core/generate/generator.h"
#include "core/io/model_folder.h"
#include "core/text/chat_template.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lathe::worker {

struct AdapterUse {
  std::string path; // PEFT folder
  double strength = 1.0;
};

class ModelHost {
public:
  /// Opens a model folder; `progress` gets the share 0…1.
  ModelHost(const std::string& folder, nn::Compute dtype, at::Device device, const std::function<void(double)>& progress = {});

  /// Prompt tokens of a conversation [{"role", "content"}…], the assistant's turn opened.
  std::vector<int32_t> promptOf(const Json& messages) const;
  /// Prompt tokens of plain text, with what the tokenizer adds in front.
  std::vector<int32_t> promptOf(const std::string& text) const;
  /// Loads what is not loaded yet (again when the file changed) and names it for a request.
  std::vector<nn::ActiveAdapter> use(const std::vector<AdapterUse>& adapters);

  /// Bytes by category, the cache of running conversations included.
  std::map<std::string, uint64_t> memory() const;

  generate::Generator& generator() { return *m_generator; }
  nn::Model& model() { return *m_model; }
  const text::Tokenizer* tokenizer() const { return m_tokenizer.get(); }
  const std::string& folder() const { return m_folder; }

private:
  std::string m_folder;
  std::shared_ptr<nn::Model> m_model;
  std::shared_ptr<const text::Tokenizer> m_tokenizer;
  std::shared_ptr<const text::ChatTemplate> m_template;
  Json m_variables;
  std::unique_ptr<generate::Generator> m_generator;
  std::map<std::string, std::string> m_loaded; // path → size and time of its weights
};

/// Tokens that end an answer, of config.json, generation_config.json and the tokenizer (may be null).
std::vector<int64_t> endIds(const io::ModelFolder& folder, const text::Tokenizer* tokenizer);
/// "auto" picks what the folder's configuration says on a GPU and float32 on a CPU.
nn::Compute computeFor(const std::string& dtype, const std::string& modelDtype, at::Device device);

} // namespace lathe::worker
