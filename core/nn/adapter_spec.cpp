// SPDX-License-Identifier: Apache-2.0
#include "core/nn/adapter_spec.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace lathe::nn {

namespace {

/// PEFT: a name matches the module with this path or whose path ends in ".name".
bool namesModule(std::string_view name, std::string_view module) {
  if (name == module)
    return true;
  return module.size() > name.size() && module.ends_with(name) && module[module.size() - name.size() - 1] == '.';
}

template <class Map, class Value>
Value patternOr(const Map& pattern, const std::string& module, Value fallback) {
  for (const auto& [name, value] : pattern)
    if (namesModule(name, module))
      return value;
  return fallback;
}

} // namespace

bool AdapterSpec::covers(const std::string& module, int64_t layer) const {
  const auto named = [&](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& n) { return namesModule(n, module); });
  };
  const bool all = targetModules.size() == 1 && targetModules.front() == "all-linear";
  if (named(excludeModules) || !(all || named(targetModules)))
    return false;
  return layersToTransform.empty() || std::find(layersToTransform.begin(), layersToTransform.end(), layer) != layersToTransform.end();
}

int64_t AdapterSpec::rankOf(const std::string& module) const { return patternOr(rankPattern, module, r); }

double AdapterSpec::scalingOf(const std::string& module) const {
  const double rank = static_cast<double>(rankOf(module));
  return patternOr(alphaPattern, module, alpha) / (rslora ? std::sqrt(rank) : rank);
}

void validate(const AdapterSpec& spec) {
  std::string problems;
  const auto add = [&](std::string text) { problems += (problems.empty() ? "" : " ") + std::move(text); };
  const auto badRank = [](int64_t r) { return r < 1 || r > 65536; };
  if (badRank(spec.r))
    add(fmt::format("The adapter's rank is {}; choose 1 to 65536.", spec.r));
  for (const auto& [module, rank] : spec.rankPattern)
    if (badRank(rank))
      add(fmt::format("The rank for {} is {}; choose 1 to 65536.", module, rank));
  if (!std::isfinite(spec.alpha) || std::any_of(spec.alphaPattern.begin(), spec.alphaPattern.end(), [](const auto& p) { return !std::isfinite(p.second); }))
    add("The adapter's alpha is not a finite number.");
  if (!(spec.dropout >= 0 && spec.dropout < 1))
    add(fmt::format("The adapter's dropout is {}; choose 0 or more and less than 1.", spec.dropout));
  if (spec.targetModules.empty())
    add("The adapter names no target modules; choose \"all-linear\" or names such as q_proj.");
  if (!problems.empty())
    throw Exception(ErrorKind::Usage, problems);
  if (spec.dora)
    throw Exception(ErrorKind::Unsupported, "DoRA adapters are not supported yet. Choose LoRA or rsLoRA.");
  if (!spec.modulesToSave.empty())
    throw Exception(ErrorKind::Unsupported, fmt::format("Training whole modules beside an adapter ({}) is not supported yet. Leave modules_to_save empty.", spec.modulesToSave.front()));
}

} // namespace lathe::nn
