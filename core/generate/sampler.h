// SPDX-License-Identifier: Apache-2.0
// Choosing the next token from one row of logits. Order of the filters as in transformers: repetition penalty, temperature, top-k, top-p,
// min-p. Random numbers are counter-based: token n of a request depends on (seed, n) only, so panes with the same seed compare fairly.
#pragma once

#include "core/api/values.h"

#include <cstdint>
#include <span>
#include <vector>

namespace lathe::generate {

/// Refuses values out of range (Usage, naming the parameter): temperature 0–100, top_p and min_p 0–1, top_k ≥ 0, repetition penalty > 0–100, logprobs 0–5.
void checkSampling(const api::Sampling& sampling);

inline constexpr int64_t kMostAlternatives = 5;

/// A token and its probability in the unmodified distribution.
struct Likely {
  int32_t id = 0;
  double logprob = 0; // natural logarithm
};

struct Choice {
  int32_t id = 0;
  double logprob = 0;       // natural logarithm, of the unmodified distribution
  double entropy = 0;       // of that distribution, nat; where Sampling::logprobs asks for it
  std::vector<Likely> top;  // likeliest first, of equal ones the lower id; as many as Sampling::logprobs says
};

class Sampler {
public:
  explicit Sampler(const api::Sampling& sampling);
  /// `logits`: [vocab], overwritten. `history`: prompt and generated tokens so far (for the repetition penalty). `index` counts generated
  /// tokens from 0. Numeric error when no logit is finite.
  Choice choose(std::span<float> logits, std::span<const int32_t> history, uint64_t index);

private:
  void describe(std::span<const float> logits, double norm, Choice& choice) const;
  void penalise(std::span<float> logits, std::span<const int32_t> history) const;
  int32_t draw(std::span<const float> logits, uint64_t index);

  api::Sampling m_sampling;
  struct Candidate {
    float logit;
    int32_t id;
  };
  std::vector<Candidate> m_candidates;
  std::vector<double> m_weights;
};

} // namespace lathe::generate
