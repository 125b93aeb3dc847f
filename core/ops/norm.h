// SPDX-License-Identifier: Apache-2.0
// RMS norm over the last dimension with float32 weights (kernels/rms_norm.h).
#pragma once

#include <ATen/core/TensorBody.h>

namespace lathe::ops {

struct NormOptions {
  double eps = 1e-6;
  double weightOffset = 0; // 1 for norms that multiply by (1 + w)
};

struct Normed {
  at::Tensor y;    // as x
  at::Tensor rstd; // float32 [rows]; only when asked for
};

/// Rows of x may be slices of a wider buffer. Writes to `out` where it is defined (shaped as x, rows may be strided), else to a new tensor.
Normed rmsNorm(const at::Tensor& x, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out = {});

struct SummedNorm {
  at::Tensor sum;  // x + residual, rounded to x's type
  at::Tensor y;    // the norm of `sum`
  at::Tensor rstd; // float32 [rows]; only when asked for
};
/// The residual addition and the norm that follows it, one pass on a GPU. `x` (contiguous) becomes the sum in place: SummedNorm::sum is x.
SummedNorm addRmsNorm(at::Tensor x, const at::Tensor& residual, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out = {});

/// Gradient of x, plus `residual` where defined (the gradient that goes around the norm). Adds to `dWeight` (float32) where defined.
at::Tensor rmsNormBackward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& rstd,
                           const NormOptions& options, const at::Tensor& residual, const at::Tensor& dWeight);

} // namespace lathe::ops
