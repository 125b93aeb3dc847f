// SPDX-License-Identifier: Apache-2.0
// A tensor in a file, as plain data: parsing needs no torch.
#pragma once

#include "core/io/gguf_types.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::io {

/// Element types of safetensors files; names are the format's own ("F32", "BF16", …). Blocks: packed blocks of a GGUF file, see TensorView::blocks.
enum class DType { Bool, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64, F8E4M3, F8E5M2, Blocks };

int64_t dtypeBytes(DType dtype); // 0 for Blocks
const char* dtypeName(DType dtype); // "BF16"
std::optional<DType> dtypeFromName(std::string_view name);

/// Row-major, contiguous. `data` stays valid as long as `owner` lives; null where the values must go through ModelFolder::read().
struct TensorView {
  std::string name;
  DType dtype = DType::F32;
  std::vector<int64_t> shape; // empty for a scalar
  const std::byte* data = nullptr;
  uint64_t bytes = 0;
  std::shared_ptr<const void> owner;
  GgufType blocks = GgufType::F32; // where dtype is Blocks
  int64_t elements() const;
  const char* typeName() const; // "BF16", "Q4_K"
};

} // namespace lathe::io
