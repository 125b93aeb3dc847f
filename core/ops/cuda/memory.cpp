// SPDX-License-Identifier: Apache-2.0
// Bytes of LibTorch's allocator: its own figures, and a book of its blocks by category.
#include "core/ops/cuda/driver_memory.h"
#include "core/ops/cuda/table.h"
#include "core/ops/memory_ledger.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace lathe::ops::gpu {

namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

thread_local MemoryCategory t_category = MemoryCategory::Other;

struct DeviceBook {
  MemoryLedger ledger;
  RefusedMemory refused;
  uint64_t events = 0;
};

struct Tracker {
  std::mutex mutex;                    // guards what follows; taken with the allocator's lock held, so nothing asks the allocator while holding it
  std::map<int, DeviceBook> books;
  bool attached = false;
};
Tracker& tracker() {
  static Tracker& tracker = *new Tracker; // blocks are freed until the very end of the process
  return tracker;
}

c10::CachingDeviceAllocator::DeviceStats statsOf(c10::DeviceIndex device) { return allocator::getDeviceStats(device); }
uint64_t bytesOf(int64_t n) { return static_cast<uint64_t>(std::max<int64_t>(n, 0)); }
uint64_t everAllocated(c10::DeviceIndex device) { return bytesOf(statsOf(device).allocated_bytes[0].allocated); }

/// Called by the allocator with its lock held. The lock is recursive, so its figures may be asked for here, and only here, while the book is locked. At an
/// allocation they are without the new block.
void note(const allocator::TraceEntry& entry) {
  using Entry = allocator::TraceEntry;
  if (entry.action_ != Entry::ALLOC && entry.action_ != Entry::FREE_REQUESTED && entry.action_ != Entry::OOM)
    return;
  Tracker& t = tracker();
  const std::lock_guard lock(t.mutex);
  DeviceBook& book = t.books[entry.device_];
  ++book.events;
  const uint64_t ever = book.ledger.isPending() || entry.action_ == Entry::ALLOC ? everAllocated(entry.device_) : 0;
  if (entry.action_ == Entry::ALLOC) {
    book.ledger.allocated(entry.addr_, {entry.mempool_.first, entry.mempool_.second}, t_category, entry.size_, ever);
  } else if (entry.action_ == Entry::FREE_REQUESTED) {
    book.ledger.freed(entry.addr_, ever);
  } else {
    book.ledger.settle(ever);
    book.refused = {book.refused.count + 1, entry.size_, entry.addr_, book.ledger.anatomy(false)};
  }
}

/// Runs `use` on a book whose last block's size is known. The allocator is asked without the book's lock, and again where a block came in between.
template <class Use>
auto withBook(c10::DeviceIndex device, Use&& use) {
  Tracker& t = tracker();
  for (;;) {
    uint64_t events = 0;
    {
      const std::lock_guard lock(t.mutex);
      events = t.books[device].events;
    }
    const uint64_t ever = everAllocated(device);
    const std::lock_guard lock(t.mutex);
    DeviceBook& book = t.books[device];
    if (book.events != events)
      continue;
    book.ledger.settle(ever);
    return use(book, ever);
  }
}

void attach() {
  at::globalContext().lazyInitDevice(at::kCUDA); // makes the allocators of all devices
  Tracker& t = tracker();
  for (c10::DeviceIndex device = 0; device < c10::cuda::device_count(); ++device)
    t.books[device].ledger.open(everAllocated(device));
  try {
    allocator::attachAllocatorTraceTracker(note);
    t.attached = true;
  } catch (const c10::Error&) { // PYTORCH_CUDA_ALLOC_CONF names an allocator that cannot be watched: all is Other
  }
}

} // namespace

void watchMemory(at::Device device) {
  noteDriverMemory(device);
  static std::once_flag once;
  std::call_once(once, attach);
}

CudaMemory memory(at::Device device, bool withDriver) {
  const c10::cuda::CUDAGuard guard(device);
  CudaMemory out;
  const auto stats = statsOf(device.index());
  out.allocated = bytesOf(stats.allocated_bytes[0].current);
  out.reserved = bytesOf(stats.reserved_bytes[0].current);
  out.peakAllocated = bytesOf(stats.allocated_bytes[0].peak);
  out.peakReserved = bytesOf(stats.reserved_bytes[0].peak);
  if (!withDriver)
    return out;
  size_t free = 0, total = 0;
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  out.driverFree = free;
  out.driverTotal = total;
  return out;
}

void resetPeakMemory(at::Device device) {
  allocator::resetPeakStats(device.index());
  withBook(device.index(), [](DeviceBook& book, uint64_t) { book.ledger.resetPeak(); });
}

void releaseCachedMemory() { allocator::emptyCache(); }

MemoryCategory setMemoryCategory(MemoryCategory category) { return std::exchange(t_category, category); }

void attributeMemory(at::Device device, const void* data, MemoryCategory category, uint64_t bytes) {
  withBook(device.index(), [&](DeviceBook& book, uint64_t ever) { book.ledger.attribute(reinterpret_cast<uintptr_t>(data), category, bytes, ever); });
}

MemoryAnatomy memoryAnatomy(at::Device device, bool atPeak) {
  if (tracker().attached)
    return withBook(device.index(), [&](DeviceBook& book, uint64_t) { return book.ledger.anatomy(atPeak); });
  MemoryAnatomy out;
  const CudaMemory all = memory(device, false);
  out.bytes[static_cast<size_t>(MemoryCategory::Other)] = out.requested[static_cast<size_t>(MemoryCategory::Other)] = atPeak ? all.peakAllocated : all.allocated;
  return out;
}

RefusedMemory refusedMemory(at::Device device) {
  Tracker& t = tracker();
  const std::lock_guard lock(t.mutex);
  return t.books[device.index()].refused;
}

void retainPool(at::Device device, c10::MempoolId_t pool, bool inUse) {
  withBook(device.index(), [&](DeviceBook& book, uint64_t) { inUse ? book.ledger.retain({pool.first, pool.second}) : book.ledger.release({pool.first, pool.second}); });
}

} // namespace lathe::ops::gpu
