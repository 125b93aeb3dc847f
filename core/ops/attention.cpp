// SPDX-License-Identifier: Apache-2.0
#include "core/ops/attention.h"

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace lathe::ops {

namespace {

kernels::AttentionShape shapeOf(const at::Tensor& q, const AttentionOptions& o) {
  const double scale = o.scale != 0 ? o.scale : 1 / std::sqrt(static_cast<double>(o.headDim));
  return {o.heads, o.kvHeads, o.headDim, static_cast<float>(scale), static_cast<float>(o.softcap), o.window, elementOf(q, "attention")};
}

const int32_t* boundsOf(const Sequences& sequences) { return sequences.host.data_ptr<int32_t>(); }

struct QueryTask {
  int32_t sequence;
  int32_t head;
  int64_t blockBegin;
  int64_t cost;
};

/// Longest first, so that the last task to be taken is a short one.
std::vector<QueryTask> queryTasks(const int32_t* cu, int64_t sequences, const int32_t* kvLengths, int64_t heads) {
  std::vector<QueryTask> tasks;
  for (int64_t s = 0; s < sequences; ++s) {
    const int64_t count = cu[s + 1] - cu[s], before = kvLengths ? kvLengths[s] : 0;
    for (int64_t b = 0; b < count; b += kernels::kQueryBlock)
      for (int64_t h = 0; h < heads; ++h)
        tasks.push_back({static_cast<int32_t>(s), static_cast<int32_t>(h), b, before + b});
  }
  std::stable_sort(tasks.begin(), tasks.end(), [](const QueryTask& a, const QueryTask& b) { return a.cost > b.cost; });
  return tasks;
}

void requireSupported(const at::Tensor& q, const AttentionOptions& options) {
  if (!supportsCpuAttention(q, options))
    throw Exception(ErrorKind::Internal, "No attention back end supports these tensors.");
}

int64_t longestOf(const at::Tensor& host) {
  const int32_t* cu = host.data_ptr<int32_t>();
  int64_t longest = 0;
  for (int64_t i = 0; i + 1 < host.size(0); ++i)
    longest = std::max<int64_t>(longest, cu[i + 1] - cu[i]);
  return longest;
}

/// Copies back where the caller's tensor is a slice.
void deliver(at::Tensor& computed, const at::Tensor& wanted) {
  if (!wanted.defined() || wanted.data_ptr() == computed.data_ptr())
    return;
  at::Tensor(wanted).copy_(computed);
  computed = wanted;
}

std::optional<AttentionBackend> g_forced;
} // namespace

Sequences::Sequences(const at::Tensor& bounds) : host(bounds), device(bounds), maxLength(longestOf(bounds)) {}
Sequences::Sequences(const at::Tensor& bounds, at::Device where) : host(bounds), device(uploaded(bounds, where)), maxLength(longestOf(bounds)) {}
int64_t Sequences::tokens() const { return host.data_ptr<int32_t>()[host.size(0) - 1]; }

at::Tensor uploaded(const at::Tensor& host, at::Device device) {
  if (device.is_cpu())
    return host;
  return host.contiguous().pin_memory().to(device, true);
}

void forceAttentionBackend(AttentionBackend backend) { g_forced = backend; }
void chooseAttentionBackend() { g_forced.reset(); }

namespace {
/// Best first. What no other back end takes is composed of plain operations, sequence by sequence.
AttentionBackend backendFor(const at::Tensor& q, const Sequences& sequences, const AttentionOptions& options) {
  const CudaOps& table = cudaOps();
  for (const AttentionBackend backend : {AttentionBackend::Cudnn, AttentionBackend::Flash, AttentionBackend::Efficient})
    if (g_forced ? *g_forced == backend : table.supportsAttention(backend, q, sequences, options))
      return backend;
  return AttentionBackend::Composed;
}
} // namespace

bool supportsCpuAttention(const at::Tensor& q, const AttentionOptions& o) {
  return q.is_cpu() && (q.scalar_type() == at::kFloat || q.scalar_type() == at::kBFloat16) && o.kvHeads > 0 && o.heads % o.kvHeads == 0 &&
         q.dim() == 3 && q.size(1) == o.heads && q.size(2) == o.headDim;
}

AttentionResult attentionForward(const at::Tensor& qGiven, const at::Tensor& kGiven, const at::Tensor& vGiven, const Sequences& sequences, const AttentionOptions& options) {
  noteTokens(std::max({qGiven.size(0), kGiven.size(0), vGiven.size(0)}));
  if (qGiven.is_cuda())
    return cudaOps().attentionForward(backendFor(qGiven, sequences, options), qGiven, kGiven, vGiven, sequences, options);
  requireSupported(qGiven, options);
  const at::Tensor q = qGiven.contiguous(), k = kGiven.contiguous(), v = vGiven.contiguous();
  AttentionResult result{at::empty_like(q), at::empty({q.size(0), options.heads}, q.options().dtype(at::kFloat))};
  const int32_t* cu = boundsOf(sequences);
  const std::vector<QueryTask> tasks = queryTasks(cu, sequences.count(), nullptr, options.heads);
  kernels::AttentionForward problem;
  problem.shape = shapeOf(q, options);
  elementOf(k, "attention");
  elementOf(v, "attention");
  problem.q = q.data_ptr();
  problem.out = result.out.data_ptr();
  problem.lse = result.lse.data_ptr<float>();
  problem.keys.k = k.data_ptr();
  problem.keys.v = v.data_ptr();
  const auto& table = kernels::cpuKernels();
  parallelTasks(static_cast<int64_t>(tasks.size()), [&](int64_t t) {
    const QueryTask& task = tasks[static_cast<size_t>(t)];
    kernels::AttentionForward p = problem;
    p.firstQuery = p.keys.first = cu[task.sequence];
    p.queryCount = p.keyCount = cu[task.sequence + 1] - cu[task.sequence];
    p.head = task.head;
    p.blockBegin = task.blockBegin;
    p.scratch = threadScratch(kernels::attentionForwardScratch(options.headDim));
    table.attentionForward(p);
  });
  return result;
}

AttentionGradients attentionBackward(const at::Tensor& dOutGiven, const at::Tensor& qGiven, const at::Tensor& kGiven, const at::Tensor& vGiven, const AttentionResult& forward,
                                     const Sequences& sequences, const AttentionOptions& options, const AttentionGradients& into) {
  noteTokens(std::max({qGiven.size(0), kGiven.size(0), dOutGiven.size(0)}));
  if (qGiven.is_cuda())
    return cudaOps().attentionBackward(dOutGiven, qGiven, kGiven, vGiven, forward, sequences, options, into);
  requireSupported(qGiven, options);
  const at::Tensor q = qGiven.contiguous(), k = kGiven.contiguous(), v = vGiven.contiguous(), dOut = dOutGiven.contiguous();
  AttentionGradients grads{at::empty_like(q), at::empty_like(k), at::empty_like(v)};
  kernels::AttentionBackward problem;
  problem.shape = shapeOf(q, options);
  elementOf(dOut, "attentionBackward");
  problem.q = q.data_ptr();
  problem.k = k.data_ptr();
  problem.v = v.data_ptr();
  problem.out = forward.out.data_ptr();
  problem.dOut = dOut.data_ptr();
  problem.lse = forward.lse.data_ptr<float>();
  problem.dq = grads.dq.data_ptr();
  problem.dk = grads.dk.data_ptr();
  problem.dv = grads.dv.data_ptr();
  const int32_t* cu = boundsOf(sequences);
  std::vector<QueryTask> tasks;
  for (int64_t s = 0; s < sequences.count(); ++s)
    for (int64_t h = 0; h < options.kvHeads; ++h)
      tasks.push_back({static_cast<int32_t>(s), static_cast<int32_t>(h), 0, cu[s + 1] - cu[s]});
  std::stable_sort(tasks.begin(), tasks.end(), [](const QueryTask& a, const QueryTask& b) { return a.cost > b.cost; });
  const auto& table = kernels::cpuKernels();
  parallelTasks(static_cast<int64_t>(tasks.size()), [&](int64_t t) {
    const QueryTask& task = tasks[static_cast<size_t>(t)];
    kernels::AttentionBackward p = problem;
    p.first = cu[task.sequence];
    p.count = task.cost;
    p.kvHead = task.head;
    p.scratch = threadScratch(kernels::attentionBackwardScratch(options.headDim, options.heads / options.kvHeads, p.count));
    table.attentionBackward(p);
  });
  deliver(grads.dq, into.dq);
  deliver(grads.dk, into.dk);
  deliver(grads.dv, into.dv);
  return grads;
}

at::Tensor attentionCached(const at::Tensor& qGiven, const PagedKeys& cache, const Sequences& packed, const AttentionOptions& options) {
  noteTokens(qGiven.size(0));
  if (qGiven.is_cuda())
    return cudaOps().attentionCached(qGiven, cache, packed, options);
  requireSupported(qGiven, options);
  const at::Tensor q = qGiven.contiguous();
  at::Tensor out = at::empty_like(q);
  const int32_t* cu = boundsOf(packed);
  const int32_t* lengths = cache.kvLengths.data_ptr<int32_t>();
  const int32_t* blocks = cache.blockTable.data_ptr<int32_t>();
  const int64_t sequences = packed.count(), stride = cache.blockTable.size(1), rowElements = options.heads * options.headDim;
  const kernels::AttentionShape shape = shapeOf(q, options);
  const auto keysOf = [&](int64_t s) { return kernels::KeyRows{cache.keys.data_ptr(), cache.values.data_ptr(), 0, blocks + s * stride, cache.pageSize}; };
  const auto& table = kernels::cpuKernels();
  std::vector<QueryTask> tasks = queryTasks(cu, sequences, lengths, options.heads);
  std::erase_if(tasks, [&](const QueryTask& t) { return cu[t.sequence + 1] - cu[t.sequence] == 1; });
  const auto prefill = [&](int64_t t) {
    const QueryTask& task = tasks[static_cast<size_t>(t)];
    const int64_t s = task.sequence, count = cu[s + 1] - cu[s];
    kernels::AttentionForward p;
    p.shape = shape;
    p.q = q.data_ptr();
    p.out = out.data_ptr();
    p.keys = keysOf(s);
    p.firstQuery = cu[s];
    p.queryCount = count;
    p.keyCount = lengths[s] + count;
    p.head = task.head;
    p.blockBegin = task.blockBegin;
    p.scratch = threadScratch(kernels::attentionForwardScratch(options.headDim));
    table.attentionForward(p);
  };
  parallelTasks(static_cast<int64_t>(tasks.size()), prefill);
  const int64_t bytes = q.element_size();
  const auto decode = [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const int64_t s = t / options.kvHeads;
      if (cu[s + 1] - cu[s] != 1)
        continue;
      table.attentionDecode({shape, static_cast<const char*>(q.data_ptr()) + cu[s] * rowElements * bytes, static_cast<char*>(out.data_ptr()) + cu[s] * rowElements * bytes,
                             keysOf(s), lengths[s] + 1, t % options.kvHeads, threadScratch(kernels::attentionDecodeScratch(options.headDim, options.heads / options.kvHeads))});
    }
  };
  int64_t keys = 0;
  for (int64_t s = 0; s < sequences; ++s)
    keys += lengths[s] + 1;
  // Below about 100k multiplications waking a second thread costs more than it saves.
  parallelFor(sequences * options.kvHeads, keys * rowElements < 100'000 ? sequences * options.kvHeads : 1, decode);
  return out;
}

void appendKeys(const at::Tensor& k, const at::Tensor& v, PagedKeys& cache, const at::Tensor& positions, const at::Tensor& sequences) {
  if (k.is_cuda())
    return cudaOps().appendKeys(k, v, cache, positions, sequences);
  const int64_t tokens = k.size(0), stride = cache.blockTable.size(1);
  at::Tensor rows = at::empty({tokens}, at::kLong);
  for (int64_t t = 0; t < tokens; ++t) {
    const int64_t s = sequences.defined() ? sequences.data_ptr<int32_t>()[t] : t, position = positions.data_ptr<int32_t>()[t];
    rows.data_ptr<int64_t>()[t] = cache.blockTable.data_ptr<int32_t>()[s * stride + position / cache.pageSize] * cache.pageSize + position % cache.pageSize;
  }
  cache.keys.view({-1, k.size(1), k.size(2)}).index_copy_(0, rows, k);
  cache.values.view({-1, v.size(1), v.size(2)}).index_copy_(0, rows, v);
}

} // namespace lathe::ops
