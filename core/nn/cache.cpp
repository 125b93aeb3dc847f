// SPDX-License-Identifier: Apache-2.0
#include "core/nn/cache.h"

#include "core/base/error.h"
#include "core/base/text_format.h"
#include "core/ops/device_memory.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

namespace lathe::nn {

PagedCache::PagedCache(const io::ModelConfig& config, Compute dtype, at::Device device, int64_t pages, int64_t pageSize) : m_pages(pages), m_pageSize(pageSize) {
  if (pages < 1 || pageSize < 1)
    throw Exception(ErrorKind::Usage, fmt::format("A cache of {} pages of {} tokens cannot be made.", pages, pageSize));
  const auto options = at::TensorOptions().dtype(dtype == Compute::Float32 ? at::kFloat : at::kBFloat16).device(device);
  const ops::MemoryScope scope(ops::MemoryCategory::Cache);
  try {
    for (int64_t layer = 0; layer < config.layers; ++layer) {
      m_keys.push_back(at::empty({pages, pageSize, config.kvHeads, config.headDim}, options));
      m_values.push_back(at::empty({pages, pageSize, config.kvHeads, config.headDim}, options));
    }
  } catch (const std::exception& error) {
    const uint64_t wanted = static_cast<uint64_t>(2 * config.layers * pages * pageSize * config.kvHeads * config.headDim) * (dtype == Compute::Float32 ? 4 : 2);
    const std::string numbers = ops::refusedMemoryText(device);
    throw Exception(ErrorKind::OutOfMemory, fmt::format("Not enough memory for a cache of {}{}{} Choose fewer or shorter conversations.", formatBytes(wanted), numbers.empty() ? "." : ": ", numbers),
                    error.what());
  }
  for (int64_t page = pages - 1; page >= 0; --page)
    m_free.push_back(static_cast<int32_t>(page));
}

PagedCache::Sequence& PagedCache::at(SequenceId sequence) {
  const auto found = m_sequences.find(sequence);
  if (found == m_sequences.end())
    throw Exception(ErrorKind::Internal, "A sequence was used after it was closed.");
  return found->second;
}
const PagedCache::Sequence& PagedCache::at(SequenceId sequence) const { return const_cast<PagedCache*>(this)->at(sequence); }

SequenceId PagedCache::open() {
  const SequenceId id{m_next++};
  m_sequences.emplace(id, Sequence{});
  return id;
}

void PagedCache::close(SequenceId sequence) {
  truncate(sequence, 0);
  m_sequences.erase(sequence);
}

void PagedCache::truncate(SequenceId sequence, int64_t length) {
  Sequence& s = at(sequence);
  s.length = std::min(s.length, std::max<int64_t>(length, 0));
  const size_t keep = static_cast<size_t>((s.length + m_pageSize - 1) / m_pageSize);
  while (s.pages.size() > keep) {
    m_free.push_back(s.pages.back());
    s.pages.pop_back();
  }
}

bool PagedCache::reserve(SequenceId sequence, int64_t newTokens) {
  Sequence& s = at(sequence);
  const size_t wanted = static_cast<size_t>((s.length + newTokens + m_pageSize - 1) / m_pageSize);
  if (wanted > s.pages.size() + m_free.size())
    return false;
  while (s.pages.size() < wanted) {
    s.pages.push_back(m_free.back());
    m_free.pop_back();
  }
  return true;
}

CacheView PagedCache::view(std::span<const SequenceId> sequences) const {
  CacheView view{const_cast<PagedCache*>(this), {sequences.begin(), sequences.end()}, {}, {}, m_pageSize};
  size_t most = 1;
  for (SequenceId id : sequences)
    most = std::max(most, at(id).pages.size());
  const int64_t n = static_cast<int64_t>(sequences.size());
  view.kvLengths = at::empty({n}, at::kInt);
  view.blockTable = at::zeros({n, static_cast<int64_t>(most)}, at::kInt);
  for (int64_t i = 0; i < n; ++i) {
    const Sequence& s = at(sequences[static_cast<size_t>(i)]);
    view.kvLengths.data_ptr<int32_t>()[i] = static_cast<int32_t>(s.length);
    std::copy(s.pages.begin(), s.pages.end(), view.blockTable.data_ptr<int32_t>() + i * static_cast<int64_t>(most));
  }
  return view;
}

void PagedCache::advance(SequenceId sequence, int64_t newTokens) {
  Sequence& s = at(sequence);
  s.length += newTokens;
  if (s.length > static_cast<int64_t>(s.pages.size()) * m_pageSize)
    throw Exception(ErrorKind::Internal, "More tokens were stored in the cache than were reserved.");
}

int64_t PagedCache::length(SequenceId sequence) const { return at(sequence).length; }

uint64_t PagedCache::bytes() const {
  uint64_t sum = 0;
  for (size_t i = 0; i < m_keys.size(); ++i)
    sum += static_cast<uint64_t>(m_keys[i].nbytes() + m_values[i].nbytes());
  return sum;
}

} // namespace lathe::nn
