// SPDX-License-Identifier: Apache-2.0
// Timing of kernels: launches over buffers that rotate through more than the L2 cache, captured into a graph, median of replays.
#pragma once

#include "tests/gpu/kernels_support.h"

#include <functional>
#include <memory>

namespace lathe::gputest {

/// Device memory filled with normal random values of an element type, or with given integers.
class Filled {
public:
  Filled(int64_t elements, Element element, float scale = 1);
  Filled(Filled&& other) noexcept;
  ~Filled();
  void* data() const { return m_data; }
  void refill();
  float* floats() const { return static_cast<float*>(m_data); }

private:
  void* m_data = nullptr;
  int64_t m_elements;
  Element m_element;
  float m_scale;
};

class Bench {
public:
  explicit Bench(std::string filter);
  /// `bytes`: the fewest the kernel has to move. `sets`: how many buffer sets `launch(i)` rotates through. A kernel that works in place and
  /// would make its data degenerate brings `refresh`, called for every set before every replay, untimed.
  void time(const std::string& name, double bytes, int sets, const std::function<kernels::Status(int, kernels::Stream)>& launch,
            const std::function<void(int)>& refresh = {});
  bool wants(const std::string& name) const { return m_filter.empty() || name.find(m_filter) != std::string::npos; }
  int multiprocessors() const { return m_multiprocessors; }
  int64_t l2Bytes() const { return m_l2; }
  /// Sets of `bytes` each that together are at least three times the L2 cache.
  int setsFor(double bytes) const;
  int failures() const { return m_failures; }

private:
  std::string m_filter;
  cudaStream_t m_stream = nullptr;
  double m_copyRate = 0; // bytes per second
  int m_multiprocessors = 0;
  int64_t m_l2 = 0;
  int m_failures = 0;
};

void benchTraining(Bench& bench, const std::string& model, int64_t tokens, int64_t hidden, int64_t intermediate, int64_t heads, int64_t kvHeads, int64_t headDim);
void benchLoss(Bench& bench);
void benchOptimizer(Bench& bench);
void benchGemv(Bench& bench);
void benchDecode(Bench& bench);

} // namespace lathe::gputest
