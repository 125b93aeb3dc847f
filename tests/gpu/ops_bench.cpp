// SPDX-License-Identifier: Apache-2.0
// Times of the attention back ends and of the chunked loss, median of seven rounds, the device waited for once a round.
#include "core/ops/attention.h"
#include "core/ops/cross_entropy.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/matmul.h"
#include "tests/gpu/ops_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <numeric>

namespace lathe::gpuops {

namespace {

double clockSeconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double milliseconds(const Session& s, const std::function<void()>& work) {
  const auto& table = ops::cudaOps();
  constexpr int kCalls = 10;
  work();
  table.synchronize(s.device);
  std::vector<double> rounds;
  for (int round = 0; round < 7; ++round) {
    const double begin = clockSeconds();
    for (int call = 0; call < kCalls; ++call)
      work();
    table.synchronize(s.device);
    rounds.push_back((clockSeconds() - begin) * 1e3 / kCalls);
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[rounds.size() / 2];
}

at::Tensor benchBounds(const std::vector<int64_t>& lengths) {
  std::vector<int> cu = {0};
  for (const int64_t n : lengths)
    cu.push_back(cu.back() + static_cast<int>(n));
  return at::tensor(cu, at::kInt);
}

void benchBackend(Session& s, const char* name, ops::AttentionBackend backend, const std::vector<int64_t>& lengths, const ops::AttentionOptions& o) {
  const at::Tensor bounds = benchBounds(lengths);
  const int64_t tokens = bounds[-1].item<int64_t>();
  const auto bf16 = at::TensorOptions().device(s.device).dtype(at::kBFloat16);
  const at::Tensor qkv = at::randn({tokens, o.heads + 2 * o.kvHeads, o.headDim}, bf16), dOut = at::randn({tokens, o.heads, o.headDim}, bf16), grads = at::empty_like(qkv);
  const auto part = [&](const at::Tensor& t, int which) {
    return which == 0 ? t.narrow(1, 0, o.heads) : t.narrow(1, o.heads + (which - 1) * o.kvHeads, o.kvHeads);
  };
  const ops::Sequences sequences(bounds, s.device);
  if (!ops::cudaOps().supportsAttention(backend, part(qkv, 0), sequences, o))
    return;
  ops::forceAttentionBackend(backend);
  const double begin = clockSeconds();
  ops::AttentionResult result = ops::attentionForward(part(qkv, 0), part(qkv, 1), part(qkv, 2), sequences, o);
  const auto backward = [&] {
    ops::attentionBackward(dOut, part(qkv, 0), part(qkv, 1), part(qkv, 2), result, sequences, o, {part(grads, 0), part(grads, 1), part(grads, 2)});
  };
  backward();
  ops::cudaOps().synchronize(s.device);
  const double first = clockSeconds() - begin;
  const double forwardMs = milliseconds(s, [&] { result = ops::attentionForward(part(qkv, 0), part(qkv, 1), part(qkv, 2), sequences, o); });
  ops::cudaOps().resetPeakMemory(s.device);
  const uint64_t before = ops::cudaOps().memory(s.device, false).allocated;
  const double backwardMs = milliseconds(s, backward);
  const double extra = static_cast<double>(ops::cudaOps().memory(s.device, false).peakAllocated - before) / (1 << 30);
  ops::chooseAttentionBackend();
  double pairs = 0;
  for (const int64_t n : lengths) {
    const double w = static_cast<double>(o.window > 0 ? std::min(n, o.window) : n), length = static_cast<double>(n);
    pairs += w * (w + 1) / 2 + (length - w) * w;
  }
  const double flops = 4 * pairs * static_cast<double>(o.heads * o.headDim);
  std::printf("%-34s %-9s first %6.2f s  forward %7.3f ms %5.0f TFLOP/s  backward %7.3f ms %5.0f TFLOP/s  + %.2f GiB\n", name,
              backend == ops::AttentionBackend::Cudnn ? "cudnn" : "flash", first, forwardMs, flops / forwardMs / 1e9, backwardMs, 2.5 * flops / backwardMs / 1e9, extra);
}

} // namespace

void benchAttention(Session& s) {
  struct Case {
    const char* name;
    std::vector<int64_t> lengths;
    ops::AttentionOptions options;
  };
  const ops::AttentionOptions llama{32, 8, 128}, small{32, 8, 64}, gemma{8, 4, 256};
  const std::vector<int64_t> chat = {1566, 211, 905, 388, 77, 640, 1203, 455, 92, 310, 801, 150, 523, 267, 434, 170};
  ops::AttentionOptions window = llama;
  window.window = 512;
  const std::vector<Case> cases = {{"4 x 2048, 32/8 x 128", {2048, 2048, 2048, 2048}, llama},
                                   {"16 chat-like rows", chat, llama},
                                   {"64 x 128", std::vector<int64_t>(64, 128), llama},
                                   {"1 x 16384", {16384}, llama},
                                   {"4 x 2048, window 512", {2048, 2048, 2048, 2048}, window},
                                   {"4 x 2048, 32/8 x 64", {2048, 2048, 2048, 2048}, small},
                                   {"4 x 2048, 8/4 x 256", {2048, 2048, 2048, 2048}, gemma}};
  for (const Case& c : cases)
    for (const ops::AttentionBackend backend : {ops::AttentionBackend::Cudnn, ops::AttentionBackend::Flash})
      benchBackend(s, c.name, backend, c.lengths, c.options);
  const ops::AttentionPlans plans = ops::cudaOps().attentionPlans();
  std::printf("cuDNN plans: %ld built in %.2f s, %ld refused, largest workspace %.2f GiB %s\n", static_cast<long>(plans.count), plans.buildSeconds,
              static_cast<long>(plans.refused), static_cast<double>(plans.mostWorkspace) / (1 << 30), plans.lastRefusal.c_str());
}

void benchRows(Session& s) {
  const auto bf16 = at::TensorOptions().device(s.device).dtype(at::kBFloat16);
  for (const int64_t hidden : {2048, 4096}) {
    const int64_t rows = 8192, vocab = 128256;
    const at::Tensor x = at::randn({rows, hidden}, bf16), w = at::randn({vocab, hidden}, bf16) * 0.02, targets = at::randint(0, vocab, {rows}, bf16.dtype(at::kLong));
    at::Tensor dx = at::empty_like(x);
    ops::Head head;
    head.vocab = vocab;
    head.forward = [&](const at::Tensor& part, at::Tensor& logits) { ops::multiplyInto(logits, part, w); };
    head.backwardInput = [&](const at::Tensor& dLogits, at::Tensor& out) { at::mm_out(out, dLogits, w); };
    const double ms = milliseconds(s, [&] { ops::chunkedLinearCrossEntropy(x, targets, head, 1.0 / 8192, dx); });
    std::printf("chunked loss, 8192 rows x %ld, vocabulary 128256: %.2f ms, %.0f TFLOP/s of products\n", static_cast<long>(hidden), ms,
                4.0 * static_cast<double>(rows * hidden * vocab) / ms / 1e9);
    at::Tensor grad = at::zeros({16, hidden}, bf16.dtype(at::kFloat));
    const at::Tensor low = at::randn({rows, 16}, bf16);
    std::printf("accumulateOuter 16 x %ld from 8192 rows: %.3f ms\n", static_cast<long>(hidden), milliseconds(s, [&] { ops::accumulateOuter(grad, low, x); }));
  }
}

} // namespace lathe::gpuops
