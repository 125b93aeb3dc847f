// SPDX-License-Identifier: Apache-2.0
// Keys and values of running sequences in pages, so that sequences of different lengths share one pool (PagedAttention, Kwon et al. 2023).
#pragma once

#include "core/io/model_config.h"

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace lathe::nn {

enum class Compute { Float32, BFloat16 };

/// Name of a sequence inside one PagedCache.
enum class SequenceId : uint64_t {};

class PagedCache;

/// What one cached forward call reads and appends to. kvLengths are the lengths *before* the call.
struct CacheView {
  PagedCache* cache = nullptr;
  std::vector<SequenceId> sequences;
  at::Tensor kvLengths;  // int32 [n], CPU
  at::Tensor blockTable; // int32 [n, most pages], CPU; page numbers in order of position
  int64_t pageSize = 0;
};

/// Per layer one pool for keys and one for values, [pages, pageSize, kvHeads, headDim]; a page number means the same page in every layer.
class PagedCache {
public:
  /// Allocates everything at once. OutOfMemory when that fails.
  PagedCache(const io::ModelConfig& config, Compute dtype, at::Device device, int64_t pages, int64_t pageSize);

  SequenceId open();
  void close(SequenceId sequence);
  /// Keeps the first `length` tokens and gives back the pages after them.
  void truncate(SequenceId sequence, int64_t length);
  /// Makes room for `newTokens` more; false (and nothing taken) when the free pages do not suffice.
  bool reserve(SequenceId sequence, int64_t newTokens);
  /// View over sequences whose room was reserved.
  CacheView view(std::span<const SequenceId> sequences) const;
  /// Called by Model::forwardCached once the new tokens are stored.
  void advance(SequenceId sequence, int64_t newTokens);

  int64_t length(SequenceId sequence) const;
  int64_t freePages() const { return static_cast<int64_t>(m_free.size()); }
  int64_t pages() const { return m_pages; }
  int64_t pageSize() const { return m_pageSize; }
  uint64_t bytes() const;
  at::Tensor& keys(int64_t layer) { return m_keys[static_cast<size_t>(layer)]; }
  at::Tensor& values(int64_t layer) { return m_values[static_cast<size_t>(layer)]; }

private:
  struct Sequence {
    int64_t length = 0;
    std::vector<int32_t> pages;
  };
  Sequence& at(SequenceId sequence);
  const Sequence& at(SequenceId sequence) const;

  int64_t m_pages = 0, m_pageSize = 0;
  std::vector<at::Tensor> m_keys, m_values;
  std::vector<int32_t> m_free;
  std::map<SequenceId, Sequence> m_sequences;
  uint64_t m_next = 1;
};

} // namespace lathe::nn
