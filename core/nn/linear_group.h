// SPDX-License-Identifier: Apache-2.0
// Linear layers that read the same input (q·k·v, gate·up, or one alone). On a GPU they are one GEMM: their weights are row slices of one
// matrix, their outputs column slices of one tensor, and the small matrices of one adapter lie together as well. On the CPU each layer is
// computed by itself, which is faster there.
#pragma once

#include "core/nn/linear.h"

#include <array>
#include <span>

namespace lathe::nn {

inline constexpr size_t kMostMembers = 3;

/// Activations or gradients of every member.
struct Columns {
  at::Tensor all;                              // [T, ΣN], where `member` are its columns
  std::array<at::Tensor, kMostMembers> member; // [T, N]
};

/// The rows of all tensors as one tensor where they follow each other in memory (and have one type and row stride); undefined otherwise.
at::Tensor joinedRows(std::span<const at::Tensor> tensors);

/// Made for one call; keeps pointers to the layers.
class LinearGroup {
public:
  LinearGroup(std::initializer_list<const Linear*> members, const CallContext& call, at::Device device);

  bool trains() const;
  bool isFused() const { return m_gpu; }
  /// Memory for outputs or gradients as this group wants them.
  Columns columns(int64_t rows, const at::TensorOptions& options) const;
  /// Where to write the input so that it need not be copied: rows with room for the adapter's columns behind them; undefined when any memory will do.
  at::Tensor inputPlace(int64_t rows, const at::TensorOptions& options) const;
  /// Outputs in the type of x. `low` (given where a backward follows) receives x · Aᵀ of every adapter, [T, Σr], where one GEMM made it. `kept`: the outputs
  /// are kept for a backward, too, and their memory counts as such.
  Columns forward(const LinearInput& in, at::Tensor* low, bool kept = false) const;
  /// Both halves. dx (compute type) is overwritten where it is defined.
  void backward(const Columns& dy, const LinearInput& in, const at::Tensor& low, at::Tensor dx) const;
  /// The gradient of the input, overwritten; returns what backwardWeights() wants as `dLow`.
  at::Tensor backwardInput(const Columns& dy, at::Tensor dx) const;
  void backwardWeights(const Columns& dy, const LinearInput& in, const at::Tensor& low, const at::Tensor& dLow) const;

private:
  struct Part {
    size_t member;
    const LoraModule* module;
    double scale;
    int64_t first; // of its columns in `low`
  };
  void collectParts();
  void findConcat();
  /// Rows with their room, [T, width + R], where `x` [T, width] has it; undefined otherwise.
  at::Tensor withRoom(const at::Tensor& x, int64_t width) const;
  at::Tensor lowOf(const at::Tensor& x, bool kept) const;
  at::Tensor lowGradient(const Columns& dy) const;
  void addLora(const at::Tensor& x, Columns& y, at::Tensor* low) const;
  Columns computed(const Columns& dy) const;

  std::array<const Linear*, kMostMembers> m_members{};
  size_t m_count = 0;
  CallContext m_call;
  bool m_gpu;
  at::Tensor m_weights;      // [ΣN, K] where one GEMM serves all
  std::vector<Part> m_parts; // of adapters, where all are computed together
  at::Tensor m_a, m_gradA;   // [Σr, K] of those
  bool m_joined = false;     // m_parts holds every active adapter
  int64_t m_rank = 0;        // Σr
  const ConcatWeights* m_concat = nullptr; // holds exactly m_parts
};

} // namespace lathe::nn
