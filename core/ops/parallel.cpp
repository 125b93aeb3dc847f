// SPDX-License-Identifier: Apache-2.0
#include "core/ops/parallel.h"

#include "core/base/error.h"

#include <ATen/Parallel.h>
#include <torch/csrc/stable/c/shim.h>

#include <atomic>
#include <cstdlib>
#include <memory>

namespace lathe::ops {

void runParallel(int64_t count, int64_t grain, RangeFunction function, void* context) {
  if (count <= 0)
    return;
  if (count <= grain || at::get_num_threads() == 1 || at::in_parallel_region()) {
    function(0, count, context);
    return;
  }
  // The header's at::parallel_for is serial unless this file is compiled with OpenMP; the exported one always uses the pool.
  if (torch_parallel_for(0, count, grain, function, context) != 0)
    throw Exception(ErrorKind::Internal, "A parallel computation failed inside the numeric core.");
}

namespace {
struct Tasks {
  std::atomic<int64_t> next{0};
  int64_t count;
  void (*function)(int64_t, void*);
  void* context;
};
void drain(int64_t, int64_t, void* context) {
  Tasks& tasks = *static_cast<Tasks*>(context);
  for (int64_t t = tasks.next++; t < tasks.count; t = tasks.next++)
    tasks.function(t, tasks.context);
}
struct Release {
  void operator()(float* p) const { std::free(p); }
};
} // namespace

void runTasks(int64_t count, void (*function)(int64_t, void*), void* context) {
  Tasks tasks{0, count, function, context};
  const int64_t workers = std::min<int64_t>(count, at::get_num_threads());
  runParallel(workers, 1, drain, &tasks);
}

float* threadScratch(int64_t floats) {
  thread_local std::unique_ptr<float, Release> memory;
  thread_local int64_t size = 0;
  if (floats > size) {
    memory.reset();
    memory.reset(static_cast<float*>(std::aligned_alloc(64, static_cast<size_t>((floats * 4 + 63) / 64 * 64))));
    size = memory ? floats : 0;
    if (!memory)
      std::abort(); // inside a parallel region nothing can be thrown; the planner keeps such sizes away
  }
  return memory.get();
}

} // namespace lathe::ops
