// SPDX-License-Identifier: Apache-2.0
// Cross-entropy, embedding, dropout.
#include "tests/gpu/kernels_support.h"

#include <cmath>

namespace lathe::gputest {

namespace ref = kernels::reference;

namespace {

void checkLossRows(Session& s, Shape shape, Element element, Layout layout, bool gradient) {
  const std::string label = "crossEntropy " + describe(shape.rows, shape.width, element, layout) + (gradient ? " gradient" : "");
  Matrix z = s.normal(shape.rows, shape.width, element, s.uniform(0.1, 8));
  std::vector<int64_t> targets;
  for (int64_t r = 0; r < shape.rows; ++r) {
    targets.push_back(s.between(0, 5) == 0 ? -s.between(1, 100) : s.between(0, shape.width - 1));
    if (s.between(0, 3) == 0) // far from zero: the maximum must be taken off
      for (int64_t c = 0; c < shape.width; ++c)
        z.at(r, c) = roundTo(element, z.at(r, c) + 3000);
    if (shape.width > 3 && s.between(0, 3) == 0)
      z.at(r, (std::abs(targets.back()) + 1) % shape.width) = -INFINITY;
  }
  const double scale = s.uniform(0.001, 2), deviceScale = s.uniform(0.1, 1);
  const bool fromDevice = s.between(0, 1) == 1;
  DeviceRows logits(z, element, layout);
  DeviceVector<int64_t> dTargets(targets);
  DeviceVector<float> loss(static_cast<size_t>(shape.rows)), factor(std::vector<float>{static_cast<float>(deviceScale)});
  kernels::CrossEntropyRows p;
  p.logits = logits.data(), p.targets = dTargets.data(), p.loss = loss.data(), p.vocab = shape.width, p.scale = static_cast<float>(scale);
  p.gradient = gradient, p.element = element, p.rowStride = logits.stride(), p.deviceScale = fromDevice ? factor.data() : nullptr;
  s.launched(label, kernels::launchCrossEntropyRows(p, shape.rows, nullptr));
  const std::vector<double> want = ref::referenceCrossEntropy(z, targets);
  std::vector<double> lossSize;
  for (double x : want)
    lossSize.push_back(1 + x);
  const Matrix lossYardstick = rowOf(lossSize);
  s.compare(label + " loss", rowOf(loss.values()), rowOf(want), kFloatTolerance, &lossYardstick);
  s.check(label, loss.guardsIntact(), "wrote outside the losses");
  if (!gradient)
    return s.equal(label + " logits stay", s.read(label, logits), z);
  const double factor64 = fromDevice ? scale * deviceScale : scale;
  const Matrix wantGradient = ref::referenceCrossEntropyGradient(z, targets, factor64);
  Matrix yardstick = wantGradient; // softmax and 1 at the target, before their difference
  for (int64_t r = 0; r < shape.rows; ++r)
    if (targets[static_cast<size_t>(r)] >= 0)
      yardstick.at(r, targets[static_cast<size_t>(r)]) += 2 * factor64;
  s.compare(label, s.read(label, logits), wantGradient, toleranceOf(element), &yardstick);
}

void checkEmbeddingRows(Session& s, Shape shape, Element element, Layout layout) {
  const std::string label = "embedding " + describe(shape.rows, shape.width, element, layout);
  const int64_t vocab = s.between(1, 60);
  const Matrix table = s.normal(vocab, shape.width, element), dOut = s.normal(shape.rows, shape.width, element), before = s.normal(vocab, shape.width, Element::Float32);
  std::vector<int64_t> ids;
  for (int64_t t = 0; t < shape.rows; ++t)
    ids.push_back(s.between(0, 20) == 0 ? (s.between(0, 1) == 0 ? -1 : vocab) : s.between(0, s.between(0, 2) == 0 ? vocab - 1 : 0));
  const double scale = s.between(0, 1) == 0 ? 1.0 : 3.0;
  Matrix want(shape.rows, shape.width), wantGrad = before, squares = before;
  for (double& x : squares.data)
    x *= x;
  for (int64_t t = 0; t < shape.rows; ++t) {
    const int64_t id = ids[static_cast<size_t>(t)];
    for (int64_t c = 0; c < shape.width && id >= 0 && id < vocab; ++c) {
      want.at(t, c) = table.at(id, c) * scale;
      wantGrad.at(id, c) += dOut.at(t, c) * scale;
      squares.at(id, c) += dOut.at(t, c) * dOut.at(t, c) * scale * scale;
    }
  }
  for (double& x : squares.data)
    x = std::sqrt(x);
  DeviceRows dTable(table, element, layout), out(shape.rows, shape.width, element, layout), dDOut(dOut, element, layout), grad(before, Element::Float32), again(before, Element::Float32);
  DeviceVector<int64_t> dIds(ids);
  kernels::Embedding p;
  p.table = dTable.data(), p.ids = dIds.data(), p.out = out.data(), p.vocab = vocab, p.width = shape.width, p.tableStride = dTable.stride();
  p.outStride = out.stride(), p.scale = static_cast<float>(scale), p.element = element;
  s.launched(label, kernels::launchEmbedding(p, shape.rows, nullptr));
  s.compare(label, s.read(label, out), want, toleranceOf(element));
  kernels::EmbeddingGradient g;
  g.dOut = dDOut.data(), g.ids = dIds.data(), g.grad = static_cast<float*>(grad.data()), g.vocab = vocab, g.width = shape.width, g.dOutStride = dDOut.stride();
  g.scale = static_cast<float>(scale), g.element = element;
  s.launched(label, kernels::launchEmbeddingGradient(g, shape.rows, nullptr));
  const Matrix got = s.read(label, grad);
  s.compare(label + " gradient", got, wantGrad, kFloatTolerance, &squares);
  g.grad = static_cast<float*>(again.data());
  s.launched(label, kernels::launchEmbeddingGradient(g, shape.rows, nullptr));
  s.equal(label + " gradient again", s.read(label, again), got);
}

void checkDropoutRows(Session& s, Shape shape, Element element, Layout layout) {
  const std::string label = "dropout " + describe(shape.rows, shape.width, element, layout);
  const double probability = s.between(0, 4) == 0 ? 0.0 : s.uniform(0.01, 0.95);
  const uint64_t key = s.random(), counter = s.random(), more = s.between(0, 1000);
  const bool accumulate = s.between(0, 1) == 1, fromDevice = s.between(0, 1) == 1;
  const Matrix x = s.normal(shape.rows, shape.width, element), old = s.normal(shape.rows, shape.width, element);
  Matrix want(shape.rows, shape.width);
  const auto keep = static_cast<float>(1 / (1 - probability));
  for (int64_t i = 0; i < shape.rows * shape.width; ++i) {
    const auto at = static_cast<size_t>(i);
    const bool kept = ref::referenceDropoutKeeps(key, counter + (fromDevice ? more : 0), i, probability);
    want.data[at] = (kept ? static_cast<double>(static_cast<float>(x.data[at]) * keep) : 0.0) + (accumulate ? old.data[at] : 0.0);
    if (!accumulate)
      want.data[at] = roundTo(element, want.data[at]);
  }
  DeviceRows in(x, element, layout), out(old, element, layout);
  DeviceVector<uint64_t> dMore(std::vector<uint64_t>{more});
  kernels::DropoutMask p;
  p.in = in.data(), p.out = out.data(), p.width = shape.width, p.inStride = in.stride(), p.outStride = out.stride(), p.probability = probability;
  p.key = key, p.counter = counter, p.deviceCounter = fromDevice ? dMore.data() : nullptr, p.accumulate = accumulate, p.element = element;
  s.launched(label, kernels::launchDropout(p, shape.rows, nullptr));
  Matrix yardstick = want;
  for (size_t i = 0; i < yardstick.data.size(); ++i)
    yardstick.data[i] = std::abs(want.data[i]) + std::abs(old.data[i]);
  if (accumulate)
    s.compare(label, s.read(label, out), want, toleranceOf(element), &yardstick);
  else
    s.equal(label, s.read(label, out), want);
}

} // namespace

void checkCrossEntropy(Session& s) {
  s.begin("cross-entropy");
  for (Shape shape : shapeGrid(s, 16384))
    for (Element element : kElements)
      for (Layout layout : layouts())
        checkLossRows(s, shape, element, layout, s.between(0, 1) == 1);
  for (int64_t vocab : {32000, 128256, 151936, 256000})
    for (Element element : kElements)
      for (bool gradient : {false, true})
        checkLossRows(s, {3, vocab + (gradient ? 0 : 1)}, element, {0, 0}, gradient);
}

void checkEmbedding(Session& s) {
  s.begin("embedding");
  for (Shape shape : shapeGrid(s, 16384))
    for (Element element : kElements)
      for (Layout layout : layouts())
        checkEmbeddingRows(s, shape, element, layout);
}

void checkDropout(Session& s) {
  s.begin("dropout");
  // Known answer of the Random123 distribution for key and counter zero.
  const auto zero = ref::referencePhilox(0, 0, 0);
  s.check("philox", zero[0] == 0x6627e8d5u && zero[1] == 0xe169c58du && zero[2] == 0xbc57ac4cu && zero[3] == 0x9b00dbd8u, "reference differs from Random123");
  for (Shape shape : shapeGrid(s, 16384))
    for (Element element : kElements)
      for (Layout layout : layouts())
        checkDropoutRows(s, shape, element, layout);
}

} // namespace lathe::gputest
