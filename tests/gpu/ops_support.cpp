// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/ops_support.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace lathe::gpuops {

void Report::count(const std::string& operation, const std::string& what, double error, double allowed) {
  Line& line = m_lines[operation];
  const bool good = error <= allowed; // false for NaN
  (good ? line.passed : line.failed) += 1;
  const double share = allowed > 0 ? error / allowed : (error > 0 ? INFINITY : 0);
  if (!(share <= line.share)) {
    line.share = share;
    line.worst = error;
    line.where = what;
  }
  if (!good || m_verbose)
    std::printf("%s %s, %s: error %.3g, allowed %.3g\n", good ? "ok  " : "FAIL", operation.c_str(), what.c_str(), error, allowed);
}

void Report::compare(const std::string& operation, const std::string& what, const at::Tensor& got, const at::Tensor& expected, double allowed, double least) {
  if (!got.defined() || got.sizes() != expected.sizes())
    return count(operation, what + " (shape)", INFINITY, allowed);
  const at::Tensor g = got.detach().to(at::kCPU).to(at::kDouble).reshape({-1}), e = expected.detach().to(at::kCPU).to(at::kDouble).reshape({-1});
  const double size = std::max({e.norm().item<double>(), least, 1e-30}), error = (g - e).norm().item<double>() / size;
  if (!(error <= allowed) && g.numel() > 0) {
    const int64_t worst = (g - e).abs().nan_to_num(INFINITY).argmax().item<int64_t>();
    std::printf("     worst at element %ld: expected %.6g, got %.6g\n", static_cast<long>(worst), e[worst].item<double>(), g[worst].item<double>());
  }
  count(operation, what, error, allowed);
}

void Report::identical(const std::string& operation, const std::string& what, const at::Tensor& got, const at::Tensor& expected) {
  const bool same = got.sizes() == expected.sizes() && got.scalar_type() == expected.scalar_type() && at::equal(got.to(at::kCPU), expected.to(at::kCPU));
  count(operation, what, same ? 0 : 1, 0);
}

void Report::expect(const std::string& operation, const std::string& what, bool holds) { count(operation, what, holds ? 0 : 1, 0); }

void Report::skipped(const std::string& operation, const std::string& reason) { m_skipped.push_back(operation + ": " + reason); }

bool Report::finish() const {
  int passed = 0, failed = 0;
  std::printf("\n%-28s %9s %9s %8s  worst at\n", "operation", "checks", "error", "allowed");
  for (const auto& [name, line] : m_lines) {
    std::printf("%-28s %9d %9.2e %7.0f%%  %s\n", name.c_str(), line.passed + line.failed, line.worst, 100 * line.share, line.where.c_str());
    passed += line.passed;
    failed += line.failed;
  }
  for (const std::string& text : m_skipped)
    std::printf("skipped %s\n", text.c_str());
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0;
}

Pair randomPair(const Session& session, at::IntArrayRef shape, at::ScalarType type, double scale) {
  const at::Tensor values = (at::randn(shape) * scale).to(type);
  return {values.to(session.device), values.to(at::kFloat)};
}

at::Tensor inWiderBuffer(const at::Tensor& rows, int64_t before, int64_t after) {
  const at::Tensor flat = rows.reshape({rows.size(0), -1});
  at::Tensor wide = at::full({flat.size(0), before + flat.size(1) + after}, 1e30, flat.options());
  at::Tensor slice = wide.narrow(1, before, flat.size(1));
  slice.copy_(flat);
  std::vector<int64_t> sizes = rows.sizes().vec(), strides(sizes.size(), 1);
  for (size_t d = sizes.size() - 1; d > 1; --d)
    strides[d - 1] = strides[d] * sizes[d];
  strides[0] = wide.stride(0);
  return slice.as_strided(sizes, strides);
}

const char* nameOf(at::ScalarType type) { return type == at::kFloat ? "fp32" : "bf16"; }
double rounding(at::ScalarType type) { return type == at::kFloat ? 3e-6 : 3e-3; }

} // namespace lathe::gpuops
