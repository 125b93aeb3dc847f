// SPDX-License-Identifier: Apache-2.0
#include "core/train/step_graphs.h"

#include "core/base/log.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/graph.h"

#include <ATen/ATen.h>
#include <c10/util/Exception.h>

namespace lathe::train {

namespace {

// Parameters · tokens of a microbatch, per multiprocessor, below which a GPU finishes before the host has started the next kernels: some 10 ms at about
// 4 bfloat16 TFLOP/s each, where forward and backward do about 6 operations per parameter and token; the host needs about that long for 20 layers. Measured on an
// NVIDIA H200 only (132 multiprocessors), where the bound is 1e12.
constexpr double kLaunchBound = 1e12 / 132;
constexpr int64_t kManyTokens = 32768; // from here on even the narrowest kernels take longer than their start: spark gains nothing at 54,000 and pays the filling
constexpr size_t kMostShapes = 24; // a recorded graph of a thousand kernels holds megabytes

} // namespace

bool StepGraphs::areWorthwhile(const nn::Model& model, int64_t tokensPerMicrobatch) {
  const io::ModelConfig& config = model.config();
  if (!model.device().is_cuda() || !model.supportsRecording() || tokensPerMicrobatch >= kManyTokens)
    return false;
  return static_cast<double>(config.parameters()) * static_cast<double>(tokensPerMicrobatch) <= kLaunchBound * ops::cudaOps().describe(model.device()).multiprocessors;
}

StepGraphs::StepGraphs(Setup& setup, AdamW& optimizer, bool records) : m_setup(setup), m_optimizer(optimizer), m_mayRecord(records) {
  const auto on = [&](at::ScalarType type) { return at::TensorOptions().dtype(type).device(setup.model->device()); };
  m_lossSum = at::zeros({}, on(at::kDouble));
  m_gradScale = at::zeros({1}, on(at::kFloat));
  m_dropoutCounter = at::zeros({1}, on(at::kLong));
  m_rate = at::zeros({}, on(at::kFloat));
  m_stats = at::zeros({3}, on(at::kDouble));
}

StepGraphs::~StepGraphs() = default;

void StepGraphs::begin() { m_lossSum.zero_(); }

void StepGraphs::add(const nn::HostBatch& host, double gradScale, uint64_t dropoutCounter) {
  Work& work = m_microbatches[host.shape()];
  if (!work.block.defined()) {
    work.block = at::empty_like(host.block, host.block.options().device(m_setup.model->device()).pinned_memory(false));
    work.batch = nn::viewsOf(host, work.block);
    work.batch.cuSeqlens = work.batch.cuSeqlens.clone(); // the host's block goes away; only the number of sequences is read from it
    work.batch.gradScaleDevice = m_gradScale;
    work.batch.dropoutCounterDevice = m_dropoutCounter;
  }
  work.block.copy_(host.block, true);
  m_gradScale.fill_(gradScale);
  m_dropoutCounter.fill_(static_cast<int64_t>(dropoutCounter));
  perform(work, [&] { m_lossSum.add_(m_setup.model->forwardBackward(work.batch, 1, m_setup.recompute).sum); });
}

const at::Tensor& StepGraphs::finish(double rate) {
  m_rate.fill_(rate);
  perform(m_update, [&] {
    m_stats.copy_(m_optimizer.step(0, m_lossSum, m_rate));
    m_setup.model->publishMaster();
    at::Tensor(m_setup.model->flatGrad()).zero_();
  });
  return m_stats;
}

void StepGraphs::perform(Work& work, const std::function<void()>& operations) {
  if (!work.graph && !(work.ran && record(work, operations))) {
    operations();
    work.ran = true;
    return;
  }
  work.graph->replay();
  ++m_replays;
}

void StepGraphs::stopRecording() {
  m_mayRecord = false;
  m_update.graph.reset();
  for (auto& [shape, work] : m_microbatches)
    work.graph.reset();
  m_first = nullptr;
  m_recorded = 0;
}

bool StepGraphs::record(Work& work, const std::function<void()>& operations) {
  if (!m_mayRecord || static_cast<size_t>(m_recorded) >= kMostShapes)
    return false;
  try {
    ops::cudaOps().releaseCachedMemory(); // what the step took operation by operation, the graph takes now
    work.graph = std::make_unique<ops::RecordedGraph>(m_setup.model->device(), operations, ops::RecordedGraph::Options{false, m_first});
  } catch (const std::exception& error) { // of LibTorch, of a library or of a kernel of our own
    m_mayRecord = false; // one operation after the other works as well
    logWarning("The training step is not recorded: {}", error.what());
    return false;
  }
  if (!m_first)
    m_first = work.graph.get();
  ++m_recorded;
  return true;
}

} // namespace lathe::train
