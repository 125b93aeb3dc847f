// SPDX-License-Identifier: Apache-2.0
// Element conversions and scans on raw bytes, for readers that need no torch.
#pragma once

#include "core/io/tensor_view.h"

#include <cstdint>
#include <span>
#include <vector>

namespace lathe::io {

float halfToFloat(uint16_t bits);     // IEEE binary16; NaN payloads kept
float bfloat16ToFloat(uint16_t bits);
uint16_t floatToHalf(float value);    // round to nearest even, overflow to infinity
uint16_t floatToBfloat16(float value); // round to nearest even, NaN stays NaN

/// F16, BF16, F32 or F64 bytes → float (F64 rounds to nearest). `from.size()` must be out.size() × element size.
/// Other types: Unsupported, named.
void convertToFloat(DType dtype, std::span<const std::byte> from, std::span<float> out);
std::vector<float> toFloat(DType dtype, std::span<const std::byte> from);

/// Index of the first NaN or infinity in F16, BF16, F32 or F64 bytes; −1 when all are finite or the type is no float.
int64_t firstNonFinite(DType dtype, std::span<const std::byte> bytes);
/// Number of them.
uint64_t countNonFinite(DType dtype, std::span<const std::byte> bytes);

} // namespace lathe::io
