// SPDX-License-Identifier: Apache-2.0
// Models and LoRA adapters as GGUF files with the names, rows and keys that llama.cpp's converter writes (source: convert_hf_to_gguf.py,
// convert_lora_to_gguf.py and the choice of types in llama-quant.cpp of llama.cpp).
#pragma once

#include "core/io/adapter_files.h"
#include "core/io/gguf_writer.h"
#include "core/io/model_folder.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::quant {

/// F32 … Q4_0: every matrix alike. Q4_K_M and Q5_K_M: half of the value and down projections, and the output, in Q6_K. Q5_K, Q6_K: all alike.
enum class GgufMix { F32, F16, BF16, Q8_0, Q4_0, Q4_K_M, Q5_K_M, Q5_K, Q6_K };

std::optional<GgufMix> ggufMixFromName(std::string_view name); // "q4_k_m", any case
const char* ggufMixName(GgufMix mix);
/// Names of all, as for a message: "f32, f16, …".
std::string ggufMixNames();

struct GgufExport {
  GgufMix mix = GgufMix::F16;
  std::optional<io::GgufVocabulary> vocabulary;
  std::string name; // general.name
  std::function<void(uint64_t done, uint64_t total)> progress = {}; // bytes of the result
  std::stop_token stop = {};
};

/// The type of one matrix (Hugging Face name). Rows that do not fill its blocks get Q8_0, else F16; vectors are F32.
io::GgufType mixedType(GgufMix mix, const io::ModelConfig& config, const std::string& name, const std::vector<int64_t>& shape);

/// Writes, reads again, compares. Unsupported, named, for architectures or rope types that GGUF files of llama.cpp do not hold;
/// REJ:GGUF_NONFINITE for NaN or infinity in the weights. Returns what a person should know (a window that llama.cpp ignores, …).
std::vector<std::string> exportGguf(const io::ModelFolder& folder, const std::string& path, const GgufExport& options);
/// A LoRA adapter for its base; F32. Unsupported for DoRA and modules that llama.cpp does not adapt.
void exportLoraGguf(const io::AdapterFiles& adapter, const io::ModelConfig& base, const std::string& path);

} // namespace lathe::quant
