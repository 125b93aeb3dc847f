// SPDX-License-Identifier: Apache-2.0
// A model in another number type as a plain folder of safetensors: conversions between float32, float16 and bfloat16, and packed or GGUF weights
// as numbers again.
#pragma once

#include "core/io/model_folder.h"

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace lathe::quant {

struct FolderExport {
  io::DType dtype = io::DType::BF16; // F32, F16 or BF16
  std::function<void(uint64_t done, uint64_t total)> progress = {};
  std::stop_token stop = {};
  /// Writes the tokenizer of a GGUF file into the new folder and returns what a person should know, or an empty text. Not set: a note says where it is.
  std::function<std::string(const io::GgufHeader&, const std::string& folder)> writeTokenizer = {};
};

/// Makes `out` (Conflict when it exists) with config.json, weights (shards of at most 5 GB and an index) and the side files of a folder. It gets
/// its name only when complete and re-read. Numbers beyond the new type are refused (REJ:CONVERT_RANGE). Returns what a person should know.
std::vector<std::string> exportFolder(const io::ModelFolder& folder, const std::string& out, const FolderExport& options);

} // namespace lathe::quant
