// SPDX-License-Identifier: Apache-2.0
// Element types of GGUF tensors: numbers of the format, names, block sizes (source: ggml's type table, 0.25; docs/gguf.md of the ggml project).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lathe::io {

enum class GgufType : uint32_t {
  F32 = 0, F16 = 1, Q4_0 = 2, Q4_1 = 3, Q5_0 = 6, Q5_1 = 7, Q8_0 = 8, Q8_1 = 9, Q2_K = 10, Q3_K = 11, Q4_K = 12, Q5_K = 13, Q6_K = 14, Q8_K = 15,
  IQ2_XXS = 16, IQ2_XS = 17, IQ3_XXS = 18, IQ1_S = 19, IQ4_NL = 20, IQ3_S = 21, IQ2_S = 22, IQ4_XS = 23, I8 = 24, I16 = 25, I32 = 26, I64 = 27, F64 = 28,
  IQ1_M = 29, BF16 = 30, TQ1_0 = 34, TQ2_0 = 35, MXFP4 = 39, NVFP4 = 40,
};

struct GgufTypeInfo {
  GgufType type;
  const char* name;      // "Q4_K"
  uint32_t blockValues;  // values per block; 1 where every value stands alone
  uint32_t blockBytes;
  bool readable;         // Lathe turns it into numbers
};

/// nullopt for numbers that the format never had; removed types are in removedGgufType().
std::optional<GgufTypeInfo> ggufTypeInfo(uint32_t number);
const GgufTypeInfo& ggufTypeInfo(GgufType type);
std::optional<GgufType> ggufTypeFromName(std::string_view name); // "Q4_K", also lower case
/// Name of a type that llama.cpp has removed ("Q4_0_4_4"); empty otherwise.
std::string_view removedGgufType(uint32_t number);

} // namespace lathe::io
