// SPDX-License-Identifier: Apache-2.0
#include "core/ops/memory_scope.h"

#include "core/ops/cuda_ops.h"

namespace lathe::ops {

const char* memoryCategoryName(MemoryCategory category) {
  switch (category) {
  case MemoryCategory::Other:
    return "other";
  case MemoryCategory::Weights:
    return "weights";
  case MemoryCategory::Adapters:
    return "adapters";
  case MemoryCategory::Masters:
    return "masters";
  case MemoryCategory::Gradients:
    return "gradients";
  case MemoryCategory::Optimizer:
    return "optimizer";
  case MemoryCategory::Stash:
    return "stash";
  case MemoryCategory::Workspace:
    return "workspace";
  case MemoryCategory::Cache:
    return "cache";
  }
  return "other";
}

MemoryScope::MemoryScope(MemoryCategory category, bool applies) : m_set(applies && cudaBackendLoaded()) {
  if (m_set)
    m_before = cudaOps().setMemoryCategory(category);
}

MemoryScope::~MemoryScope() {
  if (m_set)
    cudaOps().setMemoryCategory(m_before);
}

void attributeMemory(const at::Tensor& tensor, MemoryCategory category, uint64_t bytes) {
  if (tensor.defined() && tensor.is_cuda() && bytes > 0)
    cudaOps().attributeMemory(tensor.device(), tensor.storage().data(), category, bytes);
}

} // namespace lathe::ops
