// SPDX-License-Identifier: Apache-2.0
// AdamW, gradient norm and clipping, column sums, strided copies, bias; and a captured graph that sees new values in device memory.
#include "tests/gpu/kernels_support.h"

#include <algorithm>
#include <cmath>

namespace lathe::gputest {

namespace ref = kernels::reference;

namespace {

struct OptimizerBuffers {
  explicit OptimizerBuffers(Session& s, int64_t n, int64_t shift)
      : value(s.normal(1, n, Element::Float32)), mean(s.normal(1, n, Element::Float32, 0.1)), variance(s.normal(1, n, Element::Float32, 0.1)),
        dValue(value, Element::Float32, {0, shift}), dMean(mean, Element::Float32, {0, shift}), dVariance((square(), variance), Element::Float32, {0, shift}),
        published(1, n, Element::BFloat16, {0, shift}) {}
  void square() {
    for (double& v : variance.data)
      v = static_cast<float>(v * v);
  }
  Matrix value, mean, variance;
  DeviceRows dValue, dMean, dVariance, published;
};

void checkAdamW(Session& s, int64_t n, int64_t shift) {
  const std::string label = "adamW of " + std::to_string(n) + " shift " + std::to_string(shift);
  OptimizerBuffers b(s, n, shift);
  DeviceRows grad(1, n, Element::Float32, {0, shift});
  const ref::AdamWOptions o{s.uniform(1e-4, 1e-2), 0.9, 0.999, 1e-8, s.uniform(0, 0.1), 1, 1};
  DeviceVector<kernels::AdamWStep> step(1);
  DeviceVector<kernels::ClipState> clip(1);
  kernels::AdamWFlat p;
  p.value = static_cast<float*>(b.dValue.data()), p.grad = static_cast<float*>(grad.data()), p.mean = static_cast<float*>(b.dMean.data());
  p.variance = static_cast<float*>(b.dVariance.data()), p.published = static_cast<kernels::BFloat16*>(b.published.data());
  p.step = step.data(), p.clip = clip.data(), p.beta1 = o.beta1, p.beta2 = o.beta2, p.eps = static_cast<float>(o.eps);
  p.weightDecay = static_cast<float>(o.weightDecay);
  for (int64_t k = 3; k < 6; ++k) {
    const Matrix g = s.normal(1, n, Element::Float32);
    const double scale = s.uniform(0.1, 1);
    grad.set(g);
    step.set({{static_cast<float>(o.lr), static_cast<float>(1 - std::pow(o.beta1, k)), static_cast<float>(std::sqrt(1 - std::pow(o.beta2, k)))}});
    clip.set({{1, static_cast<float>(scale), 0}});
    s.launched(label, kernels::launchAdamW(p, n, nullptr));
    for (size_t i = 0; i < g.data.size(); ++i)
      ref::referenceAdamW(b.value.data[i], g.data[i], b.mean.data[i], b.variance.data[i], {o.lr, o.beta1, o.beta2, o.eps, o.weightDecay, scale, k});
  }
  const Matrix got = s.read(label, b.dValue);
  s.compare(label, got, b.value, kFloatTolerance);
  Matrix size = b.mean; // of its terms
  for (double& x : size.data)
    x = std::abs(x) + 0.1;
  s.compare(label + " mean", s.read(label, b.dMean), b.mean, kFloatTolerance, &size);
  s.compare(label + " variance", s.read(label, b.dVariance), b.variance, kFloatTolerance);
  Matrix rounded = got;
  for (double& x : rounded.data)
    x = roundTo(Element::BFloat16, x);
  s.equal(label + " published", s.read(label, b.published), rounded);
  clip.set({{INFINITY, 0, 1}});
  s.launched(label, kernels::launchAdamW(p, n, nullptr));
  s.equal(label + " skipped", s.read(label, b.dValue), got);
}

void checkGradNorm(Session& s, int64_t n, int64_t shift) {
  const std::string label = "gradNorm of " + std::to_string(n) + " shift " + std::to_string(shift);
  const Matrix g = s.normal(1, n, Element::Float32, s.uniform(0.001, 1e4));
  const double gradScale = s.uniform(0.1, 1), maxNorm = s.between(0, 2) == 0 ? 0.0 : s.uniform(0.1, 10);
  double squares = 0;
  for (double x : g.data)
    squares += x * x;
  const double norm = std::sqrt(squares) * static_cast<float>(gradScale);
  const double clip = maxNorm > 0 ? std::min(1.0, static_cast<float>(maxNorm) / (norm + 1e-6)) : 1;
  DeviceRows grad(g, Element::Float32, {0, shift});
  DeviceVector<double> partials(kernels::kGradNormPartials), report(3), loss(std::vector<double>{12.5});
  DeviceVector<kernels::ClipState> state(1);
  DeviceVector<kernels::AdamWStep> step(1);
  DeviceVector<float> updates(std::vector<float>{6}), rate(std::vector<float>{0.25f});
  kernels::GradNorm p;
  p.grad = static_cast<float*>(grad.data()), p.partials = partials.data(), p.state = state.data();
  p.gradScale = static_cast<float>(gradScale), p.maxNorm = static_cast<float>(maxNorm), p.lossSum = loss.data(), p.step = step.data();
  p.updates = updates.data(), p.rate = rate.data(), p.beta1 = 0.9, p.beta2 = 0.999, p.report = report.data();
  s.launched(label, kernels::launchGradNorm(p, n, nullptr));
  const kernels::ClipState got = state.values()[0];
  s.compare(label, rowOf(std::vector<float>{got.norm, got.scale}), rowOf(std::vector<double>{norm, clip * static_cast<float>(gradScale)}), {1e-6, 1e-6, 0});
  s.check(label, got.nonFinite == 0, "a finite norm was called not finite");
  s.compare(label + " report", rowOf(report.values()), rowOf(std::vector<double>{12.5, norm, 1}), {1e-9, 1e-9, 0});
  const kernels::AdamWStep made = step.values()[0];
  s.compare(label + " step", rowOf(std::vector<float>{made.lr, made.correction1, made.correction2Sqrt}),
            rowOf(std::vector<double>{0.25, 1 - std::pow(0.9, 7), std::sqrt(1 - std::pow(0.999, 7))}), {1e-6, 1e-6, 0});
  s.check(label, updates.values()[0] == 7, "the update was not counted");
  s.launched(label, kernels::launchGradNorm(p, n, nullptr));
  s.check(label + " again", state.values()[0].norm == got.norm, "two runs gave different bits");
  Matrix broken = g;
  broken.data[static_cast<size_t>(s.between(0, n - 1))] = s.between(0, 1) == 0 ? NAN : INFINITY;
  grad.set(broken);
  s.launched(label, kernels::launchGradNorm(p, n, nullptr));
  s.check(label, state.values()[0].nonFinite == 1 && state.values()[0].scale == 0 && updates.values()[0] == 8 && report.values()[2] == 0,
          "a gradient that is not finite was applied");
  grad.set(g);
  loss.set({NAN});
  s.launched(label, kernels::launchGradNorm(p, n, nullptr));
  s.check(label, state.values()[0].nonFinite == 1 && updates.values()[0] == 8, "a loss that is not finite was applied");
}

void checkCopy(Session& s, Shape shape, Element in, Element out, Layout layout) {
  const std::string label = "stridedCopy " + describe(shape.rows, shape.width, in, layout) + (out == Element::Float32 ? " to fp32" : " to bf16");
  const int64_t padding = s.between(0, 2) == 0 ? 0 : shape.width % 8 == 0 ? 64 : 5;
  const bool accumulate = s.between(0, 1) == 1;
  const auto scale = static_cast<float>(s.uniform(-2, 2));
  const Matrix x = s.normal(shape.rows, shape.width, in), old = s.normal(shape.rows, shape.width + padding, out);
  Matrix want(shape.rows, shape.width + padding), size = want;
  for (int64_t r = 0; r < shape.rows; ++r)
    for (int64_t c = 0; c < shape.width; ++c) {
      want.at(r, c) = scale * x.at(r, c) + (accumulate ? old.at(r, c) : 0);
      size.at(r, c) = std::abs(scale * x.at(r, c)) + (accumulate ? std::abs(old.at(r, c)) : 0);
    }
  DeviceRows dIn(x, in, layout), dOut(old, out, layout);
  kernels::StridedCopy p;
  p.in = dIn.data(), p.out = dOut.data(), p.width = shape.width, p.outWidth = shape.width + padding, p.inStride = dIn.stride(), p.outStride = dOut.stride();
  p.scale = scale, p.accumulate = accumulate, p.inElement = in, p.outElement = out;
  s.launched(label, kernels::launchStridedCopy(p, shape.rows, nullptr));
  s.compare(label, s.read(label, dOut), want, toleranceOf(out), &size);
}

void checkSums(Session& s, Shape shape, Element element, Layout layout) {
  const std::string label = "columnSum " + describe(shape.rows, shape.width, element, layout);
  const Matrix x = s.normal(shape.rows, shape.width, element);
  const std::vector<double> bias = s.normalVector(shape.width), before = s.normalVector(shape.width);
  std::vector<double> want = before;
  Matrix biased = x, size = x, squares = rowOf(before);
  for (double& v : squares.data)
    v *= v;
  for (int64_t r = 0; r < shape.rows; ++r)
    for (int64_t c = 0; c < shape.width; ++c) {
      want[static_cast<size_t>(c)] += x.at(r, c);
      squares.at(0, c) += x.at(r, c) * x.at(r, c);
      biased.at(r, c) += bias[static_cast<size_t>(c)];
      size.at(r, c) = std::abs(x.at(r, c)) + std::abs(bias[static_cast<size_t>(c)]);
    }
  for (double& v : squares.data)
    v = std::sqrt(v);
  DeviceRows dX(x, element, layout);
  DeviceVector<float> sum(floatsOf(before)), scratch(static_cast<size_t>(kernels::columnSumScratch(shape.rows, shape.width))), dBias(floatsOf(bias));
  kernels::ColumnSum p;
  p.x = dX.data(), p.sum = sum.data(), p.scratch = scratch.data(), p.width = shape.width, p.xStride = dX.stride(), p.element = element;
  s.launched(label, kernels::launchColumnSum(p, shape.rows, nullptr));
  s.compare(label, rowOf(sum.values()), rowOf(want), kFloatTolerance, &squares);
  s.check(label, sum.guardsIntact() && scratch.guardsIntact(), "wrote outside the sums");
  kernels::AddBias b;
  b.y = dX.data(), b.bias = dBias.data(), b.width = shape.width, b.yStride = dX.stride(), b.element = element;
  s.launched(label + " bias", kernels::launchAddBias(b, shape.rows, nullptr));
  s.compare(label + " bias", s.read(label, dX), biased, toleranceOf(element), &size);
}

} // namespace

void checkOptimizer(Session& s) {
  s.begin("adamW");
  for (int64_t n : {1, 3, 4, 5, 31, 1023, 1024, 4097, 100003})
    for (int64_t shift : {0, 1, 4})
      checkAdamW(s, n, shift);
  s.begin("gradNorm");
  for (int64_t n : {1, 3, 4, 1025, 100003, 3000000})
    for (int64_t shift : {0, 1})
      checkGradNorm(s, n, shift);
}

void checkStrided(Session& s) {
  s.begin("stridedCopy");
  for (Shape shape : shapeGrid(s, 16384))
    for (Layout layout : layouts())
      checkCopy(s, shape, kElements[s.between(0, 1)], kElements[s.between(0, 1)], layout);
  s.begin("columnSum, addBias");
  for (Shape shape : shapeGrid(s, 16384))
    for (Element element : kElements)
      for (Layout layout : layouts())
        checkSums(s, shape, element, layout);
}

/// Norm and step captured once, replayed with other gradients, rates and losses.
void checkGraph(Session& s) {
  s.begin("captured optimizer step");
  const int64_t n = 10007;
  const std::string label = "graph";
  OptimizerBuffers b(s, n, 0);
  DeviceRows grad(1, n, Element::Float32);
  DeviceVector<double> partials(kernels::kGradNormPartials), loss(std::vector<double>{1});
  DeviceVector<kernels::ClipState> state(1);
  DeviceVector<kernels::AdamWStep> step(1);
  DeviceVector<float> updates(std::vector<float>{0}), rate(std::vector<float>{0});
  kernels::GradNorm g;
  g.grad = static_cast<float*>(grad.data()), g.partials = partials.data(), g.state = state.data(), g.maxNorm = 1, g.lossSum = loss.data(), g.step = step.data();
  g.updates = updates.data(), g.rate = rate.data(), g.beta1 = 0.9, g.beta2 = 0.95;
  kernels::AdamWFlat p;
  p.value = static_cast<float*>(b.dValue.data()), p.grad = static_cast<float*>(grad.data()), p.mean = static_cast<float*>(b.dMean.data());
  p.variance = static_cast<float*>(b.dVariance.data()), p.step = step.data(), p.clip = state.data(), p.beta1 = 0.9, p.beta2 = 0.95, p.eps = 1e-8f;
  cudaStream_t stream;
  cudaGraph_t graph;
  cudaGraphExec_t run;
  LATHE_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  LATHE_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  const bool enqueued = kernels::launchGradNorm(g, n, stream) == kernels::Status::Ok && kernels::launchAdamW(p, n, stream) == kernels::Status::Ok;
  LATHE_CUDA(cudaStreamEndCapture(stream, &graph));
  s.check(label, enqueued, "a launch failed while capturing");
  LATHE_CUDA(cudaGraphInstantiate(&run, graph, 0));
  for (int64_t k = 1; k <= 3; ++k) {
    const Matrix values = s.normal(1, n, Element::Float32, 0.02);
    const double lr = s.uniform(1e-4, 1e-2);
    grad.set(values);
    rate.set({static_cast<float>(lr)});
    LATHE_CUDA(cudaGraphLaunch(run, stream));
    LATHE_CUDA(cudaStreamSynchronize(stream));
    double squares = 0;
    for (double x : values.data)
      squares += x * x;
    const double scale = std::min(1.0, 1 / (std::sqrt(squares) + 1e-6));
    for (size_t i = 0; i < values.data.size(); ++i)
      ref::referenceAdamW(b.value.data[i], values.data[i], b.mean.data[i], b.variance.data[i], {lr, 0.9, 0.95, 1e-8, 0, scale, k});
  }
  s.compare(label, s.read(label, b.dValue), b.value, kFloatTolerance);
  LATHE_CUDA(cudaGraphExecDestroy(run));
  LATHE_CUDA(cudaGraphDestroy(graph));
  LATHE_CUDA(cudaStreamDestroy(stream));
}

} // namespace lathe::gputest
