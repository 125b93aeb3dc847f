// SPDX-License-Identifier: Apache-2.0
// The operations as their definitions say, in double precision, one loop per sum. Oracles for the tests; slow on purpose.
#pragma once

#include "lathe/kernels/gated.h"

#include <array>
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

/// −log softmax(z)[target] per row; 0 where the target is negative.
std::vector<double> referenceCrossEntropy(const Matrix& logits, const std::vector<int64_t>& targets);
/// (softmax(z) − 1_target) · scale; zeros where the target is negative.
Matrix referenceCrossEntropyGradient(const Matrix& logits, const std::vector<int64_t>& targets, double scale);

struct NormGradient {
  Matrix dx;
  std::vector<double> dWeight;
};
/// Gradient of referenceRmsNorm with respect to x and weight for given 1 / √(mean(x²) + eps).
NormGradient referenceRmsNormBackward(const Matrix& dy, const Matrix& x, const std::vector<double>& weight, const std::vector<double>& rstd, double offset);

/// x [tokens, heads · headDim]; cosine and sine [tokens, headDim / 2].
Matrix referenceRotary(const Matrix& x, const Matrix& cosine, const Matrix& sine, int64_t headDim, bool inverse);

/// act(x) and its derivative.
double referenceActivation(GateActivation kind, double x);
double referenceActivationSlope(GateActivation kind, double x);

struct AdamWOptions {
  double lr = 0, beta1 = 0, beta2 = 0, eps = 0, weightDecay = 0, gradScale = 1;
  int64_t step = 1;
};
/// One element; mean, variance and value change.
void referenceAdamW(double& value, double grad, double& mean, double& variance, const AdamWOptions& options);

/// Philox4x32-10 (Salmon et al. 2011).
std::array<uint32_t, 4> referencePhilox(uint64_t key, uint64_t counterLow, uint64_t counterHigh);
/// Whether dropout keeps element `index` of the flat matrix.
bool referenceDropoutKeeps(uint64_t key, uint64_t counter, int64_t index, double probability);

struct SampleOptions {
  double temperature = 1, topP = 1, minP = 0, repetitionPenalty = 1;
  int64_t topK = 0;
  double uniform = 0; // in [0, 1)
};
struct Sampled {
  int64_t id = -1;
  double margin = 1; // distance of the uniform number from the nearest boundary that would change the choice, relative to the kept weight
};
/// The token whose share of the kept weight, ordered by (logit descending, id ascending), holds `uniform`. temperature 0: the first of that order.
Sampled referenceSample(std::vector<double> logits, const std::vector<int32_t>& history, const SampleOptions& options);
/// 53 bits of the Philox block (seed, index, stream "sample").
double referenceSampleUniform(uint64_t seed, uint64_t index);

} // namespace lathe::kernels::reference
