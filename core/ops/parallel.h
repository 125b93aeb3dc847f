// SPDX-License-Identifier: Apache-2.0
// Work for LibTorch's own thread pool (a second pool would fight with it for the cores).
#pragma once

#include <cstdint>
#include <type_traits>

namespace lathe::ops {

using RangeFunction = void (*)(int64_t begin, int64_t end, void* context);
/// Splits 0 … count − 1 into contiguous pieces of at least `grain`, one per thread; runs inline when one piece suffices.
void runParallel(int64_t count, int64_t grain, RangeFunction function, void* context);
/// Tasks 0 … count − 1, each taken by whichever thread is free; for tasks of different length that own their output.
void runTasks(int64_t count, void (*function)(int64_t task, void* context), void* context);

/// `function(begin, end)` must not throw.
template <class F>
void parallelFor(int64_t count, int64_t grain, F&& function) {
  using Plain = std::remove_reference_t<F>;
  runParallel(count, grain, [](int64_t b, int64_t e, void* c) { (*static_cast<Plain*>(c))(b, e); }, const_cast<void*>(static_cast<const void*>(&function)));
}
template <class F>
void parallelTasks(int64_t count, F&& function) {
  using Plain = std::remove_reference_t<F>;
  runTasks(count, [](int64_t t, void* c) { (*static_cast<Plain*>(c))(t); }, const_cast<void*>(static_cast<const void*>(&function)));
}

/// Scratch floats of one task, aligned for vectors; keeps its memory per thread between calls.
float* threadScratch(int64_t floats);

} // namespace lathe::ops
