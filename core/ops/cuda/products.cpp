// SPDX-License-Identifier: Apache-2.0
// Products through cuBLAS (ATen), and the few-rows product of our own.
#include "core/ops/cuda/table.h"

#include <ATen/ATen.h>

namespace lathe::ops::gpu {

void accumulateOuter(at::Tensor& grad, const at::Tensor& dy, const at::Tensor& x, double scale) {
  const OnDevice device(dy);
  if (dy.scalar_type() == grad.scalar_type())
    grad.addmm_(dy.t(), x, 1, scale);
  else
    at::addmm_out(grad, grad, dy.t(), x, at::kFloat, 1, scale);
}

void multiplyInto(at::Tensor& out, const at::Tensor& x, const at::Tensor& w) {
  const OnDevice device(x);
  if (out.scalar_type() == x.scalar_type())
    at::mm_out(out, x, w.t());
  else
    at::mm_out(out, x, w.t(), at::kFloat);
}

namespace {
constexpr int64_t kGemvMostRows = 8;

kernels::GemvDevice gemvOf(const at::Tensor& x, const at::Tensor& w) {
  kernels::GemvDevice p;
  p.w = w.data_ptr();
  p.x = x.data_ptr();
  p.rows = w.size(0);
  p.columns = w.size(1);
  p.batch = x.size(0);
  p.wStride = strideOf(w, "gemv");
  p.xStride = strideOf(x, "gemv");
  p.element = elementOf(w, "gemv");
  return p;
}
} // namespace

bool supportsGemv(const at::Tensor& x, const at::Tensor& w) {
  if (x.size(0) == 0 || x.size(0) > kGemvMostRows || x.scalar_type() != w.scalar_type() || (x.scalar_type() != at::kFloat && x.scalar_type() != at::kBFloat16))
    return false;
  if (x.stride(1) != 1 || w.stride(1) != 1)
    return false;
  kernels::GemvDevice p = gemvOf(x, w);
  p.y = const_cast<void*>(p.x); // never written: the question needs only the shape
  return kernels::supportsGemvDevice(p);
}

void launchGemv(const at::Tensor& x, const at::Tensor& w, at::Tensor& y, const at::Tensor& bias, const at::Tensor& add) {
  const OnDevice device(x);
  kernels::GemvDevice p = gemvOf(x, w);
  p.y = y.data_ptr();
  p.yStride = strideOf(y, "gemv");
  p.floatOutput = y.scalar_type() == at::kFloat && x.scalar_type() != at::kFloat;
  p.bias = bias.defined() ? bias.data_ptr<float>() : nullptr;
  if (add.defined() && !p.floatOutput) {
    p.add = add.data_ptr();
    p.addStride = strideOf(add, "gemv");
  }
  const at::Tensor later = add.defined() && p.floatOutput ? (add.data_ptr() == y.data_ptr() ? add.clone() : add) : at::Tensor();
  require(kernels::launchGemvDevice(p, device.stream()), "gemv");
  if (later.defined())
    y.add_(later);
}

} // namespace lathe::ops::gpu
