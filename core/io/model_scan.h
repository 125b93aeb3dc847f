// SPDX-License-Identifier: Apache-2.0
// Models that other programs keep on this computer: the Hugging Face cache, LM Studio, Ollama and llama.cpp. Reads names and headers only.
// Sources: huggingface_hub's cache layout (models--ORG--NAME/{refs,blobs,snapshots}), Ollama's manifests (docker image manifest v2 with
// application/vnd.ollama.image.model layers), LM Studio's models/<publisher>/<name>/ and llama.cpp's flat cache of .gguf files.
#pragma once

#include "core/api/model_values.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace lathe::io {

struct ScanPlace {
  std::string place;  // huggingface | lmstudio | ollama | llamacpp
  std::string folder; // absolute
};

/// Where these programs keep models for this user: $HF_HUB_CACHE, $HF_HOME/hub or ~/.cache/huggingface/hub; ~/.lmstudio/models and ~/.cache/lm-studio/models;
/// $OLLAMA_MODELS, ~/.ollama/models, /usr/share/ollama/.ollama/models; $LLAMA_CACHE or ~/.cache/llama.cpp. Folders that are not there are left out.
std::vector<ScanPlace> scanPlaces();

struct ScanLimits {
  int64_t entries = 200'000; // files and folders seen
  size_t found = 2'000;
  int depth = 6;             // folders below a place
};

struct ScanOptions {
  ScanLimits limits = {};
  /// What was found so far; called after each place and each find, from the calling thread.
  std::function<void(const api::ModelScan& soFar, const std::string& folder, double share)> progress = {};
  std::stop_token stop = {};
};

/// Follows no link to a folder, so no loop. Stopped: what was found until then, `complete` false. A folder that cannot be read is a problem, not an end.
api::ModelScan scanModels(const std::vector<ScanPlace>& places, const ScanOptions& options = {});

/// How a person calls the model at this path: "org/name" in a Hugging Face cache, "name:tag" for a blob of Ollama, else the last part of the path.
std::string modelDisplayName(const std::string& path);

} // namespace lathe::io
