// SPDX-License-Identifier: Apache-2.0
// GEMV, paged cache, decode attention, sampling.
#include "tests/gpu/kernels_support.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe::gputest {

namespace ref = kernels::reference;

namespace {

void checkGemvShape(Session& s, int64_t rows, int64_t columns, int64_t batch, Element element, Layout layout) {
  const bool floatOutput = s.between(0, 2) == 0, bias = s.between(0, 1) == 1, add = !floatOutput && s.between(0, 1) == 1;
  const std::string label = "gemv " + describe(rows, columns, element, layout) + " batch " + std::to_string(batch) + (floatOutput ? " to fp32" : "") +
                            (bias ? " + bias" : "") + (add ? " + residual" : "");
  const Matrix w = s.normal(rows, columns, element, 0.5), x = s.normal(batch, columns, element), old = s.normal(batch, rows, element);
  const std::vector<double> b = s.normalVector(rows);
  Matrix want(batch, rows), size(batch, rows);
  for (int64_t i = 0; i < batch; ++i)
    for (int64_t r = 0; r < rows; ++r) {
      double sum = 0, squares = 0;
      for (int64_t c = 0; c < columns; ++c) {
        sum += w.at(r, c) * x.at(i, c);
        squares += w.at(r, c) * w.at(r, c) * x.at(i, c) * x.at(i, c);
      }
      want.at(i, r) = sum + (bias ? b[static_cast<size_t>(r)] : 0) + (add ? old.at(i, r) : 0);
      size.at(i, r) = std::sqrt(squares) + std::abs(want.at(i, r));
    }
  DeviceRows dW(w, element, layout), dX(x, element, layout), y(batch, rows, floatOutput ? Element::Float32 : element, layout), dAdd(old, element, layout);
  DeviceVector<float> dBias(floatsOf(b));
  kernels::GemvDevice p;
  p.w = dW.data(), p.x = dX.data(), p.y = y.data(), p.rows = rows, p.columns = columns, p.batch = batch, p.wStride = dW.stride(), p.xStride = dX.stride();
  p.yStride = y.stride(), p.bias = bias ? dBias.data() : nullptr, p.add = add ? dAdd.data() : nullptr, p.addStride = dAdd.stride();
  p.floatOutput = floatOutput, p.element = element;
  s.launched(label, kernels::launchGemvDevice(p, nullptr));
  s.compare(label, s.read(label, y), want, toleranceOf(floatOutput ? Element::Float32 : element), &size);
}

struct DecodeCase {
  int64_t sequences, kvHeads, group, headDim, pageSize, longest, splits;
  double softcap;
  int64_t window;
  Element element;
};

/// Appends the last key of every sequence to pages in random order, then attends.
void checkDecodeCase(Session& s, const DecodeCase& c) {
  const std::string label = "decode heads " + std::to_string(c.kvHeads * c.group) + "/" + std::to_string(c.kvHeads) + " dim " + std::to_string(c.headDim) + " page " +
                            std::to_string(c.pageSize) + " longest " + std::to_string(c.longest) + " splits " + std::to_string(c.splits) + " window " +
                            std::to_string(c.window) + (c.softcap > 0 ? " softcap" : "") + (c.element == Element::Float32 ? " fp32" : " bf16");
  const int64_t heads = c.kvHeads * c.group, pagesEach = (c.longest + c.pageSize - 1) / c.pageSize, pages = c.sequences * pagesEach + 2;
  const int64_t kvWidth = c.kvHeads * c.headDim;
  std::vector<int32_t> order(static_cast<size_t>(pages)), before, positions, table(static_cast<size_t>(c.sequences * (pagesEach + 1)), 0);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), s.random);
  size_t used = 0;
  Matrix keys(pages * c.pageSize, kvWidth), values(pages * c.pageSize, kvWidth); // what no sequence owns stays NaN: it must not be read
  std::fill(keys.data.begin(), keys.data.end(), NAN);
  std::fill(values.data.begin(), values.data.end(), NAN);
  Matrix wantKeys = keys, wantValues = values, want(c.sequences, heads * c.headDim);
  const Matrix q = s.normal(c.sequences, heads * c.headDim, c.element), newK = s.normal(c.sequences, kvWidth, c.element), newV = s.normal(c.sequences, kvWidth, c.element);
  for (int64_t n = 0; n < c.sequences; ++n) {
    const int64_t length = n == 0 ? c.longest : s.between(1, c.longest);
    before.push_back(static_cast<int32_t>(length - 1));
    int32_t* blocks = table.data() + n * (pagesEach + 1);
    for (int64_t i = 0; i < (length + c.pageSize - 1) / c.pageSize; ++i)
      blocks[i] = order[used++];
    Matrix k = s.normal(length, kvWidth, c.element), v = s.normal(length, kvWidth, c.element), query(1, heads * c.headDim);
    for (int64_t d = 0; d < kvWidth; ++d)
      k.at(length - 1, d) = newK.at(n, d), v.at(length - 1, d) = newV.at(n, d);
    for (int64_t j = 0; j < length; ++j)
      for (int64_t d = 0; d < kvWidth; ++d) {
        const int64_t row = blocks[j / c.pageSize] * c.pageSize + j % c.pageSize;
        wantKeys.at(row, d) = k.at(j, d), wantValues.at(row, d) = v.at(j, d);
        if (j + 1 < length)
          keys.at(row, d) = k.at(j, d), values.at(row, d) = v.at(j, d);
      }
    for (int64_t d = 0; d < q.columns; ++d)
      query.at(0, d) = q.at(n, d);
    const Matrix out = ref::referenceAttention(query, k, v, {heads, c.kvHeads, c.headDim, 1 / std::sqrt(static_cast<double>(c.headDim)), c.softcap, c.window});
    for (int64_t d = 0; d < q.columns; ++d)
      want.at(n, d) = out.at(0, d);
  }
  DeviceRows dKeys(keys, c.element), dValues(values, c.element), dNewK(newK, c.element, {64, 0}), dNewV(newV, c.element, {64, 0}), dQ(q, c.element, {64, 0});
  DeviceRows out(c.sequences, q.columns, c.element, {8, 0});
  DeviceVector<int32_t> dBefore(before), dTable(table);
  DeviceVector<float> scratch(static_cast<size_t>(kernels::pagedDecodeScratch(c.sequences, heads, c.headDim, c.splits)));
  kernels::KvAppend a;
  a.k = dNewK.data(), a.v = dNewV.data(), a.keys = dKeys.data(), a.values = dValues.data(), a.positions = dBefore.data(), a.blockTable = dTable.data();
  a.blockStride = pagesEach + 1, a.pageSize = c.pageSize, a.kvHeads = c.kvHeads, a.headDim = c.headDim, a.kStride = dNewK.stride(), a.vStride = dNewV.stride();
  a.element = c.element;
  s.launched(label + " append", kernels::launchKvAppend(a, c.sequences, nullptr));
  const auto clean = [](Matrix m) {
    for (double& x : m.data)
      x = std::isnan(x) ? -12345 : x;
    return m;
  };
  s.equal(label + " keys", clean(s.read(label, dKeys)), clean(wantKeys));
  s.equal(label + " values", clean(s.read(label, dValues)), clean(wantValues));
  kernels::PagedDecode p;
  p.shape = {heads, c.kvHeads, c.headDim, static_cast<float>(1 / std::sqrt(static_cast<double>(c.headDim))), static_cast<float>(c.softcap), c.window, c.element};
  p.q = dQ.data(), p.out = out.data(), p.keys = dKeys.data(), p.values = dValues.data(), p.lengths = dBefore.data(), p.lengthAdd = 1, p.blockTable = dTable.data();
  p.blockStride = pagesEach + 1, p.pageSize = c.pageSize, p.qStride = dQ.stride(), p.outStride = out.stride(), p.splits = c.splits, p.scratch = scratch.data();
  s.check(label, kernels::supportsPagedDecode(p), "not supported");
  s.launched(label, kernels::launchPagedDecode(p, c.sequences, nullptr));
  s.compare(label, s.read(label, out), want, toleranceOf(c.element));
  s.check(label, scratch.guardsIntact(), "wrote outside the scratch memory");
}

