// SPDX-License-Identifier: Apache-2.0
// Attention over packed sequences and over paged caches. One interface, several back ends chosen by supports… questions: on the CPU our own
// (kernels/attention.h), which never holds more scores than a block of queries by a block of keys; on a GPU cuDNN, FlashAttention 2,
// memory-efficient attention and our own kernels (core/ops/cuda/attention.cpp).
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace lathe::ops {

struct AttentionOptions {
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  double scale = 0;   // 0 = 1 / √headDim
  double softcap = 0; // 0 = none
  int64_t window = 0; // 0 = none; w: position i sees i − w < j ≤ i
};

/// Where packed sequences begin: sequence i is rows host[i] … host[i + 1] − 1. Built once per batch; never read back from a device.
struct Sequences {
  at::Tensor host;       // int32 [n + 1], CPU
  at::Tensor device;     // the same where the rows live; `host` itself on the CPU
  int64_t maxLength = 0; // of the longest sequence

  Sequences() = default;
  /// On the CPU.
  Sequences(const at::Tensor& host); // NOLINT: a plain tensor is the CPU's form
  /// Copies to `device` from pinned memory without waiting.
  Sequences(const at::Tensor& host, at::Device device);
  int64_t count() const { return host.size(0) - 1; }
  int64_t tokens() const;
};

bool supportsCpuAttention(const at::Tensor& q, const AttentionOptions& options);

enum class AttentionBackend { Cpu, Flash, Efficient, Cudnn, Composed };

struct AttentionResult {
  at::Tensor out; // [T, heads, headDim], contiguous
  at::Tensor lse; // float32, as `backend` lays it out; [T, heads] on the CPU
  AttentionBackend backend = AttentionBackend::Cpu;
};
/// q [T, heads, headDim], k and v [T, kvHeads, headDim]; slices of one fused buffer are fine: only the last two dimensions must be dense.
AttentionResult attentionForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& sequences, const AttentionOptions& options);

struct AttentionGradients {
  at::Tensor dq, dk, dv;
};
/// The gradients are written to `into` where it is defined (shaped as q, k, v; slices of one fused buffer are fine), else to new tensors. `forward` must
/// come from the same tensors and options.
AttentionGradients attentionBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                     const Sequences& sequences, const AttentionOptions& options, const AttentionGradients& into = {});

/// Keys and values of every sequence in pages; the new tokens' are already stored.
struct PagedKeys {
  at::Tensor keys, values; // [pages, pageSize, kvHeads, headDim]
  at::Tensor kvLengths;    // int32 [n], CPU: tokens before the new ones
  at::Tensor blockTable;   // int32 [n, most pages], CPU
  int64_t pageSize = 0;
  // The same on the cache's device, for a GPU (undefined on the CPU): made once per call of the model, not per layer.
  at::Tensor kvLengthsDevice; // int32 [n]
  at::Tensor blockTableDevice;
};
/// q holds the new tokens only, `sequences` counts them. Returns [T, heads, headDim].
at::Tensor attentionCached(const at::Tensor& q, const PagedKeys& cache, const Sequences& sequences, const AttentionOptions& options);

/// Stores the new tokens' keys and values ([T, kvHeads, headDim], rows may be strided) at `positions` (int32 [T], the cache's device) of sequence `sequences`
/// (int32 [T]; undefined: token t belongs to sequence t). Lengths and block table are read on the device, so that a captured graph serves every step.
void appendKeys(const at::Tensor& k, const at::Tensor& v, PagedKeys& cache, const at::Tensor& positions, const at::Tensor& sequences = {});

/// CPU tensor → device from pinned memory, without waiting; the tensor itself when the device is the CPU.
at::Tensor uploaded(const at::Tensor& host, at::Device device);

} // namespace lathe::ops
