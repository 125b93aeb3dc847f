// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/reference.h"

#include <algorithm>
#include <cmath>

namespace lathe::kernels::reference {

Matrix referenceRmsNorm(const Matrix& x, const std::vector<double>& weight, double eps, double offset) {
  Matrix y(x.rows, x.columns);
  for (int64_t r = 0; r < x.rows; ++r) {
    double squares = 0;
    for (int64_t c = 0; c < x.columns; ++c)
      squares += x.at(r, c) * x.at(r, c);
    const double rstd = 1 / std::sqrt(squares / static_cast<double>(x.columns) + eps);
    for (int64_t c = 0; c < x.columns; ++c)
      y.at(r, c) = x.at(r, c) * rstd * (offset + weight[static_cast<size_t>(c)]);
  }
  return y;
}

Matrix referenceAttention(const Matrix& q, const Matrix& k, const Matrix& v, const AttentionOptions& o) {
  Matrix out(q.rows, q.columns);
  const int64_t group = o.heads / o.kvHeads;
  for (int64_t i = 0; i < q.rows; ++i) {
    const int64_t position = k.rows - q.rows + i;
    for (int64_t h = 0; h < o.heads; ++h) {
      std::vector<double> weight;
      std::vector<int64_t> seen;
      double largest = -1e300, sum = 0;
      for (int64_t j = 0; j <= position; ++j) {
        if (o.window > 0 && j <= position - o.window)
          continue;
        double score = 0;
        for (int64_t d = 0; d < o.headDim; ++d)
          score += q.at(i, h * o.headDim + d) * k.at(j, h / group * o.headDim + d);
        score *= o.scale;
        if (o.softcap > 0)
          score = o.softcap * std::tanh(score / o.softcap);
        weight.push_back(score);
        seen.push_back(j);
        largest = std::max(largest, score);
      }
      for (double& w : weight)
        sum += w = std::exp(w - largest);
      for (size_t n = 0; n < seen.size(); ++n)
        for (int64_t d = 0; d < o.headDim; ++d)
          out.at(i, h * o.headDim + d) += weight[n] / sum * v.at(seen[n], h / group * o.headDim + d);
    }
  }
  return out;
}

std::vector<double> referenceCrossEntropy(const Matrix& logits, const std::vector<int64_t>& targets) {
  std::vector<double> loss;
  for (int64_t r = 0; r < logits.rows; ++r) {
    if (targets[static_cast<size_t>(r)] < 0) {
      loss.push_back(0);
      continue;
    }
    double largest = -1e300, sum = 0;
    for (int64_t c = 0; c < logits.columns; ++c)
      largest = std::max(largest, logits.at(r, c));
    for (int64_t c = 0; c < logits.columns; ++c)
      sum += std::exp(logits.at(r, c) - largest);
    loss.push_back(largest + std::log(sum) - logits.at(r, targets[static_cast<size_t>(r)]));
  }
  return loss;
}

} // namespace lathe::kernels::reference
