// SPDX-License-Identifier: Apache-2.0
// What the checks of lathe_gpu_ops share: random tensors, comparison with a report, the list of checks.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lathe::gpuops {

/// Compares tensors by ‖got − expected‖₂ / ‖expected‖₂ and remembers the worst per operation.
class Report {
public:
  explicit Report(bool verbose) : m_verbose(verbose) {}
  /// Both are taken to the CPU and to float64. A NaN or infinity that is not expected fails.
  /// Where what is expected is almost nothing, the error is measured against `least` instead of its norm.
  void compare(const std::string& operation, const std::string& what, const at::Tensor& got, const at::Tensor& expected, double allowed, double least = 0);
  /// Bit for bit.
  void identical(const std::string& operation, const std::string& what, const at::Tensor& got, const at::Tensor& expected);
  void expect(const std::string& operation, const std::string& what, bool holds);
  void skipped(const std::string& operation, const std::string& reason);
  /// Prints the table; true when nothing failed and something passed.
  bool finish() const;

private:
  struct Line {
    double worst = 0, share = 0;
    std::string where;
    int passed = 0, failed = 0;
  };
  void count(const std::string& operation, const std::string& what, double error, double allowed);
  std::map<std::string, Line> m_lines;
  std::vector<std::string> m_skipped;
  bool m_verbose = false;
};

struct Session {
  Report& report;
  at::Device device;
  bool quick = false;
};

/// A value in the type under test: on the GPU, and the same numbers as float32 on the CPU.
struct Pair {
  at::Tensor gpu, cpu;
};
/// Normal numbers times `scale`, rounded to `type`.
Pair randomPair(const Session& session, at::IntArrayRef shape, at::ScalarType type, double scale = 1);
/// The same numbers as columns begin … of a wider buffer, so that rows are strided.
at::Tensor inWiderBuffer(const at::Tensor& rows, int64_t before, int64_t after);
/// "bf16" or "fp32".
const char* nameOf(at::ScalarType type);
/// What rounding once to the type costs, with room for sums in another order.
double rounding(at::ScalarType type);

void checkNorm(Session& session);
void checkRotary(Session& session);
void checkGated(Session& session);
void checkCrossEntropy(Session& session);
void checkDropout(Session& session);
void checkEmbedding(Session& session);
void checkProducts(Session& session);
void checkLora(Session& session);
void checkOptimizer(Session& session);
void checkAttention(Session& session);
void checkAttentionDeterminism(Session& session);
void checkCachedAttention(Session& session);
void checkSampling(Session& session);
void checkWaiting(Session& session);

void benchAttention(Session& session);
void benchRows(Session& session);

} // namespace lathe::gpuops
