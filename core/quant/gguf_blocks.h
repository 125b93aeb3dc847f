// SPDX-License-Identifier: Apache-2.0
// The block types of GGUF: packed bytes to numbers and back, in the reference's own order of float operations (source: ggml-quants.c of the
// ggml project, 0.25). Compiled without contraction, so every byte and every bit is the reference's.
#pragma once

#include "core/io/gguf_types.h"

#include <cstddef>
#include <span>
#include <vector>

namespace lathe::quant {

/// Whole blocks: from.size() = out.size() / blockValues · blockBytes. Unsupported, named, for types that Lathe does not read.
void dequantizeBlocks(io::GgufType type, std::span<const std::byte> from, std::span<float> out);

/// Types that quantizeBlocks() writes: F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K.
bool canQuantize(io::GgufType type);
/// Whole blocks, quantized without importance weights by the reference's search. Unsupported for other types.
void quantizeBlocks(io::GgufType type, std::span<const float> from, std::span<std::byte> out);

/// Bytes of `values` numbers in this type; values must fill whole blocks.
uint64_t blockBytes(io::GgufType type, uint64_t values);
/// Index of the first block whose scale (or, for F32, F16, BF16, whose value) is NaN or infinite; −1 when there is none.
int64_t firstNonFiniteBlock(io::GgufType type, std::span<const std::byte> bytes);

} // namespace lathe::quant
