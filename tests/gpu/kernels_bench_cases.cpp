// SPDX-License-Identifier: Apache-2.0
// Shapes of the 8B and 1B models: 8192 tokens of training, single tokens of decoding.
#include "tests/gpu/kernels_bench.h"

#include <algorithm>
#include <numeric>

namespace lathe::gputest {

using kernels::Status;
using kernels::Stream;

namespace {

constexpr Element kBf16 = Element::BFloat16;
constexpr int64_t kLoraColumns = 64; // padding of concatenated operands

std::vector<Filled> many(int count, int64_t elements, Element element, float scale = 1) {
  std::vector<Filled> out;
  for (int i = 0; i < count; ++i)
    out.emplace_back(elements, element, scale);
  return out;
}

} // namespace

void benchTraining(Bench& bench, const std::string& model, int64_t tokens, int64_t hidden, int64_t intermediate, int64_t heads, int64_t kvHeads, int64_t headDim) {
  const auto name = [&](const char* what) { return model + " " + what; };
  const double row = 2.0 * static_cast<double>(tokens * hidden), mlp = 2.0 * static_cast<double>(tokens * intermediate);
  {
    const int sets = bench.setsFor(row);
    const auto x = many(sets, tokens * hidden, kBf16), r = many(sets, tokens * hidden, kBf16), y = many(sets, tokens * (hidden + kLoraColumns), kBf16);
    const Filled weight(hidden, Element::Float32), rstd(tokens, Element::Float32), gradient(hidden, Element::Float32);
    const Filled scratch(kernels::columnSumScratch(tokens, hidden), Element::Float32);
    kernels::RmsNormForward f;
    f.weight = weight.floats(), f.rstd = rstd.floats(), f.width = hidden, f.eps = 1e-5f, f.element = kBf16, f.yStride = hidden + kLoraColumns;
    bench.time(name("rmsNorm"), 2 * row, sets, [&](int i, Stream s) {
      kernels::RmsNormForward p = f;
      p.x = x[i].data(), p.y = y[i].data();
      return kernels::launchRmsNormForward(p, tokens, s);
    });
    bench.time(name("rmsNorm + residual"), 4 * row, sets, [&](int i, Stream s) {
      kernels::RmsNormForward p = f;
      p.x = x[i].data(), p.y = y[i].data(), p.add = r[i].data(), p.sum = x[i].data();
      return kernels::launchRmsNormForward(p, tokens, s);
    });
    kernels::RmsNormBackward b;
    b.weight = weight.floats(), b.rstd = rstd.floats(), b.width = hidden, b.element = kBf16, b.dyStride = hidden + kLoraColumns;
    for (bool trains : {false, true})
      bench.time(name(trains ? "rmsNorm backward + residual + dWeight" : "rmsNorm backward + residual"), 4 * row, sets, [&](int i, Stream s) {
        kernels::RmsNormBackward p = b;
        p.dy = y[i].data(), p.x = x[i].data(), p.residual = r[i].data(), p.dx = r[i].data();
        if (trains)
          p.dWeight = gradient.floats(), p.scratch = scratch.floats();
        return kernels::launchRmsNormBackward(p, tokens, s);
      });
    bench.time(name("columnSum"), row, sets, [&](int i, Stream s) {
      return kernels::launchColumnSum({x[i].data(), gradient.floats(), scratch.floats(), hidden, 0, kBf16}, tokens, s);
    });
    bench.time(name("dropout"), 2 * row, sets, [&](int i, Stream s) {
      kernels::DropoutMask p;
      p.in = x[i].data(), p.out = r[i].data(), p.width = hidden, p.probability = 0.1, p.key = 3, p.counter = 4, p.element = kBf16;
      return kernels::launchDropout(p, tokens, s);
    });
    bench.time(name("scale of 64 columns into padding"), 2.0 * 2 * static_cast<double>(tokens * kLoraColumns), sets, [&](int i, Stream s) {
      kernels::StridedCopy p;
      p.in = r[i].data(), p.out = static_cast<kernels::BFloat16*>(y[i].data()) + hidden, p.width = kLoraColumns, p.outStride = hidden + kLoraColumns, p.scale = 2;
      p.inElement = p.outElement = kBf16;
      return kernels::launchStridedCopy(p, tokens, s);
    });
    std::vector<int64_t> ids(static_cast<size_t>(tokens));
    std::mt19937 random(3);
    for (int64_t& id : ids) // a Zipf-like mixture: some tokens very often
      id = random() % (random() % 2 == 0 ? 50 : 2000);
    const DeviceVector<int64_t> dIds(ids);
    const Filled table(2000 * hidden, kBf16), tableGrad(2000 * hidden, Element::Float32);
    bench.time(name("embedding"), 2 * row, sets, [&](int i, Stream s) {
      return kernels::launchEmbedding({table.data(), dIds.data(), x[i].data(), 2000, hidden, 0, 0, 1, kBf16}, tokens, s);
    });
    bench.time(name("embedding gradient"), row + 2 * 4.0 * 2000 * static_cast<double>(hidden), sets, [&](int i, Stream s) {
      return kernels::launchEmbeddingGradient({x[i].data(), dIds.data(), tableGrad.floats(), 2000, hidden, 0, 1, kBf16}, tokens, s);
    });
  }
  {
    const int64_t width = (heads + 2 * kvHeads) * headDim, turned = (heads + kvHeads) * headDim;
    const double bytes = 4.0 * static_cast<double>(tokens * turned);
    const int sets = bench.setsFor(bytes);
    const auto qkv = many(sets, tokens * width, kBf16);
    const Filled cosine(tokens * headDim / 2, Element::Float32), sine(tokens * headDim / 2, Element::Float32);
    bench.time(name("rotary of q and k in q·k·v"), bytes, sets, [&](int i, Stream s) {
      kernels::Rotary p;
      p.x = qkv[i].data(), p.cosine = cosine.floats(), p.sine = sine.floats(), p.heads = heads, p.headDim = headDim, p.element = kBf16, p.tokenStride = width;
      p.second = static_cast<kernels::BFloat16*>(qkv[i].data()) + heads * headDim, p.secondHeads = kvHeads, p.secondStride = width;
      return kernels::launchRotary(p, tokens, s);
    });
  }
  auto gateUp = many(4, tokens * 2 * intermediate, kBf16), h = many(4, tokens * (intermediate + kLoraColumns), kBf16);
  const auto half = [&](int i) { return static_cast<kernels::BFloat16*>(gateUp[i].data()); };
  bench.time(name("gated"), 3 * mlp, 4, [&](int i, Stream s) {
    kernels::GatedForward p{half(i), half(i) + intermediate, h[i].data(), kernels::GateActivation::Silu, kBf16};
    p.width = intermediate, p.gateStride = p.upStride = 2 * intermediate, p.outStride = intermediate + kLoraColumns;
    return kernels::launchGatedForward(p, tokens, s);
  });
  const auto backward = [&](int i, Stream s) {
    kernels::GatedBackward p{h[i].data(), half(i), half(i) + intermediate, kernels::GateActivation::Silu, kBf16};
    p.width = intermediate, p.gateStride = p.upStride = 2 * intermediate, p.dhStride = intermediate + kLoraColumns;
    return kernels::launchGatedBackward(p, tokens, s);
  };
  bench.time(name("gated backward"), 6 * mlp, 4, backward, [&](int i) {
    gateUp[static_cast<size_t>(i)].refill();
    h[static_cast<size_t>(i)].refill();
  });
}

void benchLoss(Bench& bench) {
  const int64_t rows = 2048, vocab = 128256;
  std::vector<int64_t> targets(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i)
    targets[static_cast<size_t>(i)] = i * 61 % vocab;
  const DeviceVector<int64_t> dTargets(targets);
  const DeviceVector<float> loss(static_cast<size_t>(rows));
  for (Element element : {Element::BFloat16, Element::Float32}) {
    auto logits = many(4, rows * vocab, element, 2);
    const double bytes = static_cast<double>(rows * vocab * bytesOf(element));
    for (bool gradient : {false, true})
      bench.time(std::string("cross-entropy 2048 x 128256 ") + (element == kBf16 ? "bf16" : "fp32") + (gradient ? " + gradient (read once, written once)" : ""),
                 bytes * (gradient ? 2 : 1), 4,
                 [&](int i, Stream s) {
                   kernels::CrossEntropyRows p;
                   p.logits = logits[i].data(), p.targets = dTargets.data(), p.loss = loss.data(), p.vocab = vocab, p.scale = 1e-3f, p.gradient = gradient, p.element = element;
                   return kernels::launchCrossEntropyRows(p, rows, s);
                 },
                 [&](int i) { logits[static_cast<size_t>(i)].refill(); });
  }
}

void benchOptimizer(Bench& bench) {
  const int64_t n = 41'943'040; // rank 16 on the seven linear modules of the 8B model
  const Filled value(n, Element::Float32), grad(n, Element::Float32), mean(n, Element::Float32), variance(n, Element::Float32), published(n, kBf16);
  LATHE_CUDA(cudaMemset(variance.data(), 0x3f, static_cast<size_t>(n) * 4)); // positive
  const DeviceVector<double> partials(kernels::kGradNormPartials);
  const DeviceVector<kernels::ClipState> state(1);
  const DeviceVector<kernels::AdamWStep> step(std::vector<kernels::AdamWStep>{{1e-4f, 0.1f, 0.03f}});
  kernels::GradNorm g;
  g.grad = grad.floats(), g.partials = partials.data(), g.state = state.data(), g.maxNorm = 1;
  bench.time("gradNorm of 42 M", 4.0 * n, 1, [&](int, Stream s) { return kernels::launchGradNorm(g, n, s); });
  LATHE_CUDA(cudaDeviceSynchronize());
  kernels::AdamWFlat p;
  p.value = value.floats(), p.grad = grad.floats(), p.mean = mean.floats(), p.variance = variance.floats();
  p.published = static_cast<kernels::BFloat16*>(published.data()), p.step = step.data(), p.beta1 = 0.9, p.beta2 = 0.999, p.eps = 1e-8f;
  bench.time("adamW of 42 M, bf16 copy", 30.0 * n, 1, [&](int, Stream s) { return kernels::launchAdamW(p, n, s); });
}

void benchGemv(Bench& bench) {
  struct Case {
    const char* name;
    int64_t rows, columns;
  };
  for (const Case& c : {Case{"8b q·k·v 6144 x 4096", 6144, 4096}, Case{"8b o 4096 x 4096", 4096, 4096}, Case{"8b gate·up 28672 x 4096", 28672, 4096},
                        Case{"8b down 4096 x 14336", 4096, 14336}, Case{"8b gate 14336 x 4096", 14336, 4096}, Case{"8b head 128256 x 4096", 128256, 4096},
                        Case{"1b q·k·v 3072 x 2048", 3072, 2048}, Case{"1b gate·up 16384 x 2048", 16384, 2048}, Case{"1b down 2048 x 8192", 2048, 8192}}) {
    const std::string base = std::string("gemv ") + c.name;
    if (!bench.wants(base))
      continue;
    const double bytes = 2.0 * static_cast<double>(c.rows * c.columns);
    const int sets = bench.setsFor(bytes);
    const auto w = many(sets, c.rows * c.columns, kBf16, 0.02f);
    const Filled x(8 * c.columns, kBf16), y(8 * c.rows, kBf16);
    for (int64_t batch : {1, 2, 4, 8})
      bench.time(base + " batch " + std::to_string(batch), bytes, sets, [&](int i, Stream s) {
        kernels::GemvDevice p;
        p.w = w[i].data(), p.x = x.data(), p.y = y.data(), p.rows = c.rows, p.columns = c.columns, p.batch = batch, p.element = kBf16;
        return kernels::launchGemvDevice(p, s);
      });
  }
}

namespace {

void benchAttention(Bench& bench, const std::string& name, int64_t sequences, int64_t keys, int64_t heads, int64_t kvHeads, int64_t headDim) {
  if (!bench.wants(name))
    return;
  const int64_t pageSize = 64, pagesEach = (keys + pageSize - 1) / pageSize, row = kvHeads * headDim;
  const double bytes = 4.0 * static_cast<double>(sequences * keys * row);
  const int sets = bench.setsFor(bytes);
  const auto k = many(sets, sequences * pagesEach * pageSize * row, kBf16), v = many(sets, sequences * pagesEach * pageSize * row, kBf16);
  const Filled q(sequences * heads * headDim, kBf16), out(sequences * heads * headDim, kBf16);
  std::vector<int32_t> table(static_cast<size_t>(sequences * pagesEach));
  std::iota(table.begin(), table.end(), 0);
  std::shuffle(table.begin(), table.end(), std::mt19937(5));
  const DeviceVector<int32_t> dTable(table), lengths(std::vector<int32_t>(static_cast<size_t>(sequences), static_cast<int32_t>(keys)));
  kernels::PagedDecode p;
  p.shape = {heads, kvHeads, headDim, 0.1f, 0, 0, kBf16};
  p.splits = kernels::pagedDecodeSplits(sequences, kvHeads, keys, bench.multiprocessors());
  const Filled scratch(kernels::pagedDecodeScratch(sequences, heads, headDim, p.splits), Element::Float32);
  p.q = q.data(), p.out = out.data(), p.lengths = lengths.data(), p.blockTable = dTable.data(), p.blockStride = pagesEach, p.pageSize = pageSize;
  p.scratch = scratch.floats();
  bench.time(name + ", " + std::to_string(p.splits) + " splits", bytes, sets, [&](int i, Stream s) {
    kernels::PagedDecode problem = p;
    problem.keys = k[i].data(), problem.values = v[i].data();
    return kernels::launchPagedDecode(problem, sequences, s);
  });
}

} // namespace

void benchDecode(Bench& bench) {
  benchAttention(bench, "decode attention 8b 1 x 2048", 1, 2048, 32, 8, 128);
  benchAttention(bench, "decode attention 8b 1 x 8192", 1, 8192, 32, 8, 128);
  benchAttention(bench, "decode attention 8b 1 x 32768", 1, 32768, 32, 8, 128);
  benchAttention(bench, "decode attention 8b 64 x 1024", 64, 1024, 32, 8, 128);
  benchAttention(bench, "decode attention 1b 1 x 8192", 1, 8192, 32, 8, 64);
  benchAttention(bench, "decode attention group 8, 1 x 32768", 1, 32768, 64, 8, 128);
  const int64_t vocab = 128256;
  const Filled logits(64 * vocab, Element::Float32, 2.5f);
  const DeviceVector<int32_t> ids(64);
  const DeviceVector<float> logprobs(64);
  for (const auto& [name, parameters] : {std::pair{"greedy", kernels::SampleParameters{1, 2, 0}}, std::pair{"temperature 1", kernels::SampleParameters{1, 2, 1}},
                                         std::pair{"top-k 50, top-p 0.9", kernels::SampleParameters{1, 2, 0.8f, 0.9f, 0, 1, 50}}})
    for (int64_t rows : {int64_t{1}, int64_t{64}}) {
      const DeviceVector<kernels::SampleParameters> dParameters(std::vector<kernels::SampleParameters>(static_cast<size_t>(rows), parameters));
      bench.time("sample " + std::to_string(rows) + " x 128256 " + name, 4.0 * static_cast<double>(rows * vocab), 1, [&](int, Stream s) {
        kernels::SampleRows p;
        p.logits = logits.data(), p.parameters = dParameters.data(), p.ids = ids.data(), p.logprobs = logprobs.data(), p.vocab = vocab;
        return kernels::launchSampleRows(p, rows, s);
      });
    }
}

} // namespace lathe::gputest
