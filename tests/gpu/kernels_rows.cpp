// SPDX-License-Identifier: Apache-2.0
// Norm, rotary embedding, gated product.
#include "tests/gpu/kernels_support.h"

#include <cmath>

namespace lathe::gputest {

namespace ref = kernels::reference;

namespace {

std::vector<double> rstdOf(const Matrix& x, double eps) {
  std::vector<double> out;
  for (int64_t r = 0; r < x.rows; ++r) {
    double squares = 0;
    for (int64_t c = 0; c < x.columns; ++c)
      squares += x.at(r, c) * x.at(r, c);
    out.push_back(1 / std::sqrt(squares / static_cast<double>(x.columns) + eps));
  }
  return out;
}

void checkNormForward(Session& s, Shape shape, Element element, Layout layout, bool fused) {
  const std::string label = "rmsNorm " + describe(shape.rows, shape.width, element, layout) + (fused ? " + residual" : "");
  const double offset = s.between(0, 1), eps = 1e-5;
  const Matrix x = s.normal(shape.rows, shape.width, element, s.uniform(0.01, 10)), add = s.normal(shape.rows, shape.width, element);
  const std::vector<double> weight = s.normalVector(shape.width, 0.5, 1);
  DeviceRows dx(x, element, layout), dAdd(add, element), y(shape.rows, shape.width, element, layout);
  DeviceVector<float> dWeight(floatsOf(weight)), rstd(static_cast<size_t>(shape.rows));
  kernels::RmsNormForward p;
  p.x = dx.data(), p.weight = dWeight.data(), p.y = y.data(), p.rstd = rstd.data();
  p.width = shape.width, p.eps = static_cast<float>(eps), p.offset = static_cast<float>(offset), p.element = element;
  p.xStride = dx.stride(), p.yStride = y.stride();
  Matrix input = x;
  if (fused) {
    p.add = dAdd.data(), p.sum = dx.data(), p.sumStride = dx.stride();
    for (size_t i = 0; i < input.data.size(); ++i)
      input.data[i] = roundTo(element, static_cast<float>(x.data[i]) + static_cast<float>(add.data[i]));
  }
  s.launched(label, kernels::launchRmsNormForward(p, shape.rows, nullptr));
  s.compare(label, s.read(label, y), ref::referenceRmsNorm(input, weight, eps, offset), toleranceOf(element));
  s.compare(label + " rstd", rowOf(rstd.values()), rowOf(rstdOf(input, eps)), kFloatTolerance);
  s.equal(label + (fused ? " sum" : " input"), s.read(label, dx), input);
}

void checkNormBackward(Session& s, Shape shape, Element element, Layout layout, bool residual, bool trains) {
  const std::string label =
      "rmsNormBackward " + describe(shape.rows, shape.width, element, layout) + (residual ? " + residual" : "") + (trains ? " + dWeight" : "");
  const double offset = s.between(0, 1);
  const Matrix x = s.normal(shape.rows, shape.width, element), dy = s.normal(shape.rows, shape.width, element), r = s.normal(shape.rows, shape.width, element);
  const std::vector<double> weight = s.normalVector(shape.width, 0.5, 1), rstd = rstdOf(x, 1e-5), before = s.normalVector(shape.width);
  DeviceRows dX(x, element, layout), dDy(dy, element, layout), dR(r, element);
  DeviceVector<float> dWeight(floatsOf(weight)), dRstd(floatsOf(rstd)), gradient(floatsOf(before));
  DeviceVector<float> scratch(static_cast<size_t>(kernels::columnSumScratch(shape.rows, shape.width)));
  kernels::RmsNormBackward p;
  p.dy = dDy.data(), p.x = dX.data(), p.weight = dWeight.data(), p.rstd = dRstd.data(), p.dx = dDy.data(); // in place
  p.residual = residual ? dR.data() : nullptr;
  p.width = shape.width, p.offset = static_cast<float>(offset), p.element = element;
  p.dyStride = p.dxStride = dDy.stride(), p.xStride = dX.stride();
  if (trains)
    p.dWeight = gradient.data(), p.scratch = scratch.data();
  s.launched(label, kernels::launchRmsNormBackward(p, shape.rows, nullptr));
  ref::NormGradient want = ref::referenceRmsNormBackward(dy, x, weight, rstd, offset);
  for (size_t i = 0; residual && i < want.dx.data.size(); ++i)
    want.dx.data[i] += r.data[i];
  // One or two columns: dx is the difference of two nearly equal numbers (eps alone keeps them apart), so the terms say how exact it can be.
  Matrix terms = want.dx;
  for (int64_t row = 0; row < shape.rows; ++row) {
    const double inverse = rstd[static_cast<size_t>(row)];
    double mean = 0;
    for (int64_t c = 0; c < shape.width; ++c)
      mean += dy.at(row, c) * (weight[static_cast<size_t>(c)] + offset) * x.at(row, c) * inverse / static_cast<double>(shape.width);
    for (int64_t c = 0; c < shape.width; ++c)
      terms.at(row, c) = std::abs(inverse * dy.at(row, c) * (weight[static_cast<size_t>(c)] + offset)) + std::abs(inverse * inverse * x.at(row, c) * mean) +
                         (residual ? std::abs(r.at(row, c)) : 0);
  }
  s.compare(label, s.read(label, dDy), want.dx, toleranceOf(element), shape.width <= 2 ? &terms : nullptr);
  if (trains) {
    Matrix size = rowOf(before); // of the terms of the sum
    for (size_t i = 0; i < before.size(); ++i) {
      want.dWeight[i] += before[i];
      size.data[i] *= size.data[i];
      for (int64_t row = 0; row < shape.rows; ++row)
        size.data[i] += std::pow(dy.at(row, static_cast<int64_t>(i)) * x.at(row, static_cast<int64_t>(i)) * rstd[static_cast<size_t>(row)], 2);
      size.data[i] = std::sqrt(size.data[i]);
    }
    s.compare(label + " gradient", rowOf(gradient.values()), rowOf(want.dWeight), kFloatTolerance, &size);
    s.check(label, gradient.guardsIntact() && scratch.guardsIntact(), "wrote outside the weight gradient or its scratch memory");
  }
}

/// Heads of a token side by side in a wider row, as in a fused q, k, v buffer.
void checkNormInner(Session& s, Element element) {
  const int64_t tokens = 37, heads = 5, width = 128, rows = tokens * heads;
  const std::string label = "rmsNorm of heads";
  const Matrix x = s.normal(tokens, heads * width, element), dy = s.normal(tokens, heads * width, element);
  const std::vector<double> weight = s.normalVector(width, 0.5, 1);
  DeviceRows dX(x, element, {256, 8}), y(tokens, heads * width, element, {64, 8}), dDy(dy, element, {64, 8});
  DeviceVector<float> dWeight(floatsOf(weight)), rstd(static_cast<size_t>(rows));
  kernels::RmsNormForward p;
  p.x = dX.data(), p.weight = dWeight.data(), p.y = y.data(), p.rstd = rstd.data(), p.width = width, p.eps = 1e-6f, p.element = element;
  p.xStride = dX.stride(), p.yStride = y.stride(), p.inner = heads;
  s.launched(label, kernels::launchRmsNormForward(p, rows, nullptr));
  Matrix flat(rows, width), flatDy(rows, width);
  flat.data = x.data, flatDy.data = dy.data;
  Matrix want = ref::referenceRmsNorm(flat, weight, 1e-6, 0);
  want.rows = tokens, want.columns = heads * width;
  s.compare(label, s.read(label, y), want, toleranceOf(element));
  kernels::RmsNormBackward b;
  b.dy = dDy.data(), b.x = dX.data(), b.weight = dWeight.data(), b.rstd = rstd.data(), b.dx = dDy.data(), b.width = width, b.element = element;
  b.dyStride = b.dxStride = dDy.stride(), b.xStride = dX.stride(), b.inner = heads;
  DeviceVector<float> gradient(std::vector<float>(width, 0.0f)), scratch(static_cast<size_t>(kernels::columnSumScratch(rows, width)));
  b.dWeight = gradient.data(), b.scratch = scratch.data();
  s.launched(label, kernels::launchRmsNormBackward(b, rows, nullptr));
  ref::NormGradient wantB = ref::referenceRmsNormBackward(flatDy, flat, weight, rstdOf(flat, 1e-6), 0);
  wantB.dx.rows = tokens, wantB.dx.columns = heads * width;
  s.compare(label + " backward", s.read(label, dDy), wantB.dx, toleranceOf(element));
  s.compare(label + " gradient", rowOf(gradient.values()), rowOf(wantB.dWeight), kFloatTolerance);
}

} // namespace

void checkNorm(Session& s) {
  s.begin("rmsNorm forward");
  for (Shape shape : shapeGrid(s, 16384))
    for (Element element : kElements)
      for (Layout layout : layouts())
        checkNormForward(s, shape, element, layout, s.between(0, 1) == 1);
  s.begin("rmsNorm backward");
  for (Shape shape : shapeGrid(s, 16384))
    for (Element element : kElements)
      for (Layout layout : layouts())
        checkNormBackward(s, shape, element, layout, s.between(0, 1) == 1, s.between(0, 1) == 1);
  s.begin("rmsNorm of heads");
  for (Element element : kElements)
    checkNormInner(s, element);
}

void checkRotary(Session& s) {
  s.begin("rotary");
  for (int64_t headDim : {2, 6, 16, 64, 96, 100, 128, 256})
    for (int64_t tokens : {1, 3, 33, 257})
      for (Element element : kElements)
        for (Layout layout : layouts()) {
          const int64_t heads = s.between(1, 9), second = s.between(0, 3);
          const bool inverse = s.between(0, 1) == 1, positions = s.between(0, 1) == 1;
          const std::string label = "rotary headDim " + std::to_string(headDim) + " " + describe(tokens, heads * headDim, element, layout);
          const int64_t tableRows = positions ? 300 : tokens;
          Matrix cosine(tableRows, headDim / 2), sine(tableRows, headDim / 2);
          for (size_t i = 0; i < cosine.data.size(); ++i) {
            const double angle = s.uniform(-100, 100);
            cosine.data[i] = static_cast<float>(std::cos(angle));
            sine.data[i] = static_cast<float>(std::sin(angle));
          }
          std::vector<int32_t> rows;
          Matrix c(tokens, headDim / 2), n(tokens, headDim / 2);
          for (int64_t t = 0; t < tokens; ++t) {
            rows.push_back(static_cast<int32_t>(positions ? s.between(0, tableRows - 1) : t));
            for (int64_t i = 0; i < headDim / 2; ++i)
              c.at(t, i) = cosine.at(rows.back(), i), n.at(t, i) = sine.at(rows.back(), i);
          }
          const Matrix q = s.normal(tokens, heads * headDim, element), k = s.normal(tokens, std::max<int64_t>(second, 1) * headDim, element);
          DeviceRows dQ(q, element, layout), dK(k, element, layout);
          DeviceVector<float> dC(floatsOf(cosine.data)), dS(floatsOf(sine.data));
          DeviceVector<int32_t> dRows(rows);
          kernels::Rotary p;
          p.x = dQ.data(), p.cosine = dC.data(), p.sine = dS.data(), p.heads = heads, p.headDim = headDim, p.inverse = inverse, p.element = element;
          p.tokenStride = dQ.stride();
          if (second > 0)
            p.second = dK.data(), p.secondHeads = second, p.secondStride = dK.stride();
          p.positions = positions ? dRows.data() : nullptr;
          s.launched(label, kernels::launchRotary(p, tokens, nullptr));
          s.compare(label, s.read(label, dQ), ref::referenceRotary(q, c, n, headDim, inverse), toleranceOf(element));
          if (second > 0)
            s.compare(label + " keys", s.read(label, dK), ref::referenceRotary(k, c, n, headDim, inverse), toleranceOf(element));
          else
            s.equal(label + " untouched", s.read(label, dK), k);
        }
}

void checkGated(Session& s) {
  s.begin("gated");
  const kernels::GateActivation kinds[] = {kernels::GateActivation::Silu, kernels::GateActivation::GeluTanh, kernels::GateActivation::Gelu};
  for (Shape shape : shapeGrid(s, 16384))
    for (Element element : kElements)
      for (Layout layout : layouts()) {
        const kernels::GateActivation kind = kinds[s.between(0, 2)];
        const std::string label = "gated " + std::to_string(static_cast<int>(kind)) + " " + describe(shape.rows, shape.width, element, layout);
        const Matrix gate = s.normal(shape.rows, shape.width, element, 3), up = s.normal(shape.rows, shape.width, element), dh = s.normal(shape.rows, shape.width, element);
        // Far to the left the activations are differences of ones: good to a rounding of 1, in the float64 reference too.
        Matrix h(shape.rows, shape.width), dGate = h, dUp = h, hSize = h, dGateSize = h, dUpSize = h;
        for (size_t i = 0; i < h.data.size(); ++i) {
          const double a = ref::referenceActivation(kind, gate.data[i]);
          h.data[i] = a * up.data[i];
          dGate.data[i] = dh.data[i] * up.data[i] * ref::referenceActivationSlope(kind, gate.data[i]);
          dUp.data[i] = dh.data[i] * a;
          hSize.data[i] = std::abs(h.data[i]) + 0.01 * std::abs(gate.data[i] * up.data[i]);
          dGateSize.data[i] = std::abs(dGate.data[i]) + 0.01 * std::abs(dh.data[i] * up.data[i]);
          dUpSize.data[i] = std::abs(dUp.data[i]) + 0.01 * std::abs(dh.data[i] * gate.data[i]);
        }
        DeviceRows dG(gate, element, layout), dU(up, element, layout), dH(dh, element, layout), out(shape.rows, shape.width, element, layout);
        kernels::GatedForward f;
        f.gate = dG.data(), f.up = dU.data(), f.out = out.data(), f.activation = kind, f.element = element, f.width = shape.width;
        f.gateStride = dG.stride(), f.upStride = dU.stride(), f.outStride = out.stride();
        s.launched(label, kernels::launchGatedForward(f, shape.rows, nullptr));
        s.compare(label, s.read(label, out), h, toleranceOf(element), &hSize);
        kernels::GatedBackward b;
        b.dh = dH.data(), b.gate = dG.data(), b.up = dU.data(), b.activation = kind, b.element = element, b.width = shape.width;
        b.dhStride = dH.stride(), b.gateStride = dG.stride(), b.upStride = dU.stride();
        s.launched(label, kernels::launchGatedBackward(b, shape.rows, nullptr));
        s.compare(label + " h", s.read(label, dH), h, toleranceOf(element), &hSize);
        s.compare(label + " dGate", s.read(label, dG), dGate, toleranceOf(element), &dGateSize);
        s.compare(label + " dUp", s.read(label, dU), dUp, toleranceOf(element), &dUpSize);
      }
}

} // namespace lathe::gputest
