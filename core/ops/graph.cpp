// SPDX-License-Identifier: Apache-2.0
#include "core/ops/graph.h"

#include "core/ops/cuda_ops.h"

namespace lathe::ops {

RecordedGraph::RecordedGraph(at::Device device, const std::function<void()>& work)
    : m_graph(cudaOps().recordGraph(device, [](void* context) { (*static_cast<const std::function<void()>*>(context))(); }, const_cast<std::function<void()>*>(&work))) {}

RecordedGraph::~RecordedGraph() { cudaOps().destroyGraph(m_graph); }

void RecordedGraph::replay() { cudaOps().replayGraph(m_graph); }

} // namespace lathe::ops
