// SPDX-License-Identifier: Apache-2.0
// Book of an allocator's blocks by category. It is told of blocks when they are handed out and taken back, in order, and of the total that the allocator has
// ever handed out; a block's size, which the allocator rounds and does not tell, is the growth of that total. Needs no GPU; the caller locks.
#pragma once

#include "core/ops/memory_scope.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

namespace lathe::ops {

class MemoryLedger {
public:
  using PoolId = std::pair<uint64_t, uint64_t>; // {0, 0}: everything but recorded graphs
  using Address = uintptr_t;

  /// What the allocator had handed out before the book was opened.
  void open(uint64_t ever) { m_ever = ever; }
  /// True where the last block's size is not known yet: settle(), or a call that takes `ever`, has to come before the figures are right.
  bool isPending() const { return m_pending != nullptr; }
  /// `ever`: bytes handed out so far, the last block included.
  void settle(uint64_t ever) {
    if (!m_pending)
      return;
    Block& block = *std::exchange(m_pending, nullptr);
    block.bytes = ever - std::min(ever, m_ever);
    m_ever = ever;
    block.pool->now.add(block.category, block.bytes, block.requested);
    block.pool->now.raise(block.pool->peak);
    if (block.pool->graphs == 0) {
      m_free.add(block.category, block.bytes, block.requested);
      m_free.raise(m_freePeak);
    }
  }
  /// A new block; `ever` without it.
  void allocated(Address address, PoolId pool, MemoryCategory category, uint64_t requested, uint64_t ever) {
    settle(ever);
    m_ever = ever;
    Block& block = m_blocks[address];
    block = {&m_pools[pool], category, category, 0, 0, requested};
    m_pending = &block;
  }
  /// A block that came before the book was opened is none of its business.
  void freed(Address address, uint64_t ever) {
    settle(ever);
    const auto found = m_blocks.find(address);
    if (found == m_blocks.end())
      return;
    const Block& block = found->second;
    const auto removeFrom = [&](Sums& sums) {
      sums.remove(block.category, block.bytes - block.secondBytes, block.requested - block.secondBytes);
      sums.remove(block.second, block.secondBytes, block.secondBytes);
    };
    removeFrom(block.pool->now);
    if (block.pool->graphs == 0)
      removeFrom(m_free);
    m_blocks.erase(found);
  }
  /// Counts part of a block under another category.
  void attribute(Address address, MemoryCategory category, uint64_t bytes, uint64_t ever) {
    settle(ever);
    const auto found = m_blocks.find(address);
    if (found == m_blocks.end() || found->second.secondBytes > 0)
      return;
    Block& block = found->second;
    block.second = category;
    block.secondBytes = std::min(bytes, block.requested);
    const auto move = [&](Sums& now, Sums& peak) {
      const bool atPeak = now.total == peak.total;
      now.remove(block.category, block.secondBytes, block.secondBytes);
      now.add(category, block.secondBytes, block.secondBytes);
      if (atPeak)
        peak = now;
    };
    move(block.pool->now, block.pool->peak);
    if (block.pool->graphs == 0)
      move(m_free, m_freePeak);
  }

  /// A recorded graph that uses the pool in every replay, and its end. Between them the pool counts with the most it ever held.
  void retain(PoolId pool) {
    Pool& p = m_pools[pool];
    if (p.graphs++ > 0)
      return;
    m_free.subtract(p.now);
    m_freePeak = m_free; // what the recording took is the graph's from here on
  }
  void release(PoolId pool) {
    Pool& p = m_pools[pool];
    if (p.graphs == 0 || --p.graphs > 0)
      return;
    m_free.append(p.now);
    m_free.raise(m_freePeak);
    if (p.now.total == 0 && !m_pending)
      m_pools.erase(pool);
  }
  /// Of what recorded graphs do not need.
  void resetPeak() { m_freePeak = m_free; }
  /// At this moment, or at the peak. A graph's memory is in both with its own peak.
  MemoryAnatomy anatomy(bool atPeak) const {
    Sums sums = atPeak ? m_freePeak : m_free;
    MemoryAnatomy out;
    for (const auto& [id, pool] : m_pools)
      if (pool.graphs > 0) {
        sums.append(pool.peak);
        out.recorded += pool.peak.total - pool.now.total;
      }
    out.bytes = sums.bytes;
    out.requested = sums.requested;
    return out;
  }
  size_t blocks() const { return m_blocks.size(); }

private:
  struct Sums {
    MemoryAnatomy::Bytes bytes{}, requested{};
    uint64_t total = 0;
    void add(MemoryCategory category, uint64_t n, uint64_t asked) {
      bytes[static_cast<size_t>(category)] += n;
      requested[static_cast<size_t>(category)] += asked;
      total += n;
    }
    void remove(MemoryCategory category, uint64_t n, uint64_t asked) {
      bytes[static_cast<size_t>(category)] -= n;
      requested[static_cast<size_t>(category)] -= asked;
      total -= n;
    }
    void append(const Sums& other) {
      for (size_t i = 0; i < kMemoryCategories; ++i)
        add(static_cast<MemoryCategory>(i), other.bytes[i], other.requested[i]);
    }
    void subtract(const Sums& other) {
      for (size_t i = 0; i < kMemoryCategories; ++i)
        remove(static_cast<MemoryCategory>(i), other.bytes[i], other.requested[i]);
    }
    void raise(Sums& peak) const {
      if (total > peak.total)
        peak = *this;
    }
  };
  struct Pool {
    Sums now, peak; // peak: ever, for a graph that may come to be recorded in it
    int graphs = 0;
  };
  struct Block {
    Pool* pool = nullptr;
    MemoryCategory category = MemoryCategory::Other, second = MemoryCategory::Other;
    uint64_t bytes = 0, secondBytes = 0, requested = 0;
  };

  std::unordered_map<Address, Block> m_blocks;
  std::map<PoolId, Pool> m_pools;
  Sums m_free, m_freePeak; // pools without a recorded graph, together
  Block* m_pending = nullptr; // elements of an unordered_map stay where they are
  uint64_t m_ever = 0;
};

} // namespace lathe::ops
