// SPDX-License-Identifier: Apache-2.0
#include "tests/nn/twin.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace lathe::test {

at::Tensor twinNorm(const at::Tensor& x, const at::Tensor& weight, double eps, double offset) {
  if (x.scalar_type() == at::kBFloat16) // as transformers: normed in float32, rounded once
    return twinNorm(x.to(at::kFloat), weight.to(at::kFloat), eps, offset).to(at::kBFloat16);
  return x * at::rsqrt(x.pow(2).mean(-1, true) + eps) * (weight + offset);
}

at::Tensor twinRotary(const at::Tensor& x, const io::RopeConfig& rope) {
  const int64_t n = x.size(0), dim = x.size(2), half = dim / 2;
  at::Tensor frequency = at::empty({half}, at::kDouble); // on the CPU
  for (int64_t i = 0; i < half; ++i) {
    double f = std::pow(rope.theta, -2.0 * static_cast<double>(i) / static_cast<double>(dim));
    if (rope.type == io::RopeType::Linear)
      f /= rope.factor;
    if (rope.type == io::RopeType::Llama3) {
      const double original = static_cast<double>(rope.originalMaxPositions), wavelength = 2 * std::numbers::pi / f;
      if (wavelength > original / rope.lowFreqFactor)
        f /= rope.factor;
      else if (wavelength >= original / rope.highFreqFactor) {
        const double smooth = (original / wavelength - rope.lowFreqFactor) / (rope.highFreqFactor - rope.lowFreqFactor);
        f = (1 - smooth) * f / rope.factor + smooth * f;
      }
    }
    frequency[i] = f;
  }
  const at::Tensor angle = at::outer(at::arange(n, at::kDouble), frequency).unsqueeze(1);
  const at::Tensor cosine = angle.cos().to(x.options()), sine = angle.sin().to(x.options());
  const at::Tensor a = x.narrow(2, 0, half), b = x.narrow(2, half, half);
  return at::cat({a * cosine - b * sine, b * cosine + a * sine}, 2);
}

at::Tensor twinAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const TwinAttention& o) {
  const int64_t n = q.size(0), m = k.size(0), group = o.heads / o.kvHeads;
  const at::Tensor keys = k.repeat_interleave(group, 1), values = v.repeat_interleave(group, 1);
  const double scale = o.scale != 0 ? o.scale : 1 / std::sqrt(static_cast<double>(o.headDim));
  at::Tensor score = at::einsum("ihd,jhd->hij", {q, keys}) * scale;
  if (o.softcap > 0)
    score = o.softcap * at::tanh(score / o.softcap);
  const auto positions = at::TensorOptions().dtype(at::kLong).device(q.device());
  const at::Tensor i = at::arange(m - n, m, positions).unsqueeze(1), j = at::arange(m, positions).unsqueeze(0);
  at::Tensor hidden = j.gt(i);
  if (o.window > 0)
    hidden = at::logical_or(hidden, j.le(i - o.window));
  score = score.masked_fill(hidden.unsqueeze(0), -INFINITY);
  return at::einsum("hij,jhd->ihd", {at::softmax(score, -1), values});
}

at::Tensor TwinModel::linear(const std::string& path, const at::Tensor& x) const {
  at::Tensor y = at::matmul(x, weights.at(path + ".weight").t());
  if (const auto bias = weights.find(path + ".bias"); bias != weights.end())
    y = y + bias->second;
  if (const auto adapter = lora.find(path); adapter != lora.end())
    y = y + adapter->second.scaling * at::matmul(at::matmul(x, adapter->second.a.t()), adapter->second.b.t());
  return y;
}

/// Every expert computes every token; the ones that were not chosen count with weight 0.
at::Tensor TwinModel::mixture(const std::string& path, const at::Tensor& x) const {
  const io::ExpertConfig& c = config.experts;
  const at::Tensor probabilities = at::softmax(linear(path + ".gate", x), -1);
  const auto [best, chosen] = at::topk(probabilities, c.perToken, -1);
  at::Tensor weights = at::zeros_like(probabilities).scatter(1, chosen, best);
  if (c.normalized)
    weights = weights / weights.sum(-1, true);
  at::Tensor out = at::zeros_like(x);
  for (int64_t e = 0; e < c.count; ++e) {
    const std::string expert = fmt::format("{}.experts.{}.", path, e);
    out = out + weights.narrow(1, e, 1) * linear(expert + c.down, at::silu(linear(expert + c.gate, x)) * linear(expert + c.up, x));
  }
  return out;
}

at::Tensor TwinModel::logits(const at::Tensor& ids) const {
  const io::ModelConfig& c = config;
  const at::Tensor& embedding = weights.at("model.embed_tokens.weight");
  at::Tensor x = embedding.index_select(0, ids);
  const int64_t n = ids.size(0);
  const TwinAttention options{c.heads, c.kvHeads, c.headDim, 0, 0, c.slidingWindow.value_or(0)};
  for (int64_t i = 0; i < c.layers; ++i) {
    const std::string p = fmt::format("model.layers.{}.", i);
    const at::Tensor h = twinNorm(x, weights.at(p + "input_layernorm.weight"), c.rmsNormEps, 0);
    const auto heads = [&](const std::string& name, int64_t count) {
      const at::Tensor y = linear(p + "self_attn." + name + "_proj", h).view({n, count, c.headDim});
      return twinRotary(c.hasHeadNorms() ? twinNorm(y, weights.at(p + "self_attn." + name + "_norm.weight"), c.rmsNormEps, 0) : y, c.rope);
    };
    const at::Tensor q = heads("q", c.heads), k = heads("k", c.kvHeads);
    const at::Tensor v = linear(p + "self_attn.v_proj", h).view({n, c.kvHeads, c.headDim});
    x = x + linear(p + "self_attn.o_proj", twinAttention(q, k, v, options).reshape({n, -1}));
    const at::Tensor m = twinNorm(x, weights.at(p + "post_attention_layernorm.weight"), c.rmsNormEps, 0);
    x = x + (c.isMixture(i) ? mixture(p + c.experts.block, m) : linear(p + "mlp.down_proj", at::silu(linear(p + "mlp.gate_proj", m)) * linear(p + "mlp.up_proj", m)));
  }
  x = twinNorm(x, weights.at("model.norm.weight"), c.rmsNormEps, 0);
  return at::matmul(x, (c.tieEmbeddings ? embedding : weights.at("lm_head.weight")).t());
}

at::Tensor TwinModel::loss(const nn::Batch& batch) const {
  at::Tensor total = at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(batch.tokens.device()));
  for (int64_t s = 0; s + 1 < batch.cuSeqlens.size(0); ++s) {
    const int64_t begin = batch.cuSeqlens[s].item<int64_t>(), count = batch.cuSeqlens[s + 1].item<int64_t>() - begin;
    const at::Tensor z = logits(batch.tokens.narrow(0, begin, count)).to(at::kDouble);
    total = total + at::cross_entropy_loss(z, batch.targets.narrow(0, begin, count), {}, at::Reduction::Sum, -100);
  }
  return total;
}

} // namespace lathe::test
