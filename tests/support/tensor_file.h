// SPDX-License-Identifier: Apache-2.0
// Golden tensors, and comparing tensors with a message that names the worst element. No test framework.
#pragma once

#include "core/io/safetensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lathe::test {

/// Empty when max|got − expected| ≤ allowed; else worst index, expected, got and the share of the allowed error.
inline std::string difference(const at::Tensor& got, const at::Tensor& expected, double allowed) {
  if (got.sizes() != expected.sizes())
    return fmt::format("shape [{}] instead of [{}]", fmt::join(got.sizes().vec(), ", "), fmt::join(expected.sizes().vec(), ", "));
  if (got.numel() == 0)
    return {};
  const at::Tensor g = got.detach().to(at::kDouble).flatten(), e = expected.detach().to(at::kDouble).flatten();
  const at::Tensor delta = (g - e).abs();
  const at::Tensor bad = at::where(delta.isnan(), at::full_like(delta, 1e300), delta);
  const int64_t worst = bad.argmax().item<int64_t>();
  const double size = bad[worst].item<double>();
  if (size <= allowed)
    return {};
  return fmt::format("worst at {} of {}: expected {:.9g}, got {:.9g}, {:.2f} times the allowed {:.3g}", worst, g.numel(), e[worst].item<double>(), g[worst].item<double>(),
                     size / allowed, allowed);
}

inline double largest(const at::Tensor& t) { return t.numel() ? t.detach().abs().max().item<double>() : 0; }

/// All tensors of a safetensors file in memory.
class TensorFile {
public:
  explicit TensorFile(const std::string& path) : m_file(io::SafetensorsFile::open(path)) {}
  bool has(const std::string& name) const { return m_file->find(name) != nullptr; }
  at::Tensor operator[](const std::string& name) const {
    const io::TensorView* view = m_file->find(name);
    if (!view)
      throw std::runtime_error("the golden file has no " + name);
    const at::ScalarType type = view->dtype == io::DType::I64 ? at::kLong : view->dtype == io::DType::I32 ? at::kInt : view->dtype == io::DType::BF16 ? at::kBFloat16 : at::kFloat;
    at::Tensor out = at::empty(view->shape, type);
    m_file->read(*view, {static_cast<std::byte*>(out.data_ptr()), static_cast<size_t>(out.nbytes())});
    return out;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& t : m_file->tensors())
      out.push_back(t.name);
    return out;
  }

private:
  std::shared_ptr<io::SafetensorsFile> m_file;
};

} // namespace lathe::test
