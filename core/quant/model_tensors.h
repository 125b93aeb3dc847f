// SPDX-License-Identifier: Apache-2.0
// The tensors of anything that holds some (model folder, GGUF file, adapter folder, safetensors file), under the names of the file, and their values:
// GGUF blocks and packed matrices unpacked as the reference does it.
#pragma once

#include "core/io/tensor_statistics.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe::io {
class GgufFile;
class ModelFolder;
class SafetensorsFile;
} // namespace lathe::io

namespace lathe::quant {

class ModelTensors {
public:
  /// Reads headers only. Throws NotFound, what opening refuses, or Refused (REJ:NO_TENSORS) where the path holds no tensors.
  static std::shared_ptr<const ModelTensors> open(const std::string& path);

  /// In the order of the layers where names have numbers ("layers.2" before "layers.10").
  const std::vector<api::TensorRow>& rows() const { return m_rows; }
  /// Values of one tensor. `of` gets what they are where it is not the tensor itself. A part of a packed matrix (codes, scales) gives the matrix, which is
  /// held packed in memory meanwhile; everything else is read in pieces. NotFound for an unknown name, Unsupported for types that Lathe does not read.
  io::NumberSource numbers(const std::string& name, std::string& of) const;

private:
  ModelTensors() = default;
  void addFiles(const std::vector<std::shared_ptr<io::SafetensorsFile>>& files);
  void addGguf();
  io::NumberSource ggufNumbers(const std::string& name) const;
  bool packedNumbers(const std::string& name, std::string& of, io::NumberSource& out) const;
  std::vector<api::TensorRow> m_rows;
  std::shared_ptr<io::ModelFolder> m_folder; // null for adapters and single files
  std::shared_ptr<const io::GgufFile> m_gguf;
  std::vector<std::shared_ptr<io::SafetensorsFile>> m_files;
};

/// Whether `a` stands before `b` where runs of digits count as numbers.
bool naturallyBefore(std::string_view a, std::string_view b);

} // namespace lathe::quant
