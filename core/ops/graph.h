// SPDX-License-Identifier: Apache-2.0
// Work of a GPU that is recorded once and started again with one call (a CUDA graph): no launch costs between its kernels.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace lathe::ops {

class RecordedGraph {
public:
  struct Options {
    bool runFirst = true;                   // false: the caller has run the same work already
    const RecordedGraph* sharing = nullptr; // use its memory, too: the two never run at once and nothing of one is read after the other has started
  };
  /// Runs `work` once, so that what is made on first use exists, and then records it without running it. What `work` reads and writes lives as long as
  /// the graph; it must not wait for the device, and tensors it makes are the graph's own. Throws what it throws.
  RecordedGraph(at::Device device, const std::function<void()>& work, const Options& options);
  RecordedGraph(at::Device device, const std::function<void()>& work) : RecordedGraph(device, work, Options()) {}
  ~RecordedGraph();
  RecordedGraph(const RecordedGraph&) = delete;
  RecordedGraph& operator=(const RecordedGraph&) = delete;
  /// Starts it on the current stream.
  void replay();

private:
  void* m_graph = nullptr;
};

} // namespace lathe::ops
