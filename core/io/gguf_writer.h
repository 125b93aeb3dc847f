// SPDX-License-Identifier: Apache-2.0
// Writes GGUF files of version 3, one tensor after the other, so that the whole need not be in memory: set the keys, declare all tensors, give the
// bytes of each in the same order, commit().
#pragma once

#include "core/io/gguf.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::io {

/// A vocabulary under the keys tokenizer.ggml.…
struct GgufVocabulary {
  std::string model, pre; // "gpt2" and "llama-bpe", or "llama" and ""
  std::vector<std::string> tokens, merges;
  std::vector<float> scores;  // SentencePiece
  std::vector<int32_t> types; // 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
  std::optional<int32_t> bos, eos, pad, unk;
  std::optional<bool> addBos, addEos, addSpacePrefix;
};

class GgufWriter {
public:
  explicit GgufWriter(std::string path);
  ~GgufWriter();
  GgufWriter(const GgufWriter&) = delete;
  GgufWriter& operator=(const GgufWriter&) = delete;

  void setInteger(const std::string& key, uint32_t value);
  void setNumber(const std::string& key, float value);
  void setBoolean(const std::string& key, bool value);
  void setText(const std::string& key, std::string_view value);
  void setTexts(const std::string& key, const std::vector<std::string>& values);
  void setNumbers(const std::string& key, const std::vector<float>& values);
  void setIntegers(const std::string& key, const std::vector<int32_t>& values);

  /// `shape` row-major. Refuses hostile names and more dimensions than the format has (REJ:GGUF_NAME, REJ:GGUF_DIMENSIONS).
  void declare(const std::string& name, GgufType type, const std::vector<int64_t>& shape);
  const std::vector<GgufTensor>& tensors() const { return m_tensors; }
  /// Appends bytes of the tensor whose turn it is; the first call writes the head. Pieces must not cross the end of a tensor.
  void write(std::span<const std::byte> bytes);
  /// Flushes, reads everything again and compares it with what was given, then opens it as a GGUF file; only then the file has its name.
  void commit();

private:
  void key(const std::string& name, GgufValueType type);
  void start();
  void pad();
  void put(std::span<const std::byte> bytes);

  std::string m_path, m_keys;
  uint64_t m_keyCount = 0;
  std::vector<GgufTensor> m_tensors;
  size_t m_current = 0;
  uint64_t m_inCurrent = 0;
  struct State;
  std::unique_ptr<State> m_state;
};

} // namespace lathe::io
