// SPDX-License-Identifier: Apache-2.0
// Attention over a paged cache: one new token per sequence through our own kernel; otherwise the pages are gathered into packed keys first.
#include "core/ops/cuda/attention_backends.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAFunctions.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <mutex>

namespace lathe::ops::gpu {

namespace {

int multiprocessorsOf(int device) {
  int count = 0;
  return cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device) == cudaSuccess ? count : 1;
}

const at::Tensor& onDevice(const at::Tensor& device, const at::Tensor& host, const at::Tensor& like, at::Tensor& made) {
  if (device.defined())
    return device;
  made = upload(host, like.device());
  return made;
}

/// The rows of the flattened pool that hold the keys of a call, in order. The same for every layer of a model, so the last one is kept.
struct GatheredKeys {
  at::Tensor bounds, kvLengths, blockTable; // the call it was made for, CPU
  int64_t pageSize = 0;
  at::Device device = at::kCPU;
  uint64_t capture = 0;
  Sequences keys;
  at::Tensor rows; // int64 [keys], device

  bool madeFor(const PagedKeys& cache, const Sequences& s, at::Device where) const {
    return rows.defined() && device == where && capture == captureId() && pageSize == cache.pageSize && bounds.equal(s.host) && kvLengths.equal(cache.kvLengths) && blockTable.equal(cache.blockTable);
  }
};

GatheredKeys gatherRows(const PagedKeys& cache, const Sequences& s, at::Device device) {
  GatheredKeys out{s.host.clone(), cache.kvLengths.clone(), cache.blockTable.clone(), cache.pageSize, device, captureId(), {}, {}};
  const int32_t* cu = s.host.data_ptr<int32_t>();
  const int32_t* lengths = cache.kvLengths.data_ptr<int32_t>();
  const int64_t n = s.count(), stride = cache.blockTable.size(1);
  at::Tensor bounds = at::empty({n + 1}, at::kInt);
  int32_t* end = bounds.data_ptr<int32_t>();
  end[0] = 0;
  for (int64_t i = 0; i < n; ++i)
    end[i + 1] = end[i] + lengths[i] + cu[i + 1] - cu[i];
  for (int64_t i = 0; i < n; ++i)
    out.keys.maxLength = std::max<int64_t>(out.keys.maxLength, end[i + 1] - end[i]);
  at::Tensor rows = at::empty({end[n]}, at::kLong);
  int64_t* row = rows.data_ptr<int64_t>();
  for (int64_t i = 0; i < n; ++i) {
    const int32_t* blocks = cache.blockTable.data_ptr<int32_t>() + i * stride;
    for (int64_t position = 0; position < end[i + 1] - end[i]; ++position)
      *row++ = blocks[position / cache.pageSize] * cache.pageSize + position % cache.pageSize;
  }
  out.keys.host = bounds;
  out.keys.device = upload(bounds, device);
  out.rows = upload(rows, device);
  return out;
}

at::Tensor attendGathered(const at::Tensor& q, const PagedKeys& cache, const Sequences& s, const AttentionOptions& options) {
  static std::mutex mutex;
  static GatheredKeys last;
  GatheredKeys gathered;
  {
    const std::lock_guard lock(mutex);
    if (!last.madeFor(cache, s, q.device()))
      last = gatherRows(cache, s, q.device());
    gathered = last;
  }
  const at::Tensor k = cache.keys.view({-1, options.kvHeads, options.headDim}).index_select(0, gathered.rows);
  const at::Tensor v = cache.values.view({-1, options.kvHeads, options.headDim}).index_select(0, gathered.rows);
  if (supportsFlash(q, options))
    return flashForward(q, k, v, s, gathered.keys, options).out;
  if (supportsEfficient(q, options))
    return efficientForward(q, k, v, s, gathered.keys, options).out;
  return composedForward(q, k, v, s, gathered.keys, options).out;
}

kernels::PagedDecode decodeOf(const at::Tensor& q, const PagedKeys& cache, const AttentionOptions& o) {
  kernels::PagedDecode p;
  p.shape = {o.heads, o.kvHeads, o.headDim, static_cast<float>(scaleOf(o)), static_cast<float>(o.softcap), o.window, elementOf(q, "attentionCached")};
  p.q = q.data_ptr();
  p.keys = cache.keys.data_ptr();
  p.values = cache.values.data_ptr();
  p.blockStride = cache.blockTable.size(1);
  p.pageSize = cache.pageSize;
  p.lengthAdd = 1;
  p.qStride = strideOf(q, "attentionCached");
  return p;
}

at::Tensor decode(kernels::PagedDecode p, const at::Tensor& q, const PagedKeys& cache, const AttentionOptions& o) {
  const OnDevice device(q);
  const int64_t n = q.size(0);
  at::Tensor out = at::empty(q.sizes(), q.options()), lengths, blocks;
  p.out = out.data_ptr();
  p.outStride = o.heads * o.headDim;
  p.lengths = onDevice(cache.kvLengthsDevice, cache.kvLengths, q, lengths).data_ptr<int32_t>();
  p.blockTable = onDevice(cache.blockTableDevice, cache.blockTable, q, blocks).data_ptr<int32_t>();
  const int32_t* host = cache.kvLengths.data_ptr<int32_t>();
  const int64_t most = n > 0 ? *std::max_element(host, host + n) + 1 : 1;
  p.splits = kernels::pagedDecodeSplits(n, o.kvHeads, most, multiprocessorsOf(q.device().index()));
  const at::Tensor scratch = at::empty({kernels::pagedDecodeScratch(n, o.heads, o.headDim, p.splits)}, q.options().dtype(at::kFloat));
  p.scratch = scratch.data_ptr<float>();
  require(kernels::launchPagedDecode(p, n, device.stream()), "attentionCached");
  return out;
}

} // namespace

