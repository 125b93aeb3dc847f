// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lathe::kernels::reference {

Matrix referenceCrossEntropyGradient(const Matrix& logits, const std::vector<int64_t>& targets, double scale) {
  Matrix out(logits.rows, logits.columns);
  for (int64_t r = 0; r < logits.rows; ++r) {
    const int64_t target = targets[static_cast<size_t>(r)];
    if (target < 0)
      continue;
    double largest = -1e300, sum = 0;
    for (int64_t c = 0; c < logits.columns; ++c)
      largest = std::max(largest, logits.at(r, c));
    for (int64_t c = 0; c < logits.columns; ++c)
      sum += out.at(r, c) = std::exp(logits.at(r, c) - largest);
    for (int64_t c = 0; c < logits.columns; ++c)
      out.at(r, c) = (out.at(r, c) / sum - (c == target ? 1 : 0)) * scale;
  }
  return out;
}

NormGradient referenceRmsNormBackward(const Matrix& dy, const Matrix& x, const std::vector<double>& weight, const std::vector<double>& rstd, double offset) {
  NormGradient out{Matrix(x.rows, x.columns), std::vector<double>(static_cast<size_t>(x.columns))};
  for (int64_t r = 0; r < x.rows; ++r) {
    const double s = rstd[static_cast<size_t>(r)];
    double dot = 0;
    for (int64_t c = 0; c < x.columns; ++c) {
      dot += dy.at(r, c) * (offset + weight[static_cast<size_t>(c)]) * x.at(r, c);
      out.dWeight[static_cast<size_t>(c)] += dy.at(r, c) * x.at(r, c) * s;
    }
    const double k = dot * s * s * s / static_cast<double>(x.columns);
    for (int64_t c = 0; c < x.columns; ++c)
      out.dx.at(r, c) = s * dy.at(r, c) * (offset + weight[static_cast<size_t>(c)]) - k * x.at(r, c);
  }
  return out;
}

Matrix referenceRotary(const Matrix& x, const Matrix& cosine, const Matrix& sine, int64_t headDim, bool inverse) {
  Matrix out(x.rows, x.columns);
  const int64_t half = headDim / 2;
  for (int64_t t = 0; t < x.rows; ++t)
    for (int64_t head = 0; head < x.columns; head += headDim)
      for (int64_t i = 0; i < half; ++i) {
        const double a = x.at(t, head + i), b = x.at(t, head + half + i), c = cosine.at(t, i), s = inverse ? -sine.at(t, i) : sine.at(t, i);
        out.at(t, head + i) = a * c - b * s;
        out.at(t, head + half + i) = b * c + a * s;
      }
  return out;
}

double referenceActivation(GateActivation kind, double x) {
  switch (kind) {
  case GateActivation::Silu:
    return x / (1 + std::exp(-x));
  case GateActivation::GeluTanh:
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
  case GateActivation::Gelu:
    return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
  }
  return 0;
}

double referenceActivationSlope(GateActivation kind, double x) {
  switch (kind) {
  case GateActivation::Silu: {
    const double s = 1 / (1 + std::exp(-x));
    return s * (1 + x * (1 - s));
  }
  case GateActivation::GeluTanh: {
    const double k = std::sqrt(2 / std::numbers::pi), t = std::tanh(k * (x + 0.044715 * x * x * x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * k * (1 + 3 * 0.044715 * x * x);
  }
  case GateActivation::Gelu:
    return 0.5 * std::erfc(-x / std::numbers::sqrt2) + x * std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
  }
  return 0;
}

void referenceAdamW(double& value, double grad, double& mean, double& variance, const AdamWOptions& o) {
  const double g = grad * o.gradScale, step = static_cast<double>(o.step);
  mean = o.beta1 * mean + (1 - o.beta1) * g;
  variance = o.beta2 * variance + (1 - o.beta2) * g * g;
  const double m = mean / (1 - std::pow(o.beta1, step)), v = variance / (1 - std::pow(o.beta2, step));
  value = value * (1 - o.lr * o.weightDecay) - o.lr * m / (std::sqrt(v) + o.eps);
}

} // namespace lathe::kernels::reference
