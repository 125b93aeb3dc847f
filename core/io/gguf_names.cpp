// SPDX-License-Identifier: Apache-2.0
#include "core/io/gguf_model.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <utility>

namespace lathe::io {
namespace {

using Pair = std::pair<std::string_view, std::string_view>; // in the file, in the folder; both without ".weight" or ".bias"

constexpr std::array<Pair, 3> kWholeModel = {{{"token_embd", "model.embed_tokens"}, {"output_norm", "model.norm"}, {"output", "lm_head"}}};

constexpr std::array<Pair, 13> kLayer = {{
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_qkv", "self_attn.qkv_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"post_ffw_norm", "post_feedforward_layernorm"},
}};

bool hasFourNorms(const std::string& arch) { return arch == "gemma2" || arch == "gemma3"; }

/// What an architecture names differently; looked at first.
Pair special(const std::string& arch, size_t index) {
  if (hasFourNorms(arch)) {
    constexpr std::array<Pair, 2> kGemma = {{{"ffn_norm", "pre_feedforward_layernorm"}, {"post_attention_norm", "post_attention_layernorm"}}};
    return index < kGemma.size() ? kGemma[index] : Pair{};
  }
  if (arch == "llama" || arch == "qwen3moe") { // of all experts together
    constexpr std::array<Pair, 4> kMixtral = {{{"ffn_gate_inp", "block_sparse_moe.gate"}, {"ffn_gate_exps", "block_sparse_moe.experts.w1"}, {"ffn_up_exps", "block_sparse_moe.experts.w3"}, {"ffn_down_exps", "block_sparse_moe.experts.w2"}}};
    constexpr std::array<Pair, 4> kQwen = {{{"ffn_gate_inp", "mlp.gate"}, {"ffn_gate_exps", "mlp.experts.gate_proj"}, {"ffn_up_exps", "mlp.experts.up_proj"}, {"ffn_down_exps", "mlp.experts.down_proj"}}};
    return index < kQwen.size() ? (arch == "llama" ? kMixtral : kQwen)[index] : Pair{};
  }
  if (arch == "olmo2" && index == 0)
    return {"post_attention_norm", "post_attention_layernorm"};
  if (arch == "phi3" && index == 0)
    return {"ffn_up", "mlp.gate_up_proj"};
  return {};
}

std::string_view counterpart(const std::string& arch, std::string_view part, std::string_view Pair::* from, std::string_view Pair::* to) {
  for (size_t i = 0; !special(arch, i).first.empty(); ++i)
    if (const Pair pair = special(arch, i); pair.*from == part)
      return pair.*to;
  for (const Pair& pair : kLayer)
    if (pair.*from == part)
      return pair.*to;
  return {};
}

/// "blk.12.attn_q.weight" → prefix taken, 12, "attn_q", ".weight". False when it has no such form.
struct Pieces {
  std::string_view layer, part, suffix;
};

bool split(std::string_view name, std::string_view prefix, Pieces& out) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos)
    return false;
  out.suffix = name.substr(dot);
  if (out.suffix != ".weight" && out.suffix != ".bias")
    return false;
  out.part = name.substr(0, dot);
  out.layer = {};
  if (!out.part.starts_with(prefix))
    return true;
  out.part.remove_prefix(prefix.size());
  const size_t end = out.part.find('.');
  if (end == 0 || end == std::string_view::npos || end > 5)
    return false;
  for (const char c : out.part.substr(0, end))
    if (!std::isdigit(static_cast<unsigned char>(c)))
      return false;
  out.layer = out.part.substr(0, end);
  out.part.remove_prefix(end + 1);
  return true;
}

std::string translate(const std::string& arch, std::string_view name, std::string_view prefix, std::string_view otherPrefix, std::string_view Pair::* from, std::string_view Pair::* to) {
  Pieces pieces;
  if (!split(name, prefix, pieces))
    return {};
  if (pieces.layer.empty()) {
    for (const Pair& pair : kWholeModel)
      if (pair.*from == pieces.part)
        return fmt::format("{}{}", pair.*to, pieces.suffix);
    return {};
  }
  const std::string_view other = counterpart(arch, pieces.part, from, to);
  return other.empty() ? std::string() : fmt::format("{}{}.{}{}", otherPrefix, pieces.layer, other, pieces.suffix);
}

} // namespace

std::string ggufTensorName(const std::string& arch, const std::string& huggingFace) { return translate(arch, huggingFace, "model.layers.", "blk.", &Pair::second, &Pair::first); }
std::string huggingFaceTensorName(const std::string& arch, const std::string& gguf) { return translate(arch, gguf, "blk.", "model.layers.", &Pair::first, &Pair::second); }

} // namespace lathe::io
