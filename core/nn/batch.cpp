// SPDX-License-Identifier: Apache-2.0
#include "core/nn/batch.h"

#include "core/base/error.h"
#include "core/ops/attention_buckets.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

namespace lathe::nn {

namespace {
constexpr int64_t kLeastShape = 128;
constexpr int64_t kFewRows = 4096; // so few are computed before the next kernel is started, whatever is filled up

/// Eight steps to every doubling.
int64_t nextEighth(int64_t n) {
  int64_t step = 1;
  while (step * 16 < n)
    step *= 2;
  return (n + step - 1) / step * step;
}
int64_t nextRows(int64_t n) { return n <= kFewRows ? std::max(kLeastShape, ops::halfStepBucket(n)) : nextEighth(n); }
int64_t fillers(int64_t tokens, int64_t longest) { return (tokens + longest - 1) / longest; }
} // namespace

BatchShape filledShape(const BatchShape& batch) {
  BatchShape out;
  out.tokens = nextRows(batch.tokens + 1);
  out.maxSeqlen = std::max(kLeastShape, ops::halfStepBucket(batch.maxSeqlen));
  out.sequences = std::max<int64_t>(4, ops::halfStepBucket(batch.sequences + fillers(out.tokens - batch.tokens, out.maxSeqlen)));
  out.supervised = nextRows(batch.supervised);
  return out;
}

HostBatch layOutBatch(std::span<const int64_t> tokens, std::span<const int64_t> targets, std::span<const int64_t> positions, std::span<const int32_t> cuSeqlens,
                      int64_t maxSeqlen, bool pinned, bool filled) {
  const auto real = static_cast<int64_t>(tokens.size());
  BatchShape shape{real, static_cast<int64_t>(cuSeqlens.size()) - 1, maxSeqlen, std::count_if(targets.begin(), targets.end(), [](int64_t t) { return t >= 0; })};
  if (filled)
    shape = filledShape(shape);
  const int64_t bounds = (shape.sequences + 2) / 2; // int32 pairs in int64 elements
  HostBatch out{at::empty({3 * shape.tokens + 2 * shape.supervised + bounds}, at::TensorOptions().dtype(at::kLong).pinned_memory(pinned)), shape.tokens, shape.sequences,
                shape.maxSeqlen, shape.supervised};
  int64_t* place = out.block.mutable_data_ptr<int64_t>();
  const auto put = [&](std::span<const int64_t> part, auto filler) {
    place = std::copy(part.begin(), part.end(), place);
    for (int64_t i = 0; i < shape.tokens - real; ++i)
      *place++ = filler(i);
  };
  put(tokens, [](int64_t) { return 0; });
  put(targets, [](int64_t) { return -100; });
  put(positions, [&](int64_t i) { return i % shape.maxSeqlen; });
  int64_t* values = place + shape.supervised;
  int64_t* const rowsEnd = values;
  for (size_t t = 0; t < targets.size(); ++t)
    if (targets[t] >= 0) {
      *place++ = static_cast<int64_t>(t);
      *values++ = targets[t];
    }
  values = std::fill_n(values, rowsEnd - place, -100);
  std::fill(place, rowsEnd, shape.tokens - 1); // a filler token
  std::fill(values, values + bounds, 0);
  auto* ends = std::copy(cuSeqlens.begin(), cuSeqlens.end(), reinterpret_cast<int32_t*>(values));
  for (int64_t i = static_cast<int64_t>(cuSeqlens.size()), end = real; i <= shape.sequences; ++i) {
    end = std::min(shape.tokens, end + shape.maxSeqlen);
    *ends++ = static_cast<int32_t>(end); // those after the last filler are empty
  }
  return out;
}

Batch viewsOf(const HostBatch& host, const at::Tensor& block) {
  int64_t at = 0;
  const auto take = [&](int64_t count) {
    at += count;
    return block.narrow(0, at - count, count);
  };
  const auto bounds = [&](const at::Tensor& from) { return from.narrow(0, at, from.size(0) - at).view(at::kInt).narrow(0, 0, host.sequences + 1); };
  Batch out;
  out.tokens = take(host.tokens);
  out.targets = take(host.tokens);
  out.positions = take(host.tokens);
  out.supervisedRows = take(host.supervised);
  out.supervisedTargets = take(host.supervised);
  out.cuSeqlens = bounds(host.block);
  out.cuSeqlensDevice = block.is_cpu() ? out.cuSeqlens : bounds(block);
  out.maxSeqlen = host.maxSeqlen;
  out.supervised = host.supervised;
  return out;
}

Batch toDevice(const HostBatch& host, at::Device device) { return viewsOf(host, device.is_cpu() ? host.block : host.block.to(device, at::kLong, true)); }

Batch packBatch(const std::vector<std::vector<int64_t>>& sequences, const std::vector<std::vector<uint8_t>>& supervise, at::Device device) {
  std::vector<int64_t> tokens, targets, positions;
  std::vector<int32_t> cu = {0};
  int64_t longest = 0;
  for (size_t s = 0; s < sequences.size(); ++s) {
    const std::vector<int64_t>& ids = sequences[s];
    if (ids.empty() || (!supervise.empty() && supervise.at(s).size() != ids.size()))
      throw Exception(ErrorKind::Internal, fmt::format("Sequence {} of a batch is empty or its mask has another length.", s));
    for (size_t i = 0; i < ids.size(); ++i) {
      const bool wanted = i + 1 < ids.size() && (supervise.empty() || supervise[s][i + 1] != 0);
      tokens.push_back(ids[i]);
      targets.push_back(wanted ? ids[i + 1] : -100);
      positions.push_back(static_cast<int64_t>(i));
    }
    longest = std::max(longest, static_cast<int64_t>(ids.size()));
    cu.push_back(static_cast<int32_t>(tokens.size()));
  }
  return toDevice(layOutBatch(tokens, targets, positions, cu, longest, device.is_cuda()), device);
}

} // namespace lathe::nn
