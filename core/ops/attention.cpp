// SPDX-License-Identifier: Apache-2.0
#include "core/ops/attention.h"

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace lathe::ops {

namespace {

kernels::AttentionShape shapeOf(const at::Tensor& q, const AttentionOptions& o) {
  const double scale = o.scale != 0 ? o.scale : 1 / std::sqrt(static_cast<double>(o.headDim));
  return {o.heads, o.kvHeads, o.headDim, static_cast<float>(scale), static_cast<float>(o.softcap), o.window, elementOf(q, "attention")};
}

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

} // namespace

bool supportsCpuAttention(const at::Tensor& q, const AttentionOptions& o) {
  return q.is_cpu() && (q.scalar_type() == at::kFloat || q.scalar_type() == at::kBFloat16) && o.kvHeads > 0 && o.heads % o.kvHeads == 0 &&
         q.dim() == 3 && q.size(1) == o.heads && q.size(2) == o.headDim;
}

AttentionResult attentionForward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& cuSeqlens, const AttentionOptions& options) {
  requireSupported(q, options);
  noteTokens(std::max({q.size(0), k.size(0), v.size(0)}));
  AttentionResult result{at::empty_like(q), at::empty({q.size(0), options.heads}, q.options().dtype(at::kFloat))};
  const int32_t* cu = cuSeqlens.data_ptr<int32_t>();
  const std::vector<QueryTask> tasks = queryTasks(cu, cuSeqlens.size(0) - 1, nullptr, options.heads);
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

AttentionGradients attentionBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                     const at::Tensor& cuSeqlens, const AttentionOptions& options) {
  requireSupported(q, options);
  noteTokens(std::max({q.size(0), k.size(0), dOut.size(0)}));
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
  const int32_t* cu = cuSeqlens.data_ptr<int32_t>();
  std::vector<QueryTask> tasks;
  for (int64_t s = 0; s + 1 < cuSeqlens.size(0); ++s)
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
  return grads;
}

at::Tensor attentionCached(const at::Tensor& q, const PagedKeys& cache, const at::Tensor& cuSeqlens, const AttentionOptions& options) {
  requireSupported(q, options);
  noteTokens(q.size(0));
  at::Tensor out = at::empty_like(q);
  const int32_t* cu = cuSeqlens.data_ptr<int32_t>();
  const int32_t* lengths = cache.kvLengths.data_ptr<int32_t>();
  const int32_t* blocks = cache.blockTable.data_ptr<int32_t>();
  const int64_t sequences = cuSeqlens.size(0) - 1, stride = cache.blockTable.size(1), rowElements = options.heads * options.headDim;
  const kernels::AttentionShape shape = shapeOf(q, options);
  const auto keysOf = [&](int64_t s) { return kernels::KeyRows{cache.keys.data_ptr(), cache.values.data_ptr(), 0, blocks + s * stride, cache.pageSize}; };
  const auto& table = kernels::cpuKernels();
  std::vector<QueryTask> tasks = queryTasks(cu, sequences, lengths, options.heads);
  std::erase_if(tasks, [&](const QueryTask& t) { return cu[t.sequence + 1] - cu[t.sequence] == 1; });
  const auto prefill = [&](int64_t t) {
    const QueryTask& task = tasks[static_cast<size_t>(t)];
    const int64_t s = task.sequence, count = cu[s + 1] - cu[s];
    table.attentionForward({shape, q.data_ptr(), out.data_ptr(), nullptr, keysOf(s), cu[s], count, lengths[s] + count, task.head, task.blockBegin,
                            threadScratch(kernels::attentionForwardScratch(options.headDim))});
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

} // namespace lathe::ops