struct SampleRow {
  kernels::SampleParameters parameters;
  std::vector<int32_t> history;
};

SampleRow randomSampleRow(Session& s, int64_t vocab) {
  SampleRow row;
  kernels::SampleParameters& o = row.parameters;
  o.seed = s.random(), o.index = static_cast<uint64_t>(s.between(0, 1000));
  o.temperature = s.between(0, 5) == 0 ? 0.0f : static_cast<float>(s.uniform(0.2, 3));
  o.topK = s.between(0, 1) == 0 ? 0 : static_cast<int32_t>(s.between(1, s.between(0, 1) == 0 ? 60 : vocab));
  o.topP = s.between(0, 1) == 0 ? 1.0f : static_cast<float>(s.uniform(0.05, 1));
  o.minP = s.between(0, 2) == 0 ? static_cast<float>(s.uniform(0, 0.3)) : 0.0f;
  o.repetitionPenalty = s.between(0, 1) == 0 ? 1.0f : static_cast<float>(s.uniform(0.7, 2));
  o.greedy = s.between(0, 9) == 0;
  for (int64_t n = s.between(0, 40); n > 0; --n)
    row.history.push_back(static_cast<int32_t>(s.between(-1, vocab)));
  return row;
}

void checkSampleShape(Session& s, int64_t rows, int64_t vocab, Element element, double spread) {
  const std::string label = "sample " + describe(rows, vocab, element, {}) + " spread " + std::to_string(spread);
  Matrix z = s.normal(rows, vocab, element, spread); // spread 0: every logit the same
  for (double& x : z.data)
    if (s.between(0, 999) == 0)
      x = -INFINITY;
  const int64_t historyStride = 41;
  std::vector<kernels::SampleParameters> parameters;
  std::vector<int32_t> history(static_cast<size_t>(rows * historyStride), -7), lengths;
  std::vector<ref::Sampled> want;
  std::vector<double> logprobs;
  for (int64_t r = 0; r < rows; ++r) {
    const SampleRow row = randomSampleRow(s, vocab);
    const kernels::SampleParameters& o = row.parameters;
    parameters.push_back(o);
    lengths.push_back(static_cast<int32_t>(row.history.size()));
    std::copy(row.history.begin(), row.history.end(), history.begin() + r * historyStride);
    const std::vector<double> logits(z.data.begin() + r * vocab, z.data.begin() + (r + 1) * vocab);
    ref::SampleOptions options{o.greedy ? 0.0 : o.temperature, o.topP, o.minP, o.repetitionPenalty, o.topK, ref::referenceSampleUniform(o.seed, o.index + 5)};
    std::vector<double> seen = logits; // in float32, as the kernel and the host's sampler do it: ties must be the same ties
    std::vector<int32_t> unique = row.history;
    std::sort(unique.begin(), unique.end());
    unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
    for (int32_t id : unique)
      if (id >= 0 && id < vocab) {
        const auto x = static_cast<float>(seen[static_cast<size_t>(id)]);
        seen[static_cast<size_t>(id)] = x > 0 ? x / o.repetitionPenalty : x * o.repetitionPenalty;
      }
    options.repetitionPenalty = 1;
    want.push_back(ref::referenceSample(seen, {}, options));
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (double x : logits)
      sum += std::exp(x - top);
    logprobs.push_back(top + std::log(sum));
  }
  DeviceRows dZ(z, element, {5, 0});
  DeviceVector<kernels::SampleParameters> dParameters(parameters);
  DeviceVector<int32_t> dHistory(history), dLengths(lengths), ids(static_cast<size_t>(rows));
  DeviceVector<float> dLogprobs(static_cast<size_t>(rows));
  DeviceVector<uint64_t> indexAdd(std::vector<uint64_t>{5});
  DeviceVector<unsigned char> scratch(static_cast<size_t>(kernels::sampleScratch(rows, vocab)));
  kernels::SampleRows p;
  p.logits = dZ.data(), p.parameters = dParameters.data(), p.ids = ids.data(), p.logprobs = dLogprobs.data(), p.history = dHistory.data();
  p.historyLengths = dLengths.data(), p.historyStride = historyStride, p.indexAdd = indexAdd.data(), p.scratch = scratch.data(), p.vocab = vocab;
  p.rowStride = dZ.stride(), p.element = element;
  s.launched(label, kernels::launchSampleRows(p, rows, nullptr));
  const std::vector<int32_t> got = ids.values();
  const std::vector<float> gotLogprobs = dLogprobs.values();
  for (size_t r = 0; r < got.size(); ++r) {
    // Fixed-point weights and float32 exponentials move a boundary by up to about 1e-6; nearer ones may go either way.
    const bool same = got[r] == want[r].id, close = want[r].margin < 3e-6 && got[r] >= 0;
    s.check(label + " row " + std::to_string(r), same || close,
            "chose " + std::to_string(got[r]) + " instead of " + std::to_string(want[r].id) + ", margin " + std::to_string(want[r].margin));
    if (got[r] < 0)
      continue;
    const double logprob = z.at(static_cast<int64_t>(r), got[r]) - logprobs[r];
    const Matrix size = rowOf(std::vector<double>{1 + std::abs(logprob)}); // log of a sum near 1
    s.compare(label + " logprob", rowOf(std::vector<float>{gotLogprobs[r]}), rowOf(std::vector<double>{logprob}), kFloatTolerance, &size);
  }
  s.check(label, scratch.guardsIntact() && ids.guardsIntact() && dLogprobs.guardsIntact(), "wrote outside its buffers");
}

} // namespace

