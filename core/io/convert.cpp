// SPDX-License-Identifier: Apache-2.0
#include "core/io/convert.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace lathe::io {
namespace {

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T, class Convert>
void convertEach(std::span<const std::byte> from, std::span<float> out, Convert convert) {
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = convert(load<T>(from.data() + i * sizeof(T)));
}

/// Calls visit(index) for elements whose exponent bits are all ones, until it answers false.
template <class T, class Visit>
void visitNonFinite(std::span<const std::byte> bytes, T exponentMask, Visit visit) {
  for (size_t i = 0; i < bytes.size() / sizeof(T); ++i)
    if ((load<T>(bytes.data() + i * sizeof(T)) & exponentMask) == exponentMask && !visit(static_cast<int64_t>(i)))
      return;
}

template <class Visit>
void visitNonFinite(DType dtype, std::span<const std::byte> bytes, Visit visit) {
  if (dtype == DType::F32)
    visitNonFinite<uint32_t>(bytes, 0x7f800000u, visit);
  else if (dtype == DType::BF16)
    visitNonFinite<uint16_t>(bytes, uint16_t{0x7f80}, visit);
  else if (dtype == DType::F16)
    visitNonFinite<uint16_t>(bytes, uint16_t{0x7c00}, visit);
  else if (dtype == DType::F64)
    visitNonFinite<uint64_t>(bytes, 0x7ff0000000000000ull, visit);
}

} // namespace

float halfToFloat(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu, mantissa = bits & 0x3ffu;
  if (exponent == 0x1f)
    return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) // zero or subnormal: mantissa · 2^−24
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(static_cast<float>(mantissa) * 0x1p-24f));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

float bfloat16ToFloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

uint16_t floatToHalf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) // NaN: keep it quiet, keep the top payload bits
    return static_cast<uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
  if (magnitude >= 0x477ff000u) // rounds beyond 65504
    return static_cast<uint16_t>(sign | 0x7c00u);
  if (magnitude < 0x38800000u) { // subnormal: the addition rounds to multiples of 2^−24, ties to even
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(0.5f)));
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

uint16_t floatToBfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<uint16_t>((bits >> 16) | 0x0040u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

void convertToFloat(DType dtype, std::span<const std::byte> from, std::span<float> out) {
  if (from.size() != out.size() * static_cast<size_t>(dtypeBytes(dtype)))
    throw Exception(ErrorKind::Internal, fmt::format("{} bytes of {} are not {} elements.", from.size(), dtypeName(dtype), out.size()));
  if (dtype == DType::F32)
    convertEach<float>(from, out, [](float v) { return v; });
  else if (dtype == DType::F16)
    convertEach<uint16_t>(from, out, halfToFloat);
  else if (dtype == DType::BF16)
    convertEach<uint16_t>(from, out, bfloat16ToFloat);
  else if (dtype == DType::F64)
    convertEach<double>(from, out, [](double v) { return static_cast<float>(v); });
  else
    throw Exception(ErrorKind::Unsupported, fmt::format("Numbers of type {} cannot be turned into float32.", dtypeName(dtype)));
}

std::vector<float> toFloat(DType dtype, std::span<const std::byte> from) {
  std::vector<float> out(from.size() / static_cast<size_t>(dtypeBytes(dtype)));
  convertToFloat(dtype, from, out);
  return out;
}

int64_t firstNonFinite(DType dtype, std::span<const std::byte> bytes) {
  int64_t first = -1;
  visitNonFinite(dtype, bytes, [&](int64_t i) {
    first = i;
    return false;
  });
  return first;
}

uint64_t countNonFinite(DType dtype, std::span<const std::byte> bytes) {
  uint64_t n = 0;
  visitNonFinite(dtype, bytes, [&](int64_t) {
    ++n;
    return true;
  });
  return n;
}

} // namespace lathe::io
