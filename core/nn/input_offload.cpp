// SPDX-License-Identifier: Apache-2.0
#include "core/nn/input_offload.h"

#include "core/ops/memory_scope.h"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <bit>

namespace lathe::nn {

namespace {
constexpr size_t kLeaving = 2; // a copy has as long as the computation of so many layers

c10::Stream currentStream(at::Device device) { return c10::impl::VirtualGuardImpl(device.type()).getStream(device); }

/// `later` goes on when `earlier` has come to this point.
void order(const c10::Stream& earlier, const c10::Stream& later) {
  c10::Event reached(earlier.device_type());
  reached.record(earlier);
  reached.block(later);
}
} // namespace

InputOffload::InputOffload(at::Device device) : m_device(device), m_copies(c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device)) {}

at::Tensor InputOffload::hostOf(const Slot& slot) const {
  int64_t count = 1;
  for (const int64_t n : slot.sizes)
    count *= n;
  return slot.host.narrow(0, 0, count).view(slot.sizes);
}

void InputOffload::begin() {
  for (Slot& slot : m_slots) {
    if (slot.device.defined())
      release(slot);
    slot.kept = false;
  }
  m_leaving.clear();
}

void InputOffload::keep(size_t layer, at::Tensor input) {
  if (m_slots.size() <= layer)
    m_slots.resize(layer + 1);
  Slot& slot = m_slots[layer];
  if (!slot.host.defined() || slot.host.numel() < input.numel() || slot.host.scalar_type() != input.scalar_type())
    slot.host = at::empty({static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(input.numel())))}, input.options().device(at::kCPU).pinned_memory(true));
  slot.sizes = input.sizes().vec();
  slot.device = std::move(input);
  slot.kept = true;
  order(currentStream(m_device), m_copies);
  {
    const c10::StreamGuard guard(m_copies);
    hostOf(slot).copy_(slot.device, true);
  }
  slot.copied.emplace(m_device.type());
  slot.copied->record(m_copies);
  m_leaving.push_back(layer);
  if (m_leaving.size() > kLeaving) {
    release(m_slots[m_leaving.front()]);
    m_leaving.pop_front();
  }
}

/// Its memory is used again by what the current stream does later, which therefore waits for the copy.
void InputOffload::release(Slot& slot) {
  if (slot.copied)
    slot.copied->block(currentStream(m_device));
  slot.device.reset();
}

void InputOffload::fetch(Slot& slot) {
  const ops::MemoryScope scope(ops::MemoryCategory::Stash);
  slot.device = at::empty(slot.sizes, slot.host.options().device(m_device).pinned_memory(false));
  order(currentStream(m_device), m_copies); // whoever had this memory before is done with it then
  {
    const c10::StreamGuard guard(m_copies);
    slot.device.copy_(hostOf(slot), true);
  }
  slot.copied.emplace(m_device.type());
  slot.copied->record(m_copies);
}

at::Tensor InputOffload::take(size_t layer, std::optional<size_t> next) {
  Slot& slot = m_slots.at(layer);
  if (!slot.device.defined())
    fetch(slot);
  if (next && *next < m_slots.size() && m_slots[*next].kept && !m_slots[*next].device.defined())
    fetch(m_slots[*next]);
  std::erase(m_leaving, layer);
  slot.copied->block(currentStream(m_device));
  slot.kept = false;
  return std::exchange(slot.device, {});
}

uint64_t InputOffload::residentBytes() const {
  uint64_t sum = 0;
  for (const Slot& slot : m_slots)
    sum += slot.device.defined() ? static_cast<uint64_t>(slot.device.nbytes()) : 0;
  return sum;
}

} // namespace lathe::nn
