// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: a GGUF file as a model folder: configuration from the metadata, tensors under their Hugging Face names
// (source: the tensor and key names of llama.cpp's converter, convert_hf_to_gguf.py).
#pragma once

#include "core/io/gguf.h"
#include "core/io/model_config.h"
#include "core/io/tensor_view.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace lathe::io {

/// How one tensor of the file becomes the tensor of that name in a model folder.
struct GgufSource {
  const GgufTensor* tensor = nullptr;
  uint64_t offset = 0;            // bytes into it, where it holds the matrices of several experts
  int64_t interleavedHeads = 0; // > 0: the converter put both halves of each head's rows side by side; they go back
  float add = 0;                // to every value (norms that the converter stored with 1 added: −1)
};

struct GgufModel {
  std::shared_ptr<const GgufFile> file;
  ModelConfig config;
  std::vector<TensorView> views;   // Hugging Face names; `data` null
  std::vector<GgufSource> sources; // beside views
  std::string chatTemplate;
  std::map<std::string, std::string> namedTemplates;
  Json tokenizerConfig = Json::object(); // bos_token, eos_token, … as templates want them
  std::vector<std::string> warnings;

  /// Throws REJ:GGUF_… or, with `mustRun`, Unsupported.
  static GgufModel open(const std::string& path, bool mustRun);
  /// All bytes of views[index], rows in their place and values corrected.
  void read(size_t index, std::span<std::byte> out) const;
};

/// Whether llama.cpp's converter interleaves the rows of q and k of this architecture for the rotation that llama.cpp uses for it.
bool ggufInterleaves(const std::string& arch);

/// Whether a path is a regular file that begins with GGUF.
bool isGgufFile(const std::string& path);

/// config.json as it would stand beside this file; `unsupported` in the result says why Lathe does not run it.
ModelConfig ggufConfig(const GgufFile& file);

/// Between the names of a model folder and of the file; empty when there is no such tensor. `arch`: general.architecture.
std::string ggufTensorName(const std::string& arch, const std::string& huggingFace);
std::string huggingFaceTensorName(const std::string& arch, const std::string& gguf);

} // namespace lathe::io
