// SPDX-License-Identifier: Apache-2.0
#include "core/ops/cross_entropy.h"

#include "core/ops/checks.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/parallel.h"
#include "lathe/kernels/cpu.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace lathe::ops {

namespace {
// Float32 logits of a chunk on a GPU stay below this; larger vocabularies get bfloat16 logits where the model computes in bfloat16.
constexpr int64_t kFloatLogitBytes = int64_t{256} << 20;
constexpr int64_t kGpuChunkBytes = int64_t{1} << 30;

at::ScalarType logitType(int64_t vocab, at::ScalarType compute, at::Device device) {
  if (device.is_cpu() || compute == at::kFloat || 2048 * vocab * 4 <= kFloatLogitBytes)
    return at::kFloat;
  return compute;
}

void crossEntropyCpu(at::Tensor& logits, const at::Tensor& targets, at::Tensor& loss, double scale, bool gradient) {
  kernels::CrossEntropyRows problem;
  problem.logits = logits.data_ptr();
  problem.targets = targets.data_ptr<int64_t>();
  problem.loss = loss.data_ptr<float>();
  problem.vocab = logits.size(1);
  problem.scale = static_cast<float>(scale);
  problem.gradient = gradient;
  const auto& table = kernels::cpuKernels();
  parallelFor(logits.size(0), 4, [&](int64_t b, int64_t e) { table.crossEntropyRows(problem, {b, e}); });
}

/// Gradient of the finished logits → of the head's products, in place; uses `finished` up.
void finishedGradient(at::Tensor& dLogits, at::Tensor& finished, const Head& head) {
  if (head.softcap > 0)
    dLogits.mul_(finished.div_(head.softcap).square_().neg_().add_(1));
  if (head.logitScale != 1)
    dLogits.mul_(head.logitScale);
}
} // namespace

void finishLogits(at::Tensor& logits, double logitScale, double softcap) {
  if (logitScale != 1)
    logits.mul_(logitScale);
  if (softcap > 0)
    logits.div_(softcap).tanh_().mul_(softcap);
}

int64_t crossEntropyChunkRows(int64_t vocab, at::Device device) {
  if (device.is_cpu())
    return std::clamp<int64_t>((2 << 20) / std::max<int64_t>(vocab, 1), 16, 2048);
  return std::clamp<int64_t>(kGpuChunkBytes / (2 * std::max<int64_t>(vocab, 1)) / 256 * 256, 256, 4096);
}

uint64_t crossEntropyWorkspace(int64_t rows, int64_t vocab, at::ScalarType compute, at::Device device) {
  const int64_t chunk = std::min(rows, crossEntropyChunkRows(vocab, device));
  const at::ScalarType type = logitType(vocab, compute, device);
  const int64_t narrow = type == compute ? 0 : 2; // the gradient once more in the compute type
  return static_cast<uint64_t>(chunk * vocab * (static_cast<int64_t>(at::elementSize(type)) + (device.is_cpu() ? 0 : narrow)));
}

at::Tensor chunkedLinearCrossEntropy(const at::Tensor& x, const at::Tensor& targets, const Head& head, double scale, at::Tensor dx, const at::Tensor& deviceScale) {
  const int64_t rows = x.size(0), chunk = std::min(rows, crossEntropyChunkRows(head.vocab, x.device()));
  noteTokens(rows);
  at::Tensor loss = at::empty({rows}, x.options().dtype(at::kFloat));
  at::Tensor buffer = at::empty({chunk, head.vocab}, x.options().dtype(logitType(head.vocab, x.scalar_type(), x.device())));
  at::Tensor narrowed = dx.defined() && buffer.scalar_type() != x.scalar_type() ? at::empty({chunk, head.vocab}, x.options()) : at::Tensor();
  for (int64_t begin = 0; begin < rows; begin += chunk) {
    const int64_t count = std::min(chunk, rows - begin);
    at::Tensor logits = buffer.narrow(0, 0, count), lossPart = loss.narrow(0, begin, count);
    const at::Tensor part = x.narrow(0, begin, count), targetPart = targets.narrow(0, begin, count);
    head.forward(part, logits);
    finishLogits(logits, head.logitScale, head.softcap);
    at::Tensor finished = head.softcap > 0 && dx.defined() ? logits.clone() : at::Tensor(); // the loss overwrites them
    if (x.is_cuda())
      cudaOps().crossEntropyRows(logits, targetPart, lossPart, scale, dx.defined(), deviceScale);
    else
      crossEntropyCpu(logits, targetPart, lossPart, scale, dx.defined());
    if (!dx.defined())
      continue;
    finishedGradient(logits, finished, head);
    const at::Tensor dLogits = narrowed.defined() ? narrowed.narrow(0, 0, count).copy_(logits) : logits;
    at::Tensor dPart = dx.narrow(0, begin, count);
    head.backwardInput(dLogits, dPart);
    if (head.backwardWeight)
      head.backwardWeight(dLogits, part);
  }
  return loss;
}

} // namespace lathe::ops
