// SPDX-License-Identifier: Apache-2.0
// Pre-tokenized sequences in a safetensors file: input_ids [T], optional labels [T] (−100 = not supervised) and
// cu_seqlens [n+1], all integers.
#pragma once

#include "core/base/json.h"
#include "core/io/safetensors.h"

namespace lathe::data {

class TokenFile {
public:
  /// Refused (REJ:TOKENS_…) when a tensor is missing, has another type or shape, or values that make no sense.
  static std::shared_ptr<TokenFile> open(const std::string& path);
  uint64_t rows() const { return m_bounds.size() - 1; }
  uint64_t fileBytes() const { return m_file->fileBytes(); }
  /// Without labels in the file every token after the first is supervised.
  void row(uint64_t index, std::vector<int32_t>& ids, std::vector<int32_t>& labels) const;
  Json rowJson(uint64_t index) const;

private:
  std::vector<int64_t> integers(const io::TensorView& tensor, uint64_t begin, uint64_t count) const;
  std::shared_ptr<io::SafetensorsFile> m_file;
  const io::TensorView* m_ids = nullptr;
  const io::TensorView* m_labels = nullptr;
  std::vector<uint64_t> m_bounds;
};

} // namespace lathe::data
