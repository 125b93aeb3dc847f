// SPDX-License-Identifier: Apache-2.0
// Internal to core/quant: the tensors of a model folder that together make one packed matrix.
#pragma once

#include "core/io/model_folder.h"
#include "core/quant/packed_weight.h"

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace lathe::quant {

/// Look-ups with shape checks; every problem is a refusal that names the tensor.
class PackedParts {
public:
  /// `base`: the module, "model.layers.0.mlp.up_proj".
  PackedParts(const io::ModelFolder& folder, std::string base, int64_t rows, int64_t columns) : m_folder(folder), m_base(std::move(base)), m_rows(rows), m_columns(columns) {}

  int64_t rows() const { return m_rows; }
  int64_t columns() const { return m_columns; }
  const std::string& base() const { return m_base; }
  const Json& settings() const; // quantization_config

  const io::TensorView* find(const std::string& suffix) const { return m_folder.find(m_base + suffix); }
  /// Refused when absent, of another type than these, or of another shape (−1: any size).
  const io::TensorView& need(const std::string& suffix, std::initializer_list<io::DType> types, const std::vector<int64_t>& shape) const;
  std::vector<std::byte> bytes(const io::TensorView& view) const;
  /// float32, float16 or bfloat16 numbers, all finite.
  std::vector<float> numbers(const io::TensorView& view) const;
  /// int32 words.
  std::vector<uint32_t> words(const io::TensorView& view) const;
  [[noreturn]] void reject(const char* code, const std::string& problem) const;
  [[noreturn]] void unsupported(const std::string& what) const;

private:
  const io::ModelFolder& m_folder;
  std::string m_base;
  int64_t m_rows, m_columns;
};

std::shared_ptr<const PackedWeight> readBitsAndBytes(const PackedParts& parts);
std::shared_ptr<const PackedWeight> readGptq(const PackedParts& parts);
std::shared_ptr<const PackedWeight> readAwq(const PackedParts& parts);
std::shared_ptr<const PackedWeight> readCompressedTensors(const PackedParts& parts);

/// Eight unsigned 4-bit (or four 8-bit) numbers of a word, lowest bits first.
inline int wordPart(uint32_t word, int64_t index, int bits) { return static_cast<int>((word >> (index * bits)) & ((1u << bits) - 1)); }

} // namespace lathe::quant
