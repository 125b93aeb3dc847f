// SPDX-License-Identifier: Apache-2.0
// GGUF files, versions 2 and 3, little-endian: magic, version, counts, key-value metadata, tensor table, padding, tensors
// (format: docs/gguf.md of the ggml project). Big-endian files are refused by name.
#pragma once

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/io/gguf_types.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lathe::io {

/// Numbers of the format.
enum class GgufValueType : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };
const char* ggufValueTypeName(GgufValueType type); // "uint32", "string", …

/// Where a value lies in the file's head.
struct GgufValue {
  std::string key;
  GgufValueType type = GgufValueType::U8; // of each element where `isArray`
  bool isArray = false;
  uint64_t count = 1; // elements
  uint64_t at = 0;    // of the first element, from the start of the file
  uint64_t bytes = 0;
};

struct GgufTensor {
  std::string name;
  GgufType type = GgufType::F32;
  std::vector<int64_t> shape; // row-major, outermost first: [rows, columns]. The file has them the other way round.
  uint64_t at = 0;            // from the start of the file
  uint64_t bytes = 0;
  uint64_t elements() const;
};

/// Everything before the tensors' bytes, validated. Typed look-ups answer nullopt (or an empty list) for an absent key and refuse a value of
/// another type (REJ:GGUF_VALUE, naming key, found and wanted type). Integers are accepted from every integer type that holds the value.
class GgufHeader {
public:
  /// `read(offset, out)` fills `out` from the file; never called beyond `fileBytes`. `what` is the file's name in messages.
  using Read = std::function<void(uint64_t offset, std::span<std::byte> out)>;
  static GgufHeader parse(const Read& read, uint64_t fileBytes, const std::string& what);

  uint32_t version() const { return m_version; }
  uint64_t alignment() const { return m_alignment; }
  uint64_t headBytes() const { return m_head.size(); } // up to the end of the tensor table
  const std::vector<GgufValue>& values() const { return m_values; }    // in the file's order
  const std::vector<GgufTensor>& tensors() const { return m_tensors; } // in the file's order
  const GgufValue* find(std::string_view key) const;
  const GgufTensor* findTensor(std::string_view name) const;

  bool has(std::string_view key) const { return find(key) != nullptr; }
  std::optional<int64_t> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const; // any numeric type
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::string_view> text(std::string_view key) const; // points into this header; not checked for UTF-8
  /// Arrays. Strings point into this header and may be any bytes (token pieces of byte-level vocabularies are not always UTF-8).
  std::vector<std::string_view> texts(std::string_view key) const;
  std::vector<float> numbers(std::string_view key) const;
  std::vector<int64_t> integers(std::string_view key) const;
  /// A scalar as JSON, an array as its first `most` elements (strings with invalid UTF-8 replaced).
  Json json(const GgufValue& value, size_t most = 8) const;

private:
  friend class GgufParser;
  const GgufValue* typed(std::string_view key, bool array) const;
  [[noreturn]] void wrongType(const GgufValue& value, const char* wanted) const;
  double numberAt(const GgufValue& value, uint64_t at) const;
  int64_t integerAt(const GgufValue& value, uint64_t at) const;

  std::string m_what;
  std::string m_head; // bytes of the file from 0 on
  uint32_t m_version = 0;
  uint64_t m_alignment = 32;
  std::vector<GgufValue> m_values;
  std::vector<GgufTensor> m_tensors;
  std::vector<uint32_t> m_valueOrder, m_tensorOrder; // sorted by name
};

/// A validated, open file; tensor bytes are never touched by opening.
class GgufFile {
public:
  /// Throws REJ:GGUF_… (file, field, value, limit in the message), REJ:NOT_A_FILE, NotFound or Io.
  static std::shared_ptr<const GgufFile> open(const std::string& path);

  const std::string& path() const { return m_file->path(); }
  uint64_t fileBytes() const { return m_file->size(); }
  const GgufHeader& header() const { return m_header; }
  /// The tensor's bytes in the memory map, alive as long as map() is held; touching them after another program cut the file raises
  /// SIGBUS, so loaders use read().
  std::span<const std::byte> data(const GgufTensor& tensor) const { return {m_file->data() + tensor.at, tensor.bytes}; }
  std::shared_ptr<const void> map() const { return m_file; }
  /// Copies bytes of a tensor from `offset` on; Io error when the file was cut after opening.
  void read(const GgufTensor& tensor, uint64_t offset, std::span<std::byte> out) const;

private:
  GgufFile() = default;
  std::shared_ptr<MappedFile> m_file;
  GgufHeader m_header;
};

} // namespace lathe::io