void checkGemv(Session& s) {
  s.begin("gemv");
  for (int64_t rows : {1, 7, 16, 17, 100, 1031})
    for (int64_t columns : {1, 8, 24, 33, 40, 256, 1000, 1024, 4096})
      for (Element element : kElements)
        for (Layout layout : layouts())
          checkGemvShape(s, rows, columns, s.between(1, 8), element, layout);
  for (int64_t batch = 1; batch <= 8; ++batch) {
    checkGemvShape(s, 8200, 520, batch, Element::BFloat16, {0, 0}); // two tiles per warp
    checkGemvShape(s, 300, 14336, batch, Element::BFloat16, {0, 0});
    checkGemvShape(s, 130, 2048, batch, Element::Float32, {0, 0});
  }
}

void checkDecode(Session& s) {
  s.begin("paged decode");
  for (int64_t headDim : {64, 96, 128, 256})
    for (int64_t group : {1, 2, 4, 5, 8, 13})
      for (Element element : kElements) {
        const int64_t longest = s.between(1, 700), splits = s.between(1, 17);
        const int64_t pageSize = s.between(0, 2) == 0 ? 24 : int64_t{16} << s.between(0, 2);
        checkDecodeCase(s, {s.between(1, 4), s.between(1, 3), group, headDim, pageSize, longest, splits, s.between(0, 2) == 0 ? 20.0 : 0.0,
                            s.between(0, 2) == 0 ? s.between(1, 200) : 0, element});
      }
  for (int64_t longest : {1, 2, 15, 16, 17, 4097})
    for (int64_t splits : {1, 64})
      checkDecodeCase(s, {2, 2, 4, 128, 16, longest, splits, 0, 0, Element::BFloat16});
}

void checkSample(Session& s) {
  s.begin("sample");
  for (int64_t vocab : {1, 2, 31, 33, 257, 1000, 4096, 32003})
    for (Element element : kElements)
      for (double spread : {0.0, 0.5, 3.0, 20.0})
        checkSampleShape(s, 9, vocab, element, spread);
  checkSampleShape(s, 24, 128256, Element::Float32, 2.5);
  checkSampleShape(s, 24, 151936, Element::BFloat16, 2.5);
  // No finite logit: no token.
  DeviceVector<float> broken(std::vector<float>(1000, NAN));
  DeviceVector<kernels::SampleParameters> parameters(std::vector<kernels::SampleParameters>(1));
  DeviceVector<int32_t> id(1);
  kernels::SampleRows p;
  p.logits = broken.data(), p.parameters = parameters.data(), p.ids = id.data(), p.vocab = 1000;
  s.launched("sample of NaN", kernels::launchSampleRows(p, 1, nullptr));
  s.check("sample of NaN", id.values()[0] == -1, "chose " + std::to_string(id.values()[0]));
}

} // namespace lathe::gputest
