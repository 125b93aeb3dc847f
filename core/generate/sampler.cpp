// SPDX-License-Identifier: Apache-2.0
#include "core/generate/sampler.h"

#include "core/base/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

namespace lathe::generate {
namespace {

constexpr uint64_t kSamplingStream = 0x73616d706c65ull;

void checkRange(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high))
    throw Exception(ErrorKind::Usage, fmt::format("{} is {}; it must lie between {} and {}.", name, value, low, high));
}

int32_t argmax(std::span<const float> logits) {
  int32_t best = -1;
  float value = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] > value) {
      value = logits[i];
      best = static_cast<int32_t>(i);
    }
  }
  if (best < 0)
    throw Exception(ErrorKind::Numeric, "The model's output holds no finite number, so no token can be chosen. Its weights or adapter may be damaged.");
  return best;
}

double logSumExp(std::span<const float> logits) {
  const float top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float x : logits)
    sum += std::exp(static_cast<double>(x - top));
  return static_cast<double>(top) + std::log(sum);
}

} // namespace

void checkSampling(const api::Sampling& s) {
  checkRange("temperature", s.temperature, 0, 100);
  checkRange("top_p", s.topP, 0, 1);
  checkRange("min_p", s.minP, 0, 1);
  checkRange("top_k", static_cast<double>(s.topK), 0, 1e9);
  checkRange("repetition_penalty", s.repetitionPenalty, 0.01, 100);
  checkRange("max_tokens", static_cast<double>(s.maxTokens), 1, 1e7);
  checkRange("logprobs", static_cast<double>(s.logprobs), 0, static_cast<double>(kMostAlternatives));
}

Sampler::Sampler(const api::Sampling& sampling) : m_sampling(sampling) { checkSampling(sampling); }

/// Entropy is log(sum) − Σ p·logit, so that it costs one pass and no list of probabilities.
void Sampler::describe(std::span<const float> logits, double norm, Choice& choice) const {
  const auto count = static_cast<size_t>(m_sampling.logprobs);
  double expected = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double x = logits[i];
    if (!std::isfinite(logits[i]))
      continue;
    expected += std::exp(x - norm) * x;
    if (choice.top.size() == count && x - norm <= choice.top.back().logprob)
      continue;
    const auto at = std::find_if(choice.top.begin(), choice.top.end(), [&](const Likely& other) { return other.logprob < x - norm; });
    choice.top.insert(at, {static_cast<int32_t>(i), x - norm});
    if (choice.top.size() > count)
      choice.top.pop_back();
  }
  choice.entropy = std::max(0.0, norm - expected);
}

void Sampler::penalise(std::span<float> logits, std::span<const int32_t> history) const {
  const auto penalty = static_cast<float>(m_sampling.repetitionPenalty);
  std::unordered_set<int32_t> seen(history.begin(), history.end());
  for (int32_t id : seen) {
    if (id < 0 || static_cast<size_t>(id) >= logits.size())
      continue;
    float& x = logits[static_cast<size_t>(id)];
    x = x > 0 ? x / penalty : x * penalty;
  }
}

int32_t Sampler::draw(std::span<const float> logits, uint64_t index) {
  const double temperature = m_sampling.temperature;
  m_candidates.clear();
  for (size_t i = 0; i < logits.size(); ++i)
    if (std::isfinite(logits[i]))
      m_candidates.push_back({logits[i], static_cast<int32_t>(i)});
  const auto better = [](const Candidate& a, const Candidate& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; };
  size_t keep = m_candidates.size();
  if (m_sampling.topK > 0)
    keep = std::min(keep, static_cast<size_t>(m_sampling.topK));
  if (keep < m_candidates.size())
    std::nth_element(m_candidates.begin(), m_candidates.begin() + static_cast<ptrdiff_t>(keep), m_candidates.end(), better);
  m_candidates.resize(keep);
  std::sort(m_candidates.begin(), m_candidates.end(), better);

  m_weights.resize(keep);
  double total = 0;
  for (size_t i = 0; i < keep; ++i)
    total += m_weights[i] = std::exp((static_cast<double>(m_candidates[i].logit) - m_candidates[0].logit) / temperature);
  if (m_sampling.topP < 1) { // smallest set whose probability reaches top_p; at least one token
    double sum = 0;
    size_t n = 0;
    while (n < keep && sum < m_sampling.topP * total)
      sum += m_weights[n++];
    keep = std::max<size_t>(n, 1);
  }
  if (m_sampling.minP > 0) // relative to the most likely token, whose weight is 1
    while (keep > 1 && m_weights[keep - 1] < m_sampling.minP)
      --keep;
  total = 0;
  for (size_t i = 0; i < keep; ++i)
    total += m_weights[i];
  double target = randomUniform(static_cast<uint64_t>(m_sampling.seed), kSamplingStream, index) * total;
  for (size_t i = 0; i < keep; ++i) {
    target -= m_weights[i];
    if (target < 0)
      return m_candidates[i].id;
  }
  return m_candidates[keep - 1].id;
}

Choice Sampler::choose(std::span<float> logits, std::span<const int32_t> history, uint64_t index) {
  const int32_t top = argmax(logits);
  Choice choice;
  const double norm = logSumExp(logits);
  if (m_sampling.logprobs > 0)
    describe(logits, norm, choice);
  const bool greedy = m_sampling.greedy || m_sampling.temperature == 0;
  if (greedy && m_sampling.repetitionPenalty == 1.0) {
    choice.id = top;
    choice.logprob = static_cast<double>(logits[static_cast<size_t>(top)]) - norm;
    return choice;
  }
  std::vector<float> original;
  if (m_sampling.repetitionPenalty != 1.0) {
    original.assign(logits.begin(), logits.end());
    penalise(logits, history);
  }
  choice.id = greedy ? argmax(logits) : draw(logits, index);
  const float raw = original.empty() ? logits[static_cast<size_t>(choice.id)] : original[static_cast<size_t>(choice.id)];
  choice.logprob = static_cast<double>(raw) - norm;
  return choice;
}

} // namespace lathe::generate
