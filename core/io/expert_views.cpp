// SPDX-License-Identifier: Apache-2.0
#include "core/io/expert_views.h"

#include "core/base/error.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <string_view>

namespace lathe::io {
namespace {

void requireStack(const TensorView& tensor, const ModelConfig& c, int64_t rows, int64_t columns) {
  const std::vector<int64_t> wanted = {c.experts.count, rows, columns};
  if (tensor.shape != wanted || tensor.bytes % static_cast<uint64_t>(c.experts.count) != 0)
    refuse("REJ:MODEL_SHAPE", fmt::format("The tensor {} has shape [{}] in the file, and the configuration asks for [{}].", shownName(tensor.name), fmt::join(tensor.shape, ", "), fmt::join(wanted, ", ")));
}

/// "model.layers.3.mlp." of a name in a mixture layer that ends so; empty for others.
std::string_view layerPrefix(std::string_view name, std::string_view end, const ModelConfig& c) {
  constexpr std::string_view kLayers = "model.layers.";
  if (c.experts.count == 0 || !name.starts_with(kLayers) || !name.ends_with(end))
    return {};
  const std::string_view prefix = name.substr(0, name.size() - end.size()), number = prefix.substr(std::min(prefix.size(), kLayers.size()));
  if (number.empty() || number.size() > 5 || number.find_first_not_of("0123456789") != std::string_view::npos)
    return {};
  const int64_t layer = std::stoll(std::string(number));
  return layer < c.layers && c.isMixture(layer) ? prefix : std::string_view();
}

/// `parts` matrices one after the other for every expert.
std::vector<ExpertSlice> sliced(const TensorView& tensor, const ModelConfig& c, std::string_view layer, const std::vector<std::string>& parts) {
  const int64_t rows = tensor.shape[1] / static_cast<int64_t>(parts.size());
  const uint64_t bytes = tensor.bytes / static_cast<uint64_t>(c.experts.count) / parts.size();
  std::vector<ExpertSlice> out;
  for (int64_t e = 0; e < c.experts.count; ++e)
    for (const std::string& part : parts)
      out.push_back({fmt::format("{}.{}.experts.{}.{}.weight", layer, c.experts.block, e, part), {rows, tensor.shape[2]}, out.size() * bytes, bytes});
  return out;
}

} // namespace

std::vector<ExpertSlice> expertSlices(const TensorView& tensor, const ModelConfig& c) {
  const ExpertConfig& x = c.experts;
  if (const auto layer = layerPrefix(tensor.name, ".mlp.experts.gate_up_proj", c); !layer.empty()) {
    requireStack(tensor, c, 2 * x.intermediate, c.hiddenSize);
    return sliced(tensor, c, layer, {x.gate, x.up});
  }
  if (const auto layer = layerPrefix(tensor.name, ".mlp.experts.down_proj", c); !layer.empty()) {
    requireStack(tensor, c, c.hiddenSize, x.intermediate);
    return sliced(tensor, c, layer, {x.down});
  }
  if (const auto layer = layerPrefix(tensor.name, ".mlp.gate.weight", c); !layer.empty() && x.block != "mlp")
    return {{fmt::format("{}.{}.gate.weight", layer, x.block), tensor.shape, 0, tensor.bytes}};
  return {};
}

std::vector<ExpertSlice> stackedSlices(const TensorView& tensor, const std::string& name, const ModelConfig& c) {
  for (const std::string& part : {c.experts.gate, c.experts.up, c.experts.down}) {
    const auto layer = layerPrefix(name, fmt::format(".{}.experts.{}", c.experts.block, part), c);
    if (layer.empty())
      continue;
    const bool narrows = part == c.experts.down;
    requireStack(tensor, c, narrows ? c.hiddenSize : c.experts.intermediate, narrows ? c.experts.intermediate : c.hiddenSize);
    return sliced(tensor, c, layer, {part});
  }
  return {};
}

} // namespace lathe::io
