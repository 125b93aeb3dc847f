// SPDX-License-Identifier: Apache-2.0
// Inputs of layers in pinned memory of the host while no layer of the GPU needs them: copied out behind the forward and back in ahead of the backward, on a
// stream of their own, so that the computation does not wait where a layer takes longer than its copy.
#pragma once

#include <ATen/core/TensorBody.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <deque>
#include <optional>
#include <vector>

namespace lathe::nn {

class InputOffload {
public:
  /// `device`: a GPU.
  explicit InputOffload(at::Device device);
  ~InputOffload() { begin(); } // copies under way end before their memory is used again
  InputOffload(const InputOffload&) = delete;
  InputOffload& operator=(const InputOffload&) = delete;

  /// A new forward: whatever an interrupted one left is dropped.
  void begin();
  /// Layers in ascending order. `input`, contiguous, may be dropped by the caller, but not changed before two more have been kept.
  void keep(size_t layer, at::Tensor input);
  /// Layers in descending order. The layer before it, `next`, is fetched meanwhile where it was kept.
  at::Tensor take(size_t layer, std::optional<size_t> next);
  /// Bytes on the device at this moment.
  uint64_t residentBytes() const;

private:
  struct Slot {
    at::Tensor host;   // pinned, in the input's type; grows
    at::Tensor device; // defined while it is resident
    std::vector<int64_t> sizes;
    std::optional<c10::Event> copied; // the last copy out or in
    bool kept = false;                // and not taken yet
  };
  void release(Slot& slot);
  void fetch(Slot& slot);
  at::Tensor hostOf(const Slot& slot) const;

  at::Device m_device;
  c10::Stream m_copies;
  std::vector<Slot> m_slots;
  std::deque<size_t> m_leaving; // still resident, oldest first
};

} // namespace lathe::nn
