// SPDX-License-Identifier: Apache-2.0
// Inverted dropout whose mask is a function of (key, counter, element) only: Philox4x32-10 (Salmon et al. 2011), 16 bits per element, eight
// elements per block, element = row · width + column. The CPU's mask (core/ops/lora.cpp) is the same bit for bit.
#pragma once

#include "lathe/kernels/element.h"

namespace lathe::kernels {

/// out = in · mask / (1 − probability), or out += with `accumulate`. out may be in.
struct DropoutMask {
  const void* in = nullptr; // [rows, width]
  void* out = nullptr;      // [rows, width]
  int64_t width = 0, inStride = 0, outStride = 0;
  double probability = 0; // 0 ≤ p < 1
  uint64_t key = 0, counter = 0;
  const uint64_t* deviceCounter = nullptr; // read on the device and added to `counter`; may be null
  bool accumulate = false;
  Element element = Element::Float32;
};
Status launchDropout(const DropoutMask& problem, int64_t rows, Stream stream);

} // namespace lathe::kernels
