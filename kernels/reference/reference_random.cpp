// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace lathe::kernels::reference {

std::array<uint32_t, 4> referencePhilox(uint64_t key, uint64_t counterLow, uint64_t counterHigh) {
  uint64_t x0 = counterLow & 0xffffffffu, x1 = counterLow >> 32, x2 = counterHigh & 0xffffffffu, x3 = counterHigh >> 32;
  uint64_t k0 = key & 0xffffffffu, k1 = key >> 32;
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = 0xD2511F53ull * x0, b = 0xCD9E8D57ull * x2;
    x0 = ((b >> 32) ^ x1 ^ k0) & 0xffffffffu;
    x2 = ((a >> 32) ^ x3 ^ k1) & 0xffffffffu;
    x1 = b & 0xffffffffu;
    x3 = a & 0xffffffffu;
    k0 = (k0 + 0x9E3779B9u) & 0xffffffffu;
    k1 = (k1 + 0xBB67AE85u) & 0xffffffffu;
  }
  return {static_cast<uint32_t>(x0), static_cast<uint32_t>(x1), static_cast<uint32_t>(x2), static_cast<uint32_t>(x3)};
}

bool referenceDropoutKeeps(uint64_t key, uint64_t counter, int64_t index, double probability) {
  const auto bits = referencePhilox(key, static_cast<uint64_t>(index / 8), counter);
  const uint32_t random = (bits[static_cast<size_t>(index % 8 / 2)] >> (16 * (index % 2))) & 0xffffu;
  return random >= static_cast<uint32_t>(probability * 65536.0 + 0.5);
}

double referenceSampleUniform(uint64_t seed, uint64_t index) {
  const auto bits = referencePhilox(seed, index, 0x73616d706c65ull);
  const uint64_t both = static_cast<uint64_t>(bits[0]) | static_cast<uint64_t>(bits[1]) << 32;
  return static_cast<double>(both >> 11) * 0x1.0p-53;
}

Sampled referenceSample(std::vector<double> logits, const std::vector<int32_t>& history, const SampleOptions& o) {
  for (int32_t id : std::set<int32_t>(history.begin(), history.end()))
    if (id >= 0 && static_cast<size_t>(id) < logits.size()) {
      double& x = logits[static_cast<size_t>(id)];
      x = x > 0 ? x / o.repetitionPenalty : x * o.repetitionPenalty;
    }
  std::vector<int64_t> order;
  for (size_t i = 0; i < logits.size(); ++i)
    if (std::isfinite(logits[i]))
      order.push_back(static_cast<int64_t>(i));
  if (order.empty())
    return {};
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return logits[static_cast<size_t>(a)] > logits[static_cast<size_t>(b)]; });
  if (o.temperature == 0)
    return {order[0], 1};
  if (o.topK > 0)
    order.resize(std::min(order.size(), static_cast<size_t>(o.topK)));
  std::vector<double> weights;
  double total = 0, margin = 1;
  for (int64_t id : order)
    total += weights.emplace_back(std::exp((logits[static_cast<size_t>(id)] - logits[static_cast<size_t>(order[0])]) / o.temperature));
  if (o.topP < 1) {
    double sum = 0;
    size_t n = 0;
    while (n < weights.size() && sum < o.topP * total) {
      sum += weights[n++];
      margin = std::min(margin, std::abs(sum - o.topP * total) / total);
    }
    weights.resize(std::max<size_t>(n, 1));
  }
  while (o.minP > 0 && weights.size() > 1 && weights.back() < o.minP)
    weights.pop_back();
  total = 0;
  for (double w : weights)
    total += w;
  double target = o.uniform * total;
  for (size_t i = 0; i < weights.size(); ++i) {
    margin = std::min(margin, std::abs(target - weights[i]) / total);
    target -= weights[i];
    if (target < 0)
      return {order[i], margin};
  }
  return {order[weights.size() - 1], margin};
}

} // namespace lathe::kernels::reference
