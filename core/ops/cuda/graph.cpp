// SPDX-License-Identifier: Apache-2.0
// CUDA graphs through LibTorch, whose allocator keeps a recorded graph's memory for it alone.
#include "core/ops/cuda/table.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>

#include <map>
#include <memory>
#include <mutex>

namespace lathe::ops::gpu {

namespace {

/// One per device, since the libraries keep workspaces per stream. The default stream cannot be recorded.
c10::cuda::CUDAStream recordingStream(c10::DeviceIndex device) {
  static std::mutex mutex;
  static std::map<c10::DeviceIndex, c10::cuda::CUDAStream>& streams = *new std::map<c10::DeviceIndex, c10::cuda::CUDAStream>;
  const std::lock_guard lock(mutex);
  return streams.try_emplace(device, c10::cuda::getStreamFromPool(false, device)).first->second;
}

struct Recorded {
  at::cuda::CUDAGraph graph;
  at::Device device;
  explicit Recorded(at::Device where) : device(where) {}
};
Recorded& recordedOf(void* graph) { return *static_cast<Recorded*>(graph); }

} // namespace

void* recordGraph(at::Device device, void (*work)(void*), void* context, bool runFirst, void* sharing) {
  const c10::cuda::CUDAGuard deviceGuard(device);
  auto recorded = std::make_unique<Recorded>(device);
  at::cuda::CUDAGraph* const graph = &recorded->graph;
  const at::cuda::MempoolId_t pool = sharing ? recordedOf(sharing).graph.pool() : at::cuda::MempoolId_t{0, 0};
  c10::cuda::device_synchronize();
  {
    const c10::cuda::CUDAStreamGuard streamGuard(recordingStream(device.index()));
    if (runFirst)
      work(context);
    c10::cuda::device_synchronize();
    graph->capture_begin(pool, cudaStreamCaptureModeThreadLocal); // other threads may go on allocating
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
  retainPool(device, graph->pool(), true);
  return recorded.release();
}

void replayGraph(void* graph) { recordedOf(graph).graph.replay(); }

void destroyGraph(void* graph) {
  const std::unique_ptr<Recorded> recorded(static_cast<Recorded*>(graph));
  retainPool(recorded->device, recorded->graph.pool(), false);
}

} // namespace lathe::ops::gpu
