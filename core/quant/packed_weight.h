// SPDX-License-Identifier: Apache-2.0
// Matrices that stay packed in memory: the block types of GGUF, bitsandbytes 4-bit (NF4, FP4, nested statistics) and LLM.int8, GPTQ (both
// zero-point conventions, act-order), AWQ (GEMM layout), compressed-tensors (INT4, INT8, FP8).
#pragma once

#include "core/io/model_folder.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace lathe::quant {

class PackedWeight {
public:
  virtual ~PackedWeight() = default;
  virtual int64_t rows() const = 0;    // outputs
  virtual int64_t columns() const = 0; // inputs
  virtual uint64_t bytes() const = 0;  // of everything it holds
  virtual std::string typeName() const = 0; // "Q4_K", "NF4", "GPTQ 4-bit", …
  /// Rows first … first + count − 1 as out [count, columns], the values of the reference implementation in float32.
  virtual void dequantizeRows(int64_t first, int64_t count, float* out) const = 0;
};

/// Rows of GGUF blocks; columns fill whole blocks. Non-finite scales are refused (REJ:GGUF_NONFINITE, with `name`).
std::shared_ptr<const PackedWeight> packedBlocks(io::GgufType type, int64_t rows, int64_t columns, std::vector<std::byte> bytes, const std::string& name);

/// Whether the model keeps this matrix ("model.layers.0.mlp.up_proj.weight") packed in one of the forms above.
bool isPacked(const io::ModelFolder& folder, const std::string& name);
/// Reads it. REJ:QUANT_… when parts are missing, of another shape than [rows, columns] needs, or of unknown form; Unsupported, named, for
/// variants that Lathe does not read.
std::shared_ptr<const PackedWeight> readPacked(const io::ModelFolder& folder, const std::string& name, int64_t rows, int64_t columns);
/// Bytes that readPacked() reads; 0 when it is not packed.
uint64_t packedBytes(const io::ModelFolder& folder, const std::string& name);

} // namespace lathe::quant
