// SPDX-License-Identifier: Apache-2.0
// The plain-operations twin of the model: the definition written with full matrices, differentiated by autograd in float64.
#pragma once

#include "core/io/model_config.h"
#include "core/nn/batch.h"

#include <ATen/core/TensorBody.h>

#include <map>
#include <string>

namespace lathe::test {

struct TwinLora {
  at::Tensor a, b;
  double scaling = 1;
};

struct TwinModel {
  io::ModelConfig config;
  std::map<std::string, at::Tensor> weights; // by Hugging Face name, float64
  std::map<std::string, TwinLora> lora;      // by module path

  at::Tensor logits(const at::Tensor& ids) const; // one sequence
  /// Σ cross-entropy over the batch's targets.
  at::Tensor loss(const nn::Batch& batch) const;

private:
  at::Tensor linear(const std::string& path, const at::Tensor& x) const;
  at::Tensor mixture(const std::string& path, const at::Tensor& x) const;
};

struct TwinAttention {
  int64_t heads = 1, kvHeads = 1, headDim = 8;
  double scale = 0, softcap = 0;
  int64_t window = 0;
};
/// One sequence: q [n, heads, headDim], k and v [m, kvHeads, headDim], m ≥ n; the last query stands at the last key.
at::Tensor twinAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const TwinAttention& options);
at::Tensor twinNorm(const at::Tensor& x, const at::Tensor& weight, double eps, double offset);
/// x [n, heads, headDim] at positions 0 … n − 1, plain or with llama3 scaling as the configuration says.
at::Tensor twinRotary(const at::Tensor& x, const io::RopeConfig& rope);

} // namespace lathe::test
