// SPDX-License-Identifier: Apache-2.0
#include "core/io/adapter_files.h"

#include "core/base/files.h"
#include "core/io/names.h"
#include "core/io/side_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lathe::io {
namespace {

constexpr const char* kWeights = "adapter_model.safetensors";
constexpr const char* kConfig = "adapter_config.json";

/// The matrices of one adapted module.
struct Pair {
  const TensorView* a = nullptr;
  const TensorView* b = nullptr;
};

/// "x.lora_A.weight" or "x.lora_A" → "x" when `part` is "lora_A".
std::optional<std::string> moduleOf(const std::string& name, std::string_view part) {
  const std::string infix = fmt::format(".{}", part);
  const size_t at = name.rfind(infix);
  if (at == std::string::npos)
    return std::nullopt;
  const std::string_view rest = std::string_view(name).substr(at + infix.size());
  return rest.empty() || rest == ".weight" ? std::optional(name.substr(0, at)) : std::nullopt;
}

std::map<std::string, Pair> pairsOf(const SafetensorsFile& file) {
  std::map<std::string, Pair> out;
  for (const TensorView& tensor : file.tensors()) {
    if (const auto module = moduleOf(tensor.name, "lora_A"))
      out[*module].a = &tensor;
    else if (const auto other = moduleOf(tensor.name, "lora_B"))
      out[*other].b = &tensor;
  }
  return out;
}

std::string shapeText(const TensorView& tensor) { return fmt::format("[{}]", fmt::join(tensor.shape, ", ")); }

/// PEFT's rank for a module: the last matching key of rank_pattern (a suffix after a dot, or the whole name), else r.
int64_t rankOf(const AdapterConfig& config, std::string_view module) {
  for (const auto& [key, rank] : config.rankPattern)
    if (module == key || (module.size() > key.size() && module.ends_with(key) && module[module.size() - key.size() - 1] == '.'))
      return rank;
  return config.r;
}

/// Patterns of other shapes are regular expressions in PEFT; a rank that differs is then no proof of damage.
bool hasPatternRanks(const AdapterConfig& config) {
  return std::any_of(config.rankPattern.begin(), config.rankPattern.end(), [](const auto& entry) { return entry.first.find_first_of("^$*+?()[]{}|\\") != std::string::npos; });
}

void checkPair(const std::string& module, const Pair& pair, const AdapterConfig& config, const std::string& folder) {
  if (!pair.a || !pair.b)
    refuse("REJ:ADAPTER_PAIR", fmt::format("{}/{}: {} has lora_{} but no lora_{}. Save or download the adapter again.", folder, kWeights, shownName(module), pair.a ? "A" : "B", pair.a ? "B" : "A"));
  if (pair.a->shape.size() != 2 || pair.b->shape.size() != 2 || pair.a->shape[0] != pair.b->shape[1])
    refuse("REJ:ADAPTER_SHAPE", fmt::format("{}/{}: {} has lora_A of shape {} and lora_B of shape {}, which do not fit together.", folder, kWeights, shownName(module), shapeText(*pair.a), shapeText(*pair.b)));
  if (config.peftType != "LORA" || hasPatternRanks(config))
    return;
  if (const int64_t rank = rankOf(config, module); pair.a->shape[0] != rank)
    refuse("REJ:ADAPTER_SHAPE", fmt::format("{}/{}: lora_A of {} has the shape {}, but {} says rank {}.", folder, kWeights, shownName(module), shapeText(*pair.a), kConfig, rank));
}

/// The number after ".layers." and the module's name with it replaced; −1 without one.
std::pair<std::string, int64_t> layerOf(const std::string& module) {
  const size_t at = module.find(".layers.");
  if (at == std::string::npos)
    return {module, -1};
  const size_t from = at + 8;
  const size_t end = std::min(module.find('.', from), module.size());
  const std::string digits = module.substr(from, end - from);
  if (digits.empty() || digits.size() > 6 || !std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c); }))
    return {module, -1};
  return {module.substr(0, from) + "*" + module.substr(end), std::stoll(digits)};
}

/// Layers that some module kinds have and others lack: a sign of half a file.
std::vector<std::string> gapWarnings(const std::map<std::string, Pair>& pairs, const AdapterConfig& config) {
  std::map<std::string, std::set<int64_t>> layers;
  std::set<int64_t> all;
  for (const auto& [module, pair] : pairs)
    if (const auto [kind, layer] = layerOf(module); layer >= 0) {
      layers[kind].insert(layer);
      all.insert(layer);
    }
  std::vector<std::string> out;
  if (all.empty() || !config.layersToTransform.empty())
    return out;
  const auto wanted = static_cast<size_t>(*all.rbegin() + 1);
  for (const auto& [kind, present] : layers)
    if (present.size() < wanted)
      out.push_back(fmt::format("The adapter has {} in {} of at least {} layers.", shownName(kind), present.size(), wanted));
  return out;
}

} // namespace

AdapterFiles AdapterFiles::open(const std::string& folder) {
  if (!fileExists(folder))
    throw Exception(ErrorKind::NotFound, fmt::format("The adapter folder {} is not there.", folder));
  if (!isDirectory(folder))
    refuse("REJ:ADAPTER_FOLDER", fmt::format("{} is not a folder. Give the folder that holds {}.", folder, kConfig));
  const std::vector<std::string> names = listDirectory(folder);
  const auto has = [&](const char* name) { return std::binary_search(names.begin(), names.end(), name); };
  if (!has(kConfig))
    throw Exception(ErrorKind::NotFound, fmt::format("{} has no {}; it is no adapter folder.", folder, kConfig));
  AdapterFiles out;
  out.folder = folder;
  out.config = readAdapterConfig(folder);
  if (!has(kWeights)) {
    if (!pickleFiles(names).empty())
      refuse("REJ:PICKLE", fmt::format("{} holds the adapter only as a Python pickle ({}). Pickles can run code, so Lathe never opens them: save the adapter again with safe_serialization, or get it in safetensors form.", folder, pickleFiles(names).front()));
    throw Exception(ErrorKind::NotFound, fmt::format("{} has no {}. Download the adapter again.", folder, kWeights));
  }
  out.tensors = SafetensorsFile::open(resolveInside(folder, kWeights));
  const auto pairs = pairsOf(*out.tensors);
  if (pairs.empty() && out.config.modulesToSave.empty())
    refuse("REJ:ADAPTER_EMPTY", fmt::format("{}/{} holds {} tensors but no lora_A and lora_B matrices.", folder, kWeights, out.tensors->tensors().size()));
  for (const auto& [module, pair] : pairs)
    checkPair(module, pair, out.config, folder);
  out.warnings = gapWarnings(pairs, out.config);
  return out;
}

void writeAdapter(const std::string& folder, const AdapterConfig& config, const std::vector<TensorView>& tensors) {
  makeDirectories(folder);
  // The configuration goes last: a folder without it is no adapter, so a half-written one is never taken for whole.
  const std::string configPath = folder + "/" + kConfig;
  writeSafetensors(folder + "/" + kWeights, tensors);
  writeFileAtomic(configPath, dumpJson(adapterConfigToJson(config), 2) + "\n");
}

} // namespace lathe::io
