// SPDX-License-Identifier: Apache-2.0
#define NV_CUDNN_FRONTEND_USE_DYNAMIC_LOADING
#define CUDNN_FRONTEND_SKIP_JSON_LIB
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#include <cudnn_frontend.h>
#pragma GCC diagnostic pop

#include "core/ops/cuda/cudnn_plan.h"

#include <cstdlib>
#include <dlfcn.h>
#include <vector>

namespace cudnn_frontend {
void* cudnn_dlhandle = nullptr; // the front end takes every function of cuDNN from here
}

namespace lathe::ops::gpu {

namespace {

namespace fe = cudnn_frontend;
using Attributes = fe::graph::Tensor_attributes;
using TensorHandle = std::shared_ptr<Attributes>;

bool loadCudnn() {
  static const bool loaded = [] {
    // Already in the process with LibTorch's GPU libraries; the front end only asks for a handle by name.
    setenv("CUDNN_FRONTEND_CUDART_LIB_NAME", "libcudart.so.13", 0);
    fe::cudnn_dlhandle = dlopen("libcudnn.so.9", RTLD_NOW | RTLD_GLOBAL);
    return fe::cudnn_dlhandle != nullptr;
  }();
  return loaded;
}

/// Makes the tensors of one graph.
class GraphMaker {
public:
  GraphMaker(fe::graph::Graph& graph, const CudnnPlanKey& key) : m_graph(graph), m_key(key) {}

