// SPDX-License-Identifier: Apache-2.0
// Internal to core/quant: what exportGguf() writes, apart from how it is packed.
#pragma once

#include "core/quant/gguf_export.h"
#include "core/quant/packed_weight.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe::quant {

/// One tensor on its way into a file.
struct ExportTensor {
  std::string source, name; // Hugging Face's and the file's
  std::vector<int64_t> shape;
  io::GgufType type = io::GgufType::F32;
  int64_t heads = 0;  // > 0: rows of each head's halves side by side
  float add = 0;      // to every value
  std::vector<float> given; // values that stand in no tensor of the folder
  std::vector<ExportTensor> experts; // one matrix for each expert, one after the other: shape [experts, rows, columns]

  int64_t columns() const { return shape.back(); }
  int64_t rowCount() const { return shape.size() < 2 ? 1 : shape.size() == 2 ? shape[0] : shape[0] * shape[1]; }
  void load(const io::ModelFolder& folder);
  void unload();
  /// Rows of the file's tensor as float32.
  void rows(int64_t first, int64_t count, float* out) const;

private:
  io::DType m_dtype = io::DType::F32;
  std::vector<std::byte> m_dense;
  std::shared_ptr<const PackedWeight> m_packed;
};

/// general.architecture; Unsupported, named, where there is none. `notes` gets what llama.cpp will do differently.
std::string exportArchitecture(const io::ModelConfig& config, std::vector<std::string>& notes);
/// 0 where rows stay as they are.
int64_t interleavedHeads(const std::string& arch, const io::ModelConfig& config, const std::string& name);
/// Row of the folder's tensor that is row `row` in the file.
int64_t sourceRow(int64_t row, int64_t rows, int64_t heads);
/// The model's tensors under their own names, nothing turned; packed ones count as one matrix.
std::vector<ExportTensor> plainTensors(const io::ModelFolder& folder);
/// Every tensor of the model, in the order of a file by llama.cpp: output, embedding, then the layers.
std::vector<ExportTensor> exportTensors(const io::ModelFolder& folder, const std::string& arch);
void writeModelKeys(io::GgufWriter& writer, const io::ModelConfig& config, const std::string& arch, const GgufExport& options);
void writeVocabularyKeys(io::GgufWriter& writer, const io::GgufVocabulary& vocabulary, const io::ModelConfig& config);

} // namespace lathe::quant
