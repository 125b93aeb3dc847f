// SPDX-License-Identifier: Apache-2.0
#include "core/nn/tensor_io.h"

#include "core/base/error.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace lathe::nn {

at::ScalarType scalarTypeOf(const io::TensorView& view) {
  switch (view.dtype) {
  case io::DType::F32:
    return at::kFloat;
  case io::DType::BF16:
    return at::kBFloat16;
  case io::DType::F16:
    return at::kHalf;
  case io::DType::F64:
    return at::kDouble;
  default:
    throw Exception(ErrorKind::Unsupported, fmt::format("The weight {} is stored as {}, which cannot be loaded here.", view.name, io::dtypeName(view.dtype)));
  }
}

namespace {

io::DType dtypeOf(at::ScalarType type) {
  if (type == at::kFloat)
    return io::DType::F32;
  if (type == at::kBFloat16)
    return io::DType::BF16;
  if (type == at::kLong)
    return io::DType::I64;
  if (type == at::kInt)
    return io::DType::I32;
  throw Exception(ErrorKind::Internal, fmt::format("Tensors of type {} are not written to files.", at::toString(type)));
}

} // namespace

at::Tensor readTensor(const io::TensorView& view, at::ScalarType type, at::Device device, const std::function<void(std::span<std::byte>)>& read) {
  at::Tensor stored = at::empty(view.shape, scalarTypeOf(view));
  read({static_cast<std::byte*>(stored.data_ptr()), static_cast<size_t>(stored.nbytes())});
  return stored.to(device, type);
}

void readTensorInto(at::Tensor into, const io::TensorView& view, const std::function<void(std::span<std::byte>)>& read) {
  if (into.is_cpu() && into.is_contiguous() && into.scalar_type() == scalarTypeOf(view))
    return read({static_cast<std::byte*>(into.data_ptr()), static_cast<size_t>(into.nbytes())});
  into.copy_(readTensor(view, scalarTypeOf(view), at::kCPU, read));
}

io::TensorView viewOf(const std::string& name, const at::Tensor& tensor) {
  if (!tensor.is_cpu() || !tensor.is_contiguous())
    throw Exception(ErrorKind::Internal, fmt::format("The tensor {} cannot be written as it is.", name));
  return {name, dtypeOf(tensor.scalar_type()), tensor.sizes().vec(), static_cast<const std::byte*>(tensor.data_ptr()), static_cast<uint64_t>(tensor.nbytes()), nullptr};
}

} // namespace lathe::nn
