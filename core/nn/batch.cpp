// SPDX-License-Identifier: Apache-2.0
#include "core/nn/batch.h"

#include "core/base/error.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

namespace lathe::nn {

HostBatch layOutBatch(std::span<const int64_t> tokens, std::span<const int64_t> targets, std::span<const int64_t> positions, std::span<const int32_t> cuSeqlens,
                      int64_t maxSeqlen, bool pinned) {
  HostBatch out;
  out.tokens = static_cast<int64_t>(tokens.size());
  out.sequences = static_cast<int64_t>(cuSeqlens.size()) - 1;
  out.maxSeqlen = maxSeqlen;
  out.supervised = std::count_if(targets.begin(), targets.end(), [](int64_t t) { return t >= 0; });
  const int64_t bounds = (out.sequences + 2) / 2; // int32 pairs in int64 elements
  out.block = at::empty({3 * out.tokens + 2 * out.supervised + bounds}, at::TensorOptions().dtype(at::kLong).pinned_memory(pinned));
  int64_t* place = out.block.mutable_data_ptr<int64_t>();
  for (const std::span<const int64_t> part : {tokens, targets, positions})
    place = std::copy(part.begin(), part.end(), place);
  int64_t* values = place + out.supervised;
  for (size_t t = 0; t < targets.size(); ++t)
    if (targets[t] >= 0) {
      *place++ = static_cast<int64_t>(t);
      *values++ = targets[t];
    }
  std::fill(values, values + bounds, 0);
  std::copy(cuSeqlens.begin(), cuSeqlens.end(), reinterpret_cast<int32_t*>(values));
  return out;
}

Batch toDevice(const HostBatch& host, at::Device device) {
  const at::Tensor block = device.is_cpu() ? host.block : host.block.to(device, at::kLong, true);
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
  out.cuSeqlensDevice = device.is_cpu() ? out.cuSeqlens : bounds(block);
  out.maxSeqlen = host.maxSeqlen;
  out.supervised = host.supervised;
  return out;
}

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
