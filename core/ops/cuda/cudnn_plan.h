// SPDX-License-Identifier: Apache-2.0
// One execution plan of cuDNN's fused attention, built through the header-only front end. Packed tensors with ragged offsets: rows beyond a
// sequence's length do not exist, sequences of length 0 fill a plan that is made for more of them.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace lathe::ops::gpu {

/// Everything that a plan depends on. Strides are elements between two tokens.
struct CudnnPlanKey {
  bool backward = false, deterministic = false;
  int device = 0;
  int64_t sequences = 0, longest = 0;
  int64_t tokens = 0; // upper bound; decides the workspace
  int64_t heads = 0, kvHeads = 0, headDim = 0, window = 0;
  int64_t qStride = 0, kStride = 0, vStride = 0;
  int64_t dqStride = 0; // backward; out, dOut, dk and dv are contiguous
  float scale = 1;
  auto operator<=>(const CudnnPlanKey&) const = default;
};

/// Names of the tensors in the pointer map.
enum CudnnTensor : int64_t { kQ = 1, kK, kV, kOut, kStats, kDOut, kDq, kDk, kDv, kQueryLengths, kKeyLengths, kQOffsets, kKOffsets, kVOffsets, kOutOffsets, kStatsOffsets, kDqOffsets, kDkOffsets };

class CudnnPlan {
public:
  virtual ~CudnnPlan() = default;
  virtual int64_t workspaceBytes() const = 0;
  /// Enqueues on the current stream; empty when it worked, else cuDNN's reason.
  virtual std::string execute(std::unordered_map<int64_t, void*>& pointers, void* workspace) const = 0;
};

/// The cudnnHandle_t of the calling thread and its current stream. Written where ATen is included, so that the front end's unit needs none of it.
void* cudnnHandleOfStream();
/// Null, with cuDNN's reason, where it has no engine for the key.
std::unique_ptr<CudnnPlan> buildCudnnPlan(const CudnnPlanKey& key, std::string& why);
/// 91900 for 9.19.0; 0 when libcudnn cannot be loaded.
int64_t cudnnVersion();

} // namespace lathe::ops::gpu
