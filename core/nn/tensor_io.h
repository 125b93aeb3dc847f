// SPDX-License-Identifier: Apache-2.0
// Between tensors in files and tensors in memory.
#pragma once

#include "core/io/tensor_view.h"

#include <ATen/core/TensorBody.h>

#include <functional>
#include <span>
#include <string>

namespace lathe::nn {

/// Unsupported for element types that are not floating point.
at::ScalarType scalarTypeOf(const io::TensorView& view);
/// Reads with `read` and converts to `type` on `device`. Unsupported for element types that are not floating point.
at::Tensor readTensor(const io::TensorView& view, at::ScalarType type, at::Device device, const std::function<void(std::span<std::byte>)>& read);
/// The same into memory that is there already; without a copy on the CPU where the types are equal.
void readTensorInto(at::Tensor into, const io::TensorView& view, const std::function<void(std::span<std::byte>)>& read);
/// The tensor as a file tensor; it must stay alive, contiguous and on the CPU.
io::TensorView viewOf(const std::string& name, const at::Tensor& tensor);

} // namespace lathe::nn
