// SPDX-License-Identifier: Apache-2.0
// What memory of a GPU is for. Every block of LibTorch's allocator belongs to the category that the allocating thread was in, for as long as it lives.
// Without the GPU plug-in, and for memory of the CPU, nothing here does anything.
#pragma once

#include <ATen/core/TensorBody.h>

#include <array>
#include <cstdint>

namespace lathe::ops {

enum class MemoryCategory : uint8_t {
  Other,     // nobody said
  Weights,   // of the model, norms and biases included
  Adapters,  // values that forward uses, and the room for them beside the weights
  Masters,   // float32 copies that are trained, where they are apart from the values
  Gradients, // the flat buffer
  Optimizer, // moments
  Stash,     // what a forward keeps for its backward, the residual stream included
  Workspace, // everything else while something is computed: intermediate tensors, batches, libraries' scratch, staging
  Cache,     // keys and values of running replies
};
inline constexpr size_t kMemoryCategories = 9;

/// As in metric rows: "weights", "adapters" …; "other" for what nobody attributed.
const char* memoryCategoryName(MemoryCategory category);

/// Puts the calling thread into a category until the scope ends. Scopes nest. Nothing waits for a device.
class MemoryScope {
public:
  /// `applies` false: the thread stays where it is.
  explicit MemoryScope(MemoryCategory category, bool applies = true);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

private:
  MemoryCategory m_before = MemoryCategory::Other;
  bool m_set = false;
};

/// Counts `bytes` of a tensor's block under another category than the rest of it, where one block serves two purposes. Once per block.
void attributeMemory(const at::Tensor& tensor, MemoryCategory category, uint64_t bytes);

/// Bytes by category, of one device and this process.
struct MemoryAnatomy {
  using Bytes = std::array<uint64_t, kMemoryCategories>;
  Bytes bytes{};     // blocks as LibTorch's allocator counts them
  Bytes requested{}; // what was asked for in them; less by what rounding to blocks costs
  uint64_t recorded = 0; // of the sum of `bytes`: memory of recorded graphs that no tensor holds at this moment and each replay uses
  uint64_t of(MemoryCategory category) const { return bytes[static_cast<size_t>(category)]; }
  uint64_t total() const {
    uint64_t sum = 0;
    for (const uint64_t n : bytes)
      sum += n;
    return sum;
  }
};

} // namespace lathe::ops
