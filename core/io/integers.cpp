// SPDX-License-Identifier: Apache-2.0
#include "core/io/integers.h"

#include <fmt/format.h>

#include <cstring>

namespace lathe::io {
namespace {

template <class T>
std::vector<int64_t> widen(const std::vector<std::byte>& bytes) {
  std::vector<int64_t> out(bytes.size() / sizeof(T));
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<int64_t>(value);
  }
  return out;
}

} // namespace

std::vector<int64_t> readIntegers(const SafetensorsFile& file, const TensorView& tensor) {
  std::vector<std::byte> bytes(tensor.bytes);
  file.read(tensor, bytes);
  switch (tensor.dtype) {
  case DType::I64:
    return widen<int64_t>(bytes);
  case DType::I32:
    return widen<int32_t>(bytes);
  case DType::U32:
    return widen<uint32_t>(bytes);
  case DType::I16:
    return widen<int16_t>(bytes);
  case DType::U8:
    return widen<uint8_t>(bytes);
  default:
    refuse("REJ:TENSOR_TYPE", fmt::format("The tensor \"{}\" holds {}, but whole numbers are needed.", tensor.name, dtypeName(tensor.dtype)));
  }
}

} // namespace lathe::io
