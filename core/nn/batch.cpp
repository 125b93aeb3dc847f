// SPDX-License-Identifier: Apache-2.0
#include "core/nn/batch.h"

#include "core/base/error.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

namespace lathe::nn {

Batch packBatch(const std::vector<std::vector<int64_t>>& sequences, const std::vector<std::vector<uint8_t>>& supervise, at::Device device) {
  std::vector<int64_t> tokens, targets, positions;
  std::vector<int32_t> cu = {0};
  Batch batch;
  for (size_t s = 0; s < sequences.size(); ++s) {
    const std::vector<int64_t>& ids = sequences[s];
    if (ids.empty() || (!supervise.empty() && supervise.at(s).size() != ids.size()))
      throw Exception(ErrorKind::Internal, fmt::format("Sequence {} of a batch is empty or its mask has another length.", s));
    for (size_t i = 0; i < ids.size(); ++i) {
      const bool wanted = i + 1 < ids.size() && (supervise.empty() || supervise[s][i + 1] != 0);
      tokens.push_back(ids[i]);
      targets.push_back(wanted ? ids[i + 1] : -100);
      positions.push_back(static_cast<int64_t>(i));
      batch.supervised += wanted;
    }
    batch.maxSeqlen = std::max(batch.maxSeqlen, static_cast<int64_t>(ids.size()));
    cu.push_back(static_cast<int32_t>(tokens.size()));
  }
  batch.tokens = at::tensor(tokens, at::kLong).to(device);
  batch.targets = at::tensor(targets, at::kLong).to(device);
  batch.positions = at::tensor(positions, at::kLong).to(device);
  batch.cuSeqlens = at::tensor(cu, at::kInt);
  return batch;
}

} // namespace lathe::nn
