// SPDX-License-Identifier: Apache-2.0
// What every operation asks of its tensors, the type a model computes in, and the record of how many token rows operations were given.
#pragma once

#include "lathe/kernels/element.h"

#include <ATen/core/TensorBody.h>

#include <string_view>

namespace lathe::ops {

/// float32 or bfloat16 and contiguous; Internal error otherwise. On a GPU the plug-in must be loaded (Unsupported, with the reason).
kernels::Element elementOf(const at::Tensor& tensor, std::string_view operation);
/// The same for rows that are slices of a wider buffer: every dimension but the first is dense.
kernels::Element rowElementOf(const at::Tensor& tensor, std::string_view operation);
/// Elements between the starts of two rows (the first dimension).
int64_t rowStrideOf(const at::Tensor& tensor);
bool hasDenseRows(const at::Tensor& tensor);

/// The type activations and GEMM operands have: float32 on the CPU whatever the storage (a bfloat16 product is slow there), the tensor's own on a GPU.
at::ScalarType computeType(const at::Tensor& tensor);
/// As above before any tensor is there.
at::ScalarType computeType(at::ScalarType stored, at::Device device);
/// In the compute type: the tensor itself when it is.
at::Tensor computeOf(const at::Tensor& tensor);
/// As float32: the tensor itself when it is.
at::Tensor floatOf(const at::Tensor& tensor);

/// Most token rows that any operation of this process was given since the last reset; for the test that nothing is ever padded.
void noteTokens(int64_t rows);
int64_t mostTokensSeen();
void resetTokensSeen();

} // namespace lathe::ops
