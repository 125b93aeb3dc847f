// SPDX-License-Identifier: Apache-2.0
#include "core/ops/cuda/attention_cudnn.h"

#include "core/ops/attention_buckets.h"
#include "core/ops/cuda/attention_backends.h"
#include "core/ops/cuda/cudnn_plan.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/cudnn/Handle.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <vector>

namespace lathe::ops::gpu {

namespace {

constexpr int64_t kFewTokens = 1024;                          // below, FlashAttention 2 takes microseconds and a plan costs up to seconds
constexpr int64_t kDeterministicBytes = int64_t{2} << 30;     // of score gradients that cuDNN's ordered sums keep
constexpr int64_t kMostOffset = (int64_t{1} << 31) - 1;       // offsets are 32-bit elements
constexpr int64_t kLeastVersion = 90600;                      // grouped queries on packed rows
constexpr int64_t kOverflowRows = 128;

AttentionBuckets bucketsOf(const at::Tensor& q, const Sequences& s) { return attentionBuckets(s.count(), s.maxLength, q.size(0)); }

struct PlanCache {
  std::mutex mutex;
  std::map<CudnnPlanKey, std::shared_ptr<const CudnnPlan>> plans; // null: cuDNN has no engine for it
  AttentionPlans stats;
};
PlanCache& planCache() {
  static PlanCache& cache = *new PlanCache; // outlives every static that might still hold a plan
  return cache;
}

std::shared_ptr<const CudnnPlan> planFor(const CudnnPlanKey& key) {
  PlanCache& cache = planCache();
  const std::lock_guard lock(cache.mutex);
  const auto found = cache.plans.find(key);
  if (found != cache.plans.end())
    return found->second;
  const auto begin = std::chrono::steady_clock::now();
  std::string why;
  std::shared_ptr<const CudnnPlan> plan = buildCudnnPlan(key, why);
  cache.stats.buildSeconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (plan) {
    ++cache.stats.count;
    cache.stats.mostWorkspace = std::max(cache.stats.mostWorkspace, static_cast<uint64_t>(plan->workspaceBytes()));
  } else {
    ++cache.stats.refused;
    cache.stats.lastRefusal = why;
  }
  cache.plans.emplace(key, plan);
  return plan;
}

CudnnPlanKey keyOf(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& s, const AttentionOptions& o) {
  CudnnPlanKey key;
  key.device = q.device().index();
  const AttentionBuckets buckets = bucketsOf(q, s);
  key.sequences = buckets.sequences;
  key.longest = buckets.longest;
  key.tokens = buckets.tokens;
  key.heads = o.heads;
  key.kvHeads = o.kvHeads;
  key.headDim = o.headDim;
  key.window = o.window > 0 && o.window < buckets.longest ? o.window : 0;
  key.qStride = strideOf(q, "attention");
  key.kStride = strideOf(k, "attention");
  key.vStride = strideOf(v, "attention");
  key.scale = static_cast<float>(scaleOf(o));
  return key;
}

/// Lengths and offsets in the plan's number of sequences. The same for every layer, so the last ones are kept.
struct Ragged {
  at::Tensor bounds; // the batch's cuSeqlens they were made from: kept, so that its address is not used again
  uint32_t version = 0;
  uint64_t capture = 0;
  int64_t sequences = 0;
  std::vector<int64_t> strides;
  at::Tensor lengths; // int32 [sequences]
  at::Tensor offsets; // int32 [strides, at least sequences + 1], elements
};

Ragged makeRagged(const at::Tensor& bounds, int64_t sequences, const std::vector<int64_t>& strides) {
  Ragged out{bounds, static_cast<uint32_t>(bounds._version()), captureId(), sequences, strides, {}, {}};
  const int64_t n = bounds.size(0) - 1;
  const int64_t columns = (sequences + 1 + 3) / 4 * 4; // every row of the offsets begins at 16 bytes
  const at::Tensor padded = columns > n + 1 ? at::cat({bounds, bounds.narrow(0, n, 1).expand({columns - n - 1})}) : bounds;
  out.lengths = padded.narrow(0, 1, sequences) - padded.narrow(0, 0, sequences);
  std::vector<at::Tensor> rows;
  for (const int64_t stride : strides)
    rows.push_back(padded * stride);
  out.offsets = at::stack(rows);
  return out;
}

/// Two slots: forward and backward have different strides.
Ragged raggedFor(const Sequences& s, int64_t sequences, const std::vector<int64_t>& strides, bool backward) {
  static std::mutex mutex;
  static std::array<Ragged, 2>& slots = *new std::array<Ragged, 2>;
  const std::lock_guard lock(mutex);
  Ragged& last = slots[backward];
  const bool same = last.bounds.defined() && last.bounds.is_same(s.device) && last.version == static_cast<uint32_t>(s.device._version()) &&
                    last.capture == captureId() && last.sequences == sequences && last.strides == strides;
  if (!same)
    last = makeRagged(s.device, sequences, strides);
  return last;
}

void* rowOf(const at::Tensor& offsets, int64_t row) { return offsets.data_ptr<int32_t>() + row * offsets.size(1); }

void execute(const CudnnPlan& plan, std::unordered_map<int64_t, void*>& pointers, const at::Tensor& like) {
  const at::Tensor workspace = at::empty({std::max<int64_t>(plan.workspaceBytes(), 1)}, like.options().dtype(at::kByte));
  const std::string problem = plan.execute(pointers, workspace.data_ptr());
  if (!problem.empty())
    throw Exception(ErrorKind::Internal, "cuDNN's attention failed on the GPU.", problem);
}

bool isDataCentre(const at::Tensor& q) {
  static std::array<int, 64> majors{};
  const int device = q.device().index();
  if (device < 0 || device >= static_cast<int>(majors.size()))
    return false;
  if (majors[static_cast<size_t>(device)] == 0)
    cudaDeviceGetAttribute(&majors[static_cast<size_t>(device)], cudaDevAttrComputeCapabilityMajor, device);
  const int major = majors[static_cast<size_t>(device)];
  return major == 9 || major == 10;
}

} // namespace

void* cudnnHandleOfStream() { return at::native::getCudnnHandle(); }

bool supportsCudnn(const at::Tensor& q, const Sequences& s, const AttentionOptions& o) {
  if (q.scalar_type() != at::kBFloat16 || o.softcap != 0 || o.headDim % 16 != 0 || o.headDim > 256 || o.heads % o.kvHeads != 0)
    return false;
  if (q.size(0) < kFewTokens || s.count() > kOverflowRows * 32 || !isDataCentre(q) || q.size(0) * std::max(q.stride(0), o.heads * o.headDim) > kMostOffset)
    return false;
  const AttentionBuckets buckets = bucketsOf(q, s);
  if (at::globalContext().deterministicAlgorithms() && buckets.sequences * o.heads * buckets.longest * buckets.longest * 2 > kDeterministicBytes)
    return false;
  static const bool available = cudnnVersion() >= kLeastVersion;
  return available;
}

std::optional<AttentionResult> cudnnForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& s, const AttentionOptions& o) {
  const CudnnPlanKey key = keyOf(q, k, v, s, o);
  const std::shared_ptr<const CudnnPlan> plan = planFor(key);
  if (!plan)
    return std::nullopt;
  AttentionResult result{at::empty(q.sizes(), q.options()), at::empty({q.size(0), o.heads}, q.options().dtype(at::kFloat)), AttentionBackend::Cudnn};
  const CategoryScope scratch(MemoryCategory::Workspace); // the result is the caller's
  const Ragged ragged = raggedFor(s, key.sequences, {key.qStride, key.kStride, key.vStride, o.heads * o.headDim, o.heads}, false);
  std::unordered_map<int64_t, void*> pointers = {{kQ, q.data_ptr()},
                                                 {kK, k.data_ptr()},
                                                 {kV, v.data_ptr()},
                                                 {kOut, result.out.data_ptr()},
                                                 {kStats, result.lse.data_ptr()},
                                                 {kQueryLengths, ragged.lengths.data_ptr()},
                                                 {kKeyLengths, ragged.lengths.data_ptr()},
                                                 {kQOffsets, rowOf(ragged.offsets, 0)},
                                                 {kKOffsets, rowOf(ragged.offsets, 1)},
                                                 {kVOffsets, rowOf(ragged.offsets, 2)},
                                                 {kOutOffsets, rowOf(ragged.offsets, 3)},
                                                 {kStatsOffsets, rowOf(ragged.offsets, 4)}};
  execute(*plan, pointers, q);
  return result;
}

