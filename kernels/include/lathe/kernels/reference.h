// SPDX-License-Identifier: Apache-2.0
// The operations as their definitions say, in double precision, one loop per sum. Oracles for the tests; slow on purpose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lathe::kernels::reference {

struct Matrix {
  int64_t rows = 0, columns = 0;
  std::vector<double> data;
  Matrix(int64_t r, int64_t c) : rows(r), columns(c), data(static_cast<size_t>(r * c)) {}
  double& at(int64_t r, int64_t c) { return data[static_cast<size_t>(r * columns + c)]; }
  double at(int64_t r, int64_t c) const { return data[static_cast<size_t>(r * columns + c)]; }
};

/// y = x / √(mean(x²) + eps) · (offset + w).
Matrix referenceRmsNorm(const Matrix& x, const std::vector<double>& weight, double eps, double offset);

struct AttentionOptions {
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  double scale = 1, softcap = 0;
  int64_t window = 0;
};
/// One sequence: q [queries, heads · headDim], k and v [keys, kvHeads · headDim]; query i stands at keys − queries + i.
Matrix referenceAttention(const Matrix& q, const Matrix& k, const Matrix& v, const AttentionOptions& options);

/// −log softmax(z)[target] per row.
std::vector<double> referenceCrossEntropy(const Matrix& logits, const std::vector<int64_t>& targets);

} // namespace lathe::kernels::reference
