// SPDX-License-Identifier: Apache-2.0
// Element types that kernels read and write; arithmetic is float32 in every kernel.
#pragma once

#include <cstdint>

namespace lathe::kernels {

enum class Element { Float32, BFloat16 };

/// Storage of one bfloat16.
struct BFloat16 {
  uint16_t bits;
};

/// A cudaStream_t without the CUDA header; null is the default stream.
using Stream = void*;

enum class Status { Ok, Unavailable, Unsupported, Failed };

/// Half-open range of rows, elements or tasks that one call works on; callers split the whole range among threads.
struct Range {
  int64_t begin = 0, end = 0;
};

} // namespace lathe::kernels
