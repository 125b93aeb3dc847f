// SPDX-License-Identifier: Apache-2.0
// CUDA graphs through LibTorch, whose allocator keeps a recorded graph's memory for it alone.
#include "core/ops/cuda/table.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>

#include <memory>

namespace lathe::ops::gpu {

void* recordGraph(at::Device device, void (*work)(void*), void* context) {
  const c10::cuda::CUDAGuard deviceGuard(device);
  auto graph = std::make_unique<at::cuda::CUDAGraph>();
  c10::cuda::device_synchronize();
  {
    const c10::cuda::CUDAStreamGuard streamGuard(c10::cuda::getStreamFromPool(false, device.index())); // the default stream cannot be recorded
    work(context);
    c10::cuda::device_synchronize();
    graph->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal); // other threads may go on allocating
    try {
      work(context);
    } catch (...) {
      try {
        graph->capture_end();
      } catch (const c10::Error&) { // the first failure is the one to tell
      }
      throw;
    }
    graph->capture_end();
  }
  c10::cuda::device_synchronize();
  return graph.release();
}

void replayGraph(void* graph) { static_cast<at::cuda::CUDAGraph*>(graph)->replay(); }
void destroyGraph(void* graph) { delete static_cast<at::cuda::CUDAGraph*>(graph); }

} // namespace lathe::ops::gpu
