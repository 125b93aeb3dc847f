// SPDX-License-Identifier: Apache-2.0
// A training step from recorded graphs (ops/graph.h): where a model is so small that starting its kernels takes longer than running them, each microbatch is
// one call, and so is everything the optimizer does.
//
// Batches are filled up to a shape of a ladder (nn::filledShape). The first of a shape is computed operation by operation, the second is recorded, and from
// then on it is replayed: the same operations on the same numbers, so the results are the same bit for bit.
#pragma once

#include "core/nn/batch.h"
#include "core/train/optimizer.h"
#include "core/train/setup.h"

#include <map>
#include <memory>

namespace lathe::ops {
class RecordedGraph;
}

namespace lathe::train {

class StepGraphs {
public:
  /// Whether starting the kernels is what such a step waits for: a GPU, attention that can be recorded, and little to compute.
  static bool areWorthwhile(const nn::Model& model, int64_t tokensPerMicrobatch);

  /// Both outlive this. `records` false: always operation by operation, for comparisons.
  StepGraphs(Setup& setup, AdamW& optimizer, bool records = true);
  ~StepGraphs();
  StepGraphs(const StepGraphs&) = delete;
  StepGraphs& operator=(const StepGraphs&) = delete;

  /// A step is begin(), add() for each microbatch, finish(). Throws as Model::forwardBackward does; then begin() again.
  void begin();
  /// `batch` was laid out filled and pinned. Adds its loss, and gradScale times its gradient.
  void add(const nn::HostBatch& batch, double gradScale, uint64_t dropoutCounter);
  /// The update, the published weights and a gradient of zeros; AdamW::step's numbers, in memory that the next finish() overwrites.
  const at::Tensor& finish(double rate);

  /// Gives the graphs and their memory back; everything is computed operation by operation from here on, with the same results.
  void stopRecording();

  int64_t recorded() const { return m_recorded; } // graphs
  int64_t replays() const { return m_replays; }

private:
  struct Work {
    nn::Batch batch;
    at::Tensor block; // what the batch views
    std::unique_ptr<ops::RecordedGraph> graph;
    bool ran = false;
  };
  void perform(Work& work, const std::function<void()>& operations);
  bool record(Work& work, const std::function<void()>& operations);

  Setup& m_setup;
  AdamW& m_optimizer;
  at::Tensor m_lossSum, m_gradScale, m_dropoutCounter, m_rate, m_stats;
  std::map<nn::BatchShape, Work> m_microbatches;
  Work m_update;
  const ops::RecordedGraph* m_first = nullptr; // the others use its memory
  bool m_mayRecord = true;
  int64_t m_recorded = 0, m_replays = 0;
};

} // namespace lathe::train