at::Tensor attentionCached(const at::Tensor& q, const PagedKeys& cache, const Sequences& s, const AttentionOptions& options) {
  const OnDevice device(q);
  if (s.maxLength == 1 && q.size(0) == s.count()) {
    kernels::PagedDecode p = decodeOf(q, cache, options);
    p.out = const_cast<void*>(p.q); // only to answer the question
    if (q.scalar_type() == cache.keys.scalar_type() && kernels::supportsPagedDecode(p))
      return decode(p, q, cache, options);
  }
  return attendGathered(q, cache, s, options);
}

void appendKeys(const at::Tensor& k, const at::Tensor& v, PagedKeys& cache, const at::Tensor& positions, const at::Tensor& sequences) {
  const OnDevice device(k);
  kernels::KvAppend p;
  at::Tensor blocks;
  p.k = k.data_ptr();
  p.v = v.data_ptr();
  p.keys = cache.keys.data_ptr();
  p.values = cache.values.data_ptr();
  p.positions = positions.data_ptr<int32_t>();
  p.sequences = sequences.defined() ? sequences.data_ptr<int32_t>() : nullptr;
  p.blockTable = onDevice(cache.blockTableDevice, cache.blockTable, k, blocks).data_ptr<int32_t>();
  p.blockStride = cache.blockTableDevice.defined() ? cache.blockTableDevice.size(1) : cache.blockTable.size(1);
  p.pageSize = cache.pageSize;
  p.kvHeads = k.size(1);
  p.headDim = k.size(2);
  p.kStride = strideOf(k, "appendKeys");
  p.vStride = strideOf(v, "appendKeys");
  p.element = elementOf(k, "appendKeys");
  require(kernels::launchKvAppend(p, k.size(0), device.stream()), "appendKeys");
}

void sampleRows(const SampleCall& call) {
  const OnDevice device(call.logits);
  const int64_t rows = call.logits.size(0), vocab = call.logits.size(1);
  const at::Tensor scratch = at::empty({kernels::sampleScratch(rows, vocab)}, call.logits.options().dtype(at::kByte));
  kernels::SampleRows p;
  p.logits = call.logits.data_ptr();
  p.parameters = reinterpret_cast<const kernels::SampleParameters*>(call.parameters.data_ptr<uint8_t>());
  p.ids = call.ids.data_ptr<int32_t>();
  p.logprobs = call.logprobs.defined() ? call.logprobs.data_ptr<float>() : nullptr;
  if (call.history.defined()) {
    p.history = call.history.data_ptr<int32_t>();
    p.historyLengths = call.historyLengths.data_ptr<int32_t>();
    p.historyStride = call.history.size(1);
  }
  p.indexAdd = call.indexAdd.defined() ? reinterpret_cast<const uint64_t*>(call.indexAdd.data_ptr<int64_t>()) : nullptr;
  p.scratch = scratch.data_ptr();
  p.vocab = vocab;
  p.rowStride = strideOf(call.logits, "sampleRows");
  p.element = elementOf(call.logits, "sampleRows");
  require(kernels::launchSampleRows(p, rows, device.stream()), "sampleRows");
}

} // namespace lathe::ops::gpu
