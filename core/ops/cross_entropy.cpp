// SPDX-License-Identifier: Apache-2.0
#include "core/ops/cross_entropy.h"

#include "core/ops/checks.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace lathe::ops {

int64_t crossEntropyChunkRows(int64_t vocab) { return std::clamp<int64_t>((2 << 20) / std::max<int64_t>(vocab, 1), 16, 2048); }

at::Tensor chunkedLinearCrossEntropy(const at::Tensor& x, const at::Tensor& targets, const Head& head, double scale, at::Tensor dx) {
  const int64_t rows = x.size(0), chunk = std::min(rows, crossEntropyChunkRows(head.vocab));
  noteTokens(rows);
  at::Tensor loss = at::empty({rows}, x.options());
  at::Tensor buffer = at::empty({chunk, head.vocab}, x.options());
  const auto& table = kernels::cpuKernels();
  for (int64_t begin = 0; begin < rows; begin += chunk) {
    const int64_t count = std::min(chunk, rows - begin);
    at::Tensor logits = buffer.narrow(0, 0, count);
    const at::Tensor part = x.narrow(0, begin, count);
    head.forward(part, logits);
    const kernels::CrossEntropyRows problem{logits.data_ptr<float>(), targets.data_ptr<int64_t>() + begin, loss.data_ptr<float>() + begin, head.vocab,
                                            static_cast<float>(scale), dx.defined()};
    parallelFor(count, 4, [&](int64_t b, int64_t e) { table.crossEntropyRows(problem, {b, e}); });
    if (!dx.defined())
      continue;
    at::Tensor dPart = dx.narrow(0, begin, count);
    head.backwardInput(logits, dPart);
    if (head.backwardWeight)
      head.backwardWeight(logits, part);
  }
  return loss;
}

} // namespace lathe::ops
