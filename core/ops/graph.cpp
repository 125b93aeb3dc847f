// SPDX-License-Identifier: Apache-2.0
#include "core/ops/graph.h"

#include "core/ops/cuda_ops.h"

namespace lathe::ops {

RecordedGraph::RecordedGraph(at::Device device, const std::function<void()>& work, const Options& options)
    : m_graph(cudaOps().recordGraph(device, [](void* context) { (*static_cast<const std::function<void()>*>(context))(); }, const_cast<std::function<void()>*>(&work),
                                    options.runFirst, options.sharing ? options.sharing->m_graph : nullptr)) {}

RecordedGraph::~RecordedGraph() { cudaOps().destroyGraph(m_graph); }

void RecordedGraph::replay() { cudaOps().replayGraph(m_graph); }

} // namespace lathe::ops
