// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/train_support.h"

#include "core/base/error.h"

#include <cmath>
#include <cstdio>

namespace lathe::gputrain {

void Report::line(const std::string& what, const std::string& problem) {
  (problem.empty() ? m_passed : m_failed) += 1;
  std::printf("%s  %s%s%s\n", problem.empty() ? "PASS" : "FAIL", what.c_str(), problem.empty() ? "" : ": ", problem.c_str());
}

void Report::near(const std::string& what, double got, double expected, double allowed) {
  line(what, std::abs(got - expected) <= allowed ? "" : fmt::format("expected {:.9g}, got {:.9g}, allowed {:.3g}", expected, got, allowed));
}

void Report::atMost(const std::string& what, double got, double limit) { line(what, got <= limit ? "" : fmt::format("{:.6g} is more than {:.6g}", got, limit)); }

void Report::same(const std::string& what, const at::Tensor& got, const at::Tensor& expected) {
  const at::Tensor a = got.cpu(), b = expected.cpu();
  line(what, a.equal(b) ? "" : "not bit-identical; " + test::difference(a, b, 0));
}

void Report::guarded(const std::string& what, const std::function<void()>& check) {
  try {
    check();
  } catch (...) {
    const Error error = currentError();
    line(what, fmt::format("threw {} {}", error.message, error.detail));
  }
}

void Report::finish() const { std::printf("%d passed, %d failed\n", m_passed, m_failed); }

nn::Batch goldenBatch(const test::TensorFile& golden, at::Device device) {
  const at::Tensor ids = golden["input_ids"], cu = golden["cu_seqlens"];
  std::vector<std::vector<int64_t>> sequences;
  for (int64_t s = 0; s + 1 < cu.size(0); ++s) {
    const int64_t* p = ids.data_ptr<int64_t>();
    sequences.emplace_back(p + cu.data_ptr<int32_t>()[s], p + cu.data_ptr<int32_t>()[s + 1]);
  }
  return nn::packBatch(sequences, {}, device);
}

std::shared_ptr<nn::Model> loadModel(const std::string& folder, nn::Compute dtype, at::Device device, int64_t adapterRank) {
  nn::LoadOptions options;
  options.dtype = dtype;
  options.device = device;
  options.adapterRank = adapterRank;
  return nn::Model::load(folder, options);
}

} // namespace lathe::gputrain