  TensorHandle numbers(CudnnTensor name, int64_t count) {
    return m_graph.tensor(Attributes().set_uid(name).set_name("numbers").set_dim({count, 1, 1, 1}).set_stride({1, 1, 1, 1}).set_data_type(fe::DataType_t::INT32));
  }
  TensorHandle lengths(CudnnTensor name) { return numbers(name, m_key.sequences); }
  TensorHandle offsets(CudnnTensor name) { return numbers(name, m_key.sequences + 1); }
  Attributes rows(CudnnTensor name, int64_t heads, int64_t stride, const TensorHandle& offset) const {
    Attributes a;
    a.set_uid(name).set_name("rows").set_dim({m_key.sequences, heads, m_key.longest, m_key.headDim});
    a.set_stride({m_key.longest * stride, m_key.headDim, stride, 1}).set_ragged_offset(offset);
    return a;
  }
  /// log Σ exp per token and head, [tokens, heads].
  Attributes stats(const TensorHandle& offset) const {
    Attributes a;
    a.set_uid(kStats).set_name("stats").set_dim({m_key.sequences, m_key.heads, m_key.longest, 1});
    a.set_stride({m_key.longest * m_key.heads, 1, m_key.heads, 1}).set_ragged_offset(offset).set_data_type(fe::DataType_t::FLOAT);
    return a;
  }
  static void shapeOutput(const TensorHandle& output, Attributes like) {
    output->set_output(true).set_uid(like.get_uid()).set_dim(like.get_dim()).set_stride(like.get_stride()).set_ragged_offset(like.get_ragged_offset());
    if (like.get_data_type() != fe::DataType_t::NOT_SET)
      output->set_data_type(like.get_data_type());
  }
  template <class Options>
  void mask(Options& options) {
    options.set_padding_mask(true).set_seq_len_q(lengths(kQueryLengths)).set_seq_len_kv(lengths(kKeyLengths));
    options.set_diagonal_alignment(fe::DiagonalAlignment_t::TOP_LEFT).set_diagonal_band_right_bound(0);
    if (m_key.window > 0)
      options.set_diagonal_band_left_bound(static_cast<int>(m_key.window));
    options.set_attn_scale(m_key.scale).set_max_total_seq_len_q(m_key.tokens).set_max_total_seq_len_kv(m_key.tokens);
  }

private:
  fe::graph::Graph& m_graph;
  const CudnnPlanKey& m_key;
};

void describeForward(fe::graph::Graph& graph, const CudnnPlanKey& key) {
  GraphMaker make(graph, key);
  const int64_t outStride = key.heads * key.headDim;
  const TensorHandle q = graph.tensor(make.rows(kQ, key.heads, key.qStride, make.offsets(kQOffsets)));
  const TensorHandle k = graph.tensor(make.rows(kK, key.kvHeads, key.kStride, make.offsets(kKOffsets)));
  const TensorHandle v = graph.tensor(make.rows(kV, key.kvHeads, key.vStride, make.offsets(kVOffsets)));
  fe::graph::SDPA_attributes options;
  options.set_name("attention").set_generate_stats(true);
  make.mask(options);
  const auto [out, stats] = graph.sdpa(q, k, v, options);
  make.shapeOutput(out, make.rows(kOut, key.heads, outStride, make.offsets(kOutOffsets)));
  make.shapeOutput(stats, make.stats(make.offsets(kStatsOffsets)));
}

void describeBackward(fe::graph::Graph& graph, const CudnnPlanKey& key) {
  GraphMaker make(graph, key);
  const int64_t outStride = key.heads * key.headDim, kvStride = key.kvHeads * key.headDim;
  const TensorHandle outOffsets = make.offsets(kOutOffsets), dkOffsets = make.offsets(kDkOffsets);
  const TensorHandle q = graph.tensor(make.rows(kQ, key.heads, key.qStride, make.offsets(kQOffsets)));
  const TensorHandle k = graph.tensor(make.rows(kK, key.kvHeads, key.kStride, make.offsets(kKOffsets)));
  const TensorHandle v = graph.tensor(make.rows(kV, key.kvHeads, key.vStride, make.offsets(kVOffsets)));
  const TensorHandle out = graph.tensor(make.rows(kOut, key.heads, outStride, outOffsets));
  const TensorHandle dOut = graph.tensor(make.rows(kDOut, key.heads, outStride, outOffsets));
  const TensorHandle stats = graph.tensor(make.stats(make.offsets(kStatsOffsets)));
  fe::graph::SDPA_backward_attributes options;
  options.set_name("attention backward").set_deterministic_algorithm(key.deterministic);
  make.mask(options);
  const auto [dq, dk, dv] = graph.sdpa_backward(q, k, v, out, dOut, stats, options);
  make.shapeOutput(dq, make.rows(kDq, key.heads, key.dqStride, make.offsets(kDqOffsets)));
  make.shapeOutput(dk, make.rows(kDk, key.kvHeads, kvStride, dkOffsets));
  make.shapeOutput(dv, make.rows(kDv, key.kvHeads, kvStride, dkOffsets));
}

class BuiltPlan final : public CudnnPlan {
public:
  fe::graph::Graph graph;
  int64_t bytes = 0;
  int64_t workspaceBytes() const override { return bytes; }
  std::string execute(std::unordered_map<int64_t, void*>& pointers, void* workspace) const override {
    fe::error_t error = graph.execute(static_cast<cudnnHandle_t>(cudnnHandleOfStream()), pointers, workspace);
    return error.is_good() ? std::string() : error.get_message();
  }
};

} // namespace

int64_t cudnnVersion() { return loadCudnn() ? static_cast<int64_t>(fe::detail::get_backend_version()) : 0; }

std::unique_ptr<CudnnPlan> buildCudnnPlan(const CudnnPlanKey& key, std::string& why) {
  if (!loadCudnn()) {
    why = "libcudnn.so.9 could not be loaded";
    return nullptr;
  }
  try {
    auto plan = std::make_unique<BuiltPlan>();
    plan->graph.set_io_data_type(fe::DataType_t::BFLOAT16).set_intermediate_data_type(fe::DataType_t::FLOAT).set_compute_data_type(fe::DataType_t::FLOAT);
    if (key.backward)
      describeBackward(plan->graph, key);
    else
      describeForward(plan->graph, key);
    const cudnnHandle_t handle = static_cast<cudnnHandle_t>(cudnnHandleOfStream());
    fe::error_t error = plan->graph.build(handle, {fe::HeurMode_t::A});
    if (error.is_good())
      error = plan->graph.get_workspace_size(plan->bytes);
    if (error.is_good())
      return plan;
    why = error.get_message();
  } catch (const std::exception& error) {
    why = error.what();
  }
  return nullptr;
}

} // namespace lathe::ops::gpu
