// SPDX-License-Identifier: Apache-2.0
// One token at a time on a GPU without a word from the host: forward, sampling and the update of the state are one recorded graph, the chosen token
// stays on the device and only its number comes back.
#pragma once

#include "core/api/values.h"
#include "core/generate/sampler.h"
#include "core/nn/model.h"
#include "core/ops/graph.h"

#include <cstdint>
#include <memory>
#include <span>

namespace lathe::generate {

class DeviceDecoder {
public:
  /// For sequences of at most `context` tokens. Records the graph with the adapters that are active now (about a second for a large model).
  /// `traced`: every choice brings its entropy and kMostAlternatives likely tokens (or as many as Sampling::logprobs says).
  DeviceDecoder(nn::Model& model, nn::PagedCache& cache, int64_t context, bool penalties, bool traced = false);
  ~DeviceDecoder();

  /// `history`: prompt and generated tokens, all but the last in the cache, where room for one more is reserved. `index` counts generated tokens. The
  /// cache is not advanced. Numeric error when no logit is finite.
  Choice next(nn::SequenceId sequence, const api::Sampling& sampling, std::span<const int32_t> history, uint64_t index);
  /// The state on the device belongs to a request that is over.
  void forget() { m_expected = 0; }
  bool penalties() const { return m_history.defined(); }

private:
  void work();
  void describe(const at::Tensor& logits);
  Choice choiceFrom(const int32_t* values, int64_t alternatives) const;
  void setState(nn::SequenceId sequence, const api::Sampling& sampling, std::span<const int32_t> history, uint64_t index);
  void setPages(nn::SequenceId sequence);

  nn::Model& m_model;
  nn::PagedCache& m_cache;
  nn::Model::DecodeState m_state;
  // Read and written by the graph, on the device:
  at::Tensor m_parameters, m_ids, m_logprobs, m_indexAdd, m_history, m_historyLengths;
  at::Tensor m_result;        // int32 [2]: the id, and the bits of its log probability; traced also those of the entropy, then [k] ids and [k] log
                              // probabilities of the likeliest tokens; so that one copy brings everything
  at::Tensor m_hostResult;    // pinned
  std::unique_ptr<ops::RecordedGraph> m_graph;
  nn::SequenceId m_sequence{}; // whose state is on the device …
  size_t m_expected = 0;       // … when it has so many tokens
  int64_t m_pages = 0;         // of the block table that is there
  int64_t m_alternatives = 0;  // k of m_result; 0: not traced
};

/// Whether the sampling can be done on the device as the host would.
bool supportsDeviceSampling(const api::Sampling& sampling);

} // namespace lathe::generate
