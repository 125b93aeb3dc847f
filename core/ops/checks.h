// SPDX-License-Identifier: Apache-2.0
// What every operation asks of its tensors, and the record of how many token rows operations were given.
#pragma once

#include "lathe/kernels/element.h"

#include <ATen/core/TensorBody.h>

#include <string_view>

namespace lathe::ops {

/// float32 or bfloat16, contiguous, on the CPU (until kernels/cuda is linked: Unsupported); Internal error otherwise.
kernels::Element elementOf(const at::Tensor& tensor, std::string_view operation);
/// As float32: the tensor itself when it is.
at::Tensor floatOf(const at::Tensor& tensor);

/// Most token rows that any operation of this process was given since the last reset; for the test that nothing is ever padded.
void noteTokens(int64_t rows);
int64_t mostTokensSeen();
void resetTokensSeen();

} // namespace lathe::ops