std::optional<AttentionGradients> cudnnBackward(const at::Tensor& dOutGiven, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                                const Sequences& s, const AttentionOptions& o, const AttentionGradients& into) {
  const at::Tensor dOut = dOutGiven.contiguous();
  // dq goes straight to a slice of a fused buffer. dk and dv do not: cuDNN keeps them per query head with the strides of the output times the group,
  // which for a slice is gigabytes; copying them is a few percent of the backward.
  at::Tensor dq = into.dq.defined() ? into.dq : at::empty(q.sizes(), q.options());
  at::Tensor dk = at::empty(k.sizes(), k.options()), dv = at::empty(v.sizes(), v.options());
  CudnnPlanKey key = keyOf(q, k, v, s, o);
  key.backward = true;
  key.deterministic = at::globalContext().deterministicAlgorithms();
  key.dqStride = strideOf(dq, "attentionBackward");
  const std::shared_ptr<const CudnnPlan> plan = planFor(key);
  if (!plan)
    return std::nullopt;
  const Ragged ragged = raggedFor(s, key.sequences, {key.qStride, key.kStride, key.vStride, o.heads * o.headDim, o.heads, key.dqStride, o.kvHeads * o.headDim}, true);
  std::unordered_map<int64_t, void*> pointers = {{kQ, q.data_ptr()},
                                                 {kK, k.data_ptr()},
                                                 {kV, v.data_ptr()},
                                                 {kOut, forward.out.data_ptr()},
                                                 {kDOut, dOut.data_ptr()},
                                                 {kStats, forward.lse.data_ptr()},
                                                 {kDq, dq.data_ptr()},
                                                 {kDk, dk.data_ptr()},
                                                 {kDv, dv.data_ptr()},
                                                 {kQueryLengths, ragged.lengths.data_ptr()},
                                                 {kKeyLengths, ragged.lengths.data_ptr()},
                                                 {kQOffsets, rowOf(ragged.offsets, 0)},
                                                 {kKOffsets, rowOf(ragged.offsets, 1)},
                                                 {kVOffsets, rowOf(ragged.offsets, 2)},
                                                 {kOutOffsets, rowOf(ragged.offsets, 3)},
                                                 {kStatsOffsets, rowOf(ragged.offsets, 4)},
                                                 {kDqOffsets, rowOf(ragged.offsets, 5)},
                                                 {kDkOffsets, rowOf(ragged.offsets, 6)}};
  execute(*plan, pointers, q);
  return AttentionGradients{dq, dk, dv};
}

AttentionPlans attentionPlans() {
  PlanCache& cache = planCache();
  const std::lock_guard lock(cache.mutex);
  return cache.stats;
}

} // namespace lathe::ops::gpu
