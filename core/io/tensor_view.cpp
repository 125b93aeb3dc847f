// SPDX-License-Identifier: Apache-2.0
#include "core/io/tensor_view.h"

#include <array>

namespace lathe::io {
namespace {

struct DTypeInfo {
  const char* name;
  int64_t bytes;
};

constexpr std::array<DTypeInfo, 16> kTypes = {{{"BOOL", 1}, {"U8", 1}, {"I8", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2}, {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4}, {"F64", 8}, {"I64", 8}, {"U64", 8}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"BLOCKS", 0}}};

} // namespace

int64_t dtypeBytes(DType dtype) { return kTypes[static_cast<size_t>(dtype)].bytes; }
const char* dtypeName(DType dtype) { return kTypes[static_cast<size_t>(dtype)].name; }

std::optional<DType> dtypeFromName(std::string_view name) {
  for (size_t i = 0; i < kTypes.size(); ++i)
    if (name == kTypes[i].name && kTypes[i].bytes > 0)
      return static_cast<DType>(i);
  return std::nullopt;
}

int64_t TensorView::elements() const {
  int64_t n = 1;
  for (const int64_t d : shape)
    n *= d;
  return n;
}

const char* TensorView::typeName() const { return dtype == DType::Blocks ? ggufTypeInfo(blocks).name : dtypeName(dtype); }

} // namespace lathe::io
