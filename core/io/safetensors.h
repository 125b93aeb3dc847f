// SPDX-License-Identifier: Apache-2.0
// Safetensors files: 8 bytes little-endian header length, a JSON header, then the tensors' bytes without holes
// (format: the README of the safetensors project, 0.4 and later).
#pragma once

#include "core/base/files.h"
#include "core/io/tensor_view.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe::io {

/// A validated, open file. The header is checked completely before anything else; tensor bytes are never touched.
class SafetensorsFile {
public:
  /// Throws REJ:SAFETENSORS_… (file, field, value, limit in the message), REJ:NOT_A_FILE, NotFound or Io.
  static std::shared_ptr<SafetensorsFile> open(const std::string& path);

  const std::string& path() const { return m_file->path(); }
  /// In the order of their bytes in the file. `data` points into the memory map, which this object and each view keep alive;
  /// touching it after another program cut the file raises SIGBUS, so loaders use read().
  const std::vector<TensorView>& tensors() const { return m_tensors; }
  const TensorView* find(std::string_view name) const;
  const std::map<std::string, std::string>& metadata() const { return m_metadata; }
  uint64_t fileBytes() const { return m_file->size(); }

  /// Copies a tensor of this file; `out.size()` must be `tensor.bytes`. Io error when the file was cut after opening.
  void read(const TensorView& tensor, std::span<std::byte> out) const;
  /// The same for a part of the tensor, from `offset` bytes into it.
  void readPart(const TensorView& tensor, uint64_t offset, std::span<std::byte> out) const;

private:
  SafetensorsFile() = default;
  std::shared_ptr<MappedFile> m_file;
  std::vector<TensorView> m_tensors;
  std::vector<std::pair<uint64_t, uint32_t>> m_byName; // (hash of the name, index into m_tensors), sorted
  std::map<std::string, std::string> m_metadata;
};

/// Names of the tensors that hold NaN or infinity; reads every byte of the floating-point ones, in blocks.
std::vector<std::string> nonFiniteTensors(const SafetensorsFile& file);

/// Writes all tensors (each with `data`) into one file that appears only when complete: sorted by decreasing element size, then
/// name, as the reference writer does; header padded to 8 bytes. The file is read again and compared with a hash of the
/// input before it gets its name. Refuses duplicate or hostile names and `__metadata__` (REJ:SAFETENSORS_NAME).
void writeSafetensors(const std::string& path, const std::vector<TensorView>& tensors,
                      const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

/// Writes one tensor after the other, so that the whole need not be in memory: declare all, then give the bytes of each in
/// the order of layout(), then commit().
class SafetensorsWriter {
public:
  /// `declared`: name, dtype and shape count; `data` may be null.
  SafetensorsWriter(const std::string& path, const std::vector<TensorView>& declared, const std::map<std::string, std::string>& metadata = {{"format", "pt"}});
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;
  /// Tensors in the order in which write() expects them.
  const std::vector<TensorView>& layout() const { return m_layout; }
  /// Appends bytes of the tensor whose turn it is; pieces may be smaller than a tensor but must not cross its end.
  void write(std::span<const std::byte> bytes);
  /// Flushes, re-reads, compares, renames. Throws when bytes are missing. The file does not exist before.
  void commit();
  uint64_t fileBytes() const { return m_headerBytes + m_dataBytes; }

private:
  std::string m_path;
  std::vector<TensorView> m_layout;
  uint64_t m_headerBytes = 0, m_dataBytes = 0, m_written = 0;
  size_t m_current = 0;
  uint64_t m_inCurrent = 0;
  struct State;
  std::unique_ptr<State> m_state;
};

} // namespace lathe::io
