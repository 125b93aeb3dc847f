// SPDX-License-Identifier: Apache-2.0
// A Hugging Face model folder: config.json, safetensors shards with or without an index, tokenizer and template files. A GGUF file is
// taken for such a folder: its metadata as config.json, its tensors under their Hugging Face names. Opening reads headers and small
// JSON files only.
#pragma once

#include "core/io/gguf.h"
#include "core/io/model_config.h"
#include "core/io/safetensors.h"

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lathe::io {

struct GgufModel;

class ModelFolder {
public:
  /// `folder`: or a GGUF file. Throws REJ:… or Unsupported (an architecture, rope type or quantization that Lathe does not run).
  static std::shared_ptr<ModelFolder> open(const std::string& folder);
  /// The same without the question whether Lathe can run it; for `inspect`. `config().unsupported` says why not.
  static std::shared_ptr<ModelFolder> describe(const std::string& folder);

  const std::string& path() const { return m_path; }
  const ModelConfig& config() const { return m_config; }
  const TensorView* find(std::string_view name) const;
  /// All tensor names, sorted.
  const std::vector<std::string>& names() const { return m_names; }
  const std::vector<std::shared_ptr<SafetensorsFile>>& shards() const { return m_shards; } // none where gguf() is set
  /// The file itself where the model is one; null for a folder.
  std::shared_ptr<const GgufFile> gguf() const;
  /// Bytes of all tensors.
  uint64_t weightBytes() const { return m_weightBytes; }

  /// tokenizer.json, tokenizer.json.gz or tokenizer.model, absolute; empty when the folder has none. The GGUF file itself where it has a vocabulary.
  const std::string& tokenizerFile() const { return m_tokenizerFile; }
  /// From chat_template.jinja, chat_template.json or tokenizer_config.json (string, or the list's "default"); empty when none.
  const std::string& chatTemplate() const { return m_chatTemplate; }
  /// Other named templates of the list form ("tool_use", …).
  const std::map<std::string, std::string>& namedTemplates() const { return m_namedTemplates; }
  const Json& generationConfig() const { return m_generationConfig; } // null when absent
  const Json& tokenizerConfig() const { return m_tokenizerConfig; }   // null when absent
  /// For the person: remote code ignored, eos out of range, files left out, …
  const std::vector<std::string>& warnings() const { return m_warnings; }

  /// The file that holds a tensor found here; Internal error in a GGUF file.
  const SafetensorsFile& shardOf(const TensorView& tensor) const;
  /// Copies a tensor found here; Io error (never SIGBUS) when its file was cut after opening.
  void read(const TensorView& tensor, std::span<std::byte> out) const;

private:
  ModelFolder() = default;
  friend class ModelFolderReader;
  static std::shared_ptr<ModelFolder> fromGguf(const std::string& path, bool mustRun);
  std::string m_path;
  std::shared_ptr<GgufModel> m_gguf;
  ModelConfig m_config;
  std::vector<std::shared_ptr<SafetensorsFile>> m_shards;
  std::deque<TensorView> m_expertViews; // parts of tensors that hold all experts of a layer
  std::unordered_map<std::string_view, const TensorView*> m_byName;
  std::vector<std::string> m_names;
  uint64_t m_weightBytes = 0;
  std::string m_tokenizerFile, m_chatTemplate;
  std::map<std::string, std::string> m_namedTemplates;
  Json m_generationConfig, m_tokenizerConfig;
  std::vector<std::string> m_warnings;
};

/// Copies tokenizer, template, generation and licence files (never weights, code or links out of the folder) when a model is
/// saved or merged; `withConfig` also config.json. Returns the names copied. Existing files in `to` are kept.
std::vector<std::string> copySideFiles(const std::string& from, const std::string& to, bool withConfig = false);

} // namespace lathe::io
