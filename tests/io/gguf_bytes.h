// SPDX-License-Identifier: Apache-2.0
// Builds GGUF files byte by byte, broken ones included.
#pragma once

#include "core/io/gguf.h"

#include <cstring>
#include <string>
#include <vector>

namespace iotest {

using lathe::io::GgufType;
using lathe::io::GgufValueType;

class GgufBytes {
public:
  template <class T>
  GgufBytes& put(T value) {
    m_bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  GgufBytes& text(const std::string& value) {
    put<uint64_t>(value.size());
    m_bytes += value;
    return *this;
  }
  GgufBytes& start(uint64_t tensors, uint64_t keys, uint32_t version = 3) {
    m_bytes += "GGUF";
    return put(version).put(tensors).put(keys);
  }
  template <class T>
  GgufBytes& key(const std::string& name, GgufValueType type, T value) {
    return text(name).put(static_cast<uint32_t>(type)).put(value);
  }
  GgufBytes& textKey(const std::string& name, const std::string& value) { return text(name).put(static_cast<uint32_t>(GgufValueType::String)).text(value); }
  GgufBytes& textsKey(const std::string& name, const std::vector<std::string>& values) {
    text(name).put(static_cast<uint32_t>(GgufValueType::Array)).put(static_cast<uint32_t>(GgufValueType::String)).template put<uint64_t>(values.size());
    for (const std::string& value : values)
      text(value);
    return *this;
  }
  /// `dims` in the file's order: columns first.
  GgufBytes& tensor(const std::string& name, const std::vector<uint64_t>& dims, uint32_t type, uint64_t offset) {
    text(name).put(static_cast<uint32_t>(dims.size()));
    for (const uint64_t d : dims)
      put(d);
    return put(type).put(offset);
  }
  GgufBytes& data(size_t bytes, size_t alignment = 32) {
    m_bytes.resize((m_bytes.size() + alignment - 1) / alignment * alignment, '\0');
    m_bytes.resize(m_bytes.size() + bytes, '\1');
    return *this;
  }
  const std::string& bytes() const { return m_bytes; }

private:
  std::string m_bytes;
};

} // namespace iotest
