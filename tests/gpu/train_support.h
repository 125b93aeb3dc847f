// SPDX-License-Identifier: Apache-2.0
// What the checks of lathe_gpu_train share.
#pragma once

#include "core/nn/model.h"
#include "tests/support/tensor_file.h"

#include <functional>
#include <string>

namespace lathe::gputrain {

/// Prints one PASS or FAIL line per statement and counts them.
class Report {
public:
  /// `problem` empty: passed.
  void line(const std::string& what, const std::string& problem);
  void close(const std::string& what, const at::Tensor& got, const at::Tensor& expected, double allowed) { line(what, test::difference(got.cpu(), expected.cpu(), allowed)); }
  void near(const std::string& what, double got, double expected, double allowed);
  void atMost(const std::string& what, double got, double limit);
  void same(const std::string& what, const at::Tensor& got, const at::Tensor& expected);
  /// A throw is a failure of `what`.
  void guarded(const std::string& what, const std::function<void()>& check);
  int failed() const { return m_failed; }
  void finish() const;

private:
  int m_passed = 0, m_failed = 0;
};

struct Session {
  Report& report;
  at::Device device;
  std::string data;   // tests/data
  std::string folder; // for files, emptied at the end
  std::string models() const { return data + "/tiny-models/"; }
};

nn::Batch goldenBatch(const test::TensorFile& golden, at::Device device);
std::shared_ptr<nn::Model> loadModel(const std::string& folder, nn::Compute dtype, at::Device device, int64_t adapterRank = 0);
inline double meanLoss(const nn::Model::Loss& loss) { return loss.sum.item<double>() / static_cast<double>(loss.supervised); }

/// Tiny models in float32 against transformers and PEFT: logits, hidden states, losses, gradients, five optimizer steps, greedy text.
void checkGoldens(Session& session);
/// bfloat16: logits against float32, gradients against a bfloat16 twin of plain operations, recompute.
void checkHalf(Session& session);
/// One adapter route must not differ from the other: fused groups, several adapters, dropout.
void checkRoutes(Session& session);
/// Runs through train::Trainer: stopped and resumed equals uninterrupted, rows complete, a bad step changes nothing.
void checkRuns(Session& session);
/// A recorded graph per token, sampling on the device.
void checkGeneration(Session& session);
/// Steps from recorded graphs are those computed operation by operation, bit for bit.
void checkGraphs(Session& session);
/// Layer inputs in the host's memory: the same gradients bit for bit.
void checkOffload(Session& session);
/// 200 steps of the bundled model: the loss in bfloat16 within 0.5 % of float32.
void checkCurve(Session& session);
/// Every block of memory has a category; a full card ends in numbers, and the process goes on.
void checkMemory(Session& session);
/// No operation of a step waits for the device, and a steady state allocates nothing.
void checkWaiting(Session& session);

} // namespace lathe::gputrain
