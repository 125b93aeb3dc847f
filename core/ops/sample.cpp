// SPDX-License-Identifier: Apache-2.0
#include "core/ops/sample.h"

#include "core/ops/cuda_ops.h"
#include "lathe/kernels/sample.h"

#include <ATen/ATen.h>

#include <cstring>

namespace lathe::ops {

at::Tensor sampleParameters(std::span<const SampleOptions> rows) {
  constexpr int64_t kBytes = sizeof(kernels::SampleParameters);
  at::Tensor out = at::zeros({static_cast<int64_t>(rows.size()), kBytes}, at::kByte);
  for (size_t i = 0; i < rows.size(); ++i) {
    const SampleOptions& row = rows[i];
    kernels::SampleParameters p;
    p.seed = row.seed;
    p.index = row.index;
    p.temperature = row.temperature;
    p.topP = row.topP;
    p.minP = row.minP;
    p.repetitionPenalty = row.repetitionPenalty;
    p.topK = row.topK;
    p.greedy = row.temperature == 0;
    std::memcpy(out.data_ptr<uint8_t>() + static_cast<int64_t>(i) * kBytes, &p, sizeof p);
  }
  return out;
}

void sampleRows(const SampleCall& call) { cudaOps().sampleRows(call); }

} // namespace lathe::ops
