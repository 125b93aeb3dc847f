// SPDX-License-Identifier: Apache-2.0
#include "core/io/adapter_files.h"

#include "core/base/limits.h"
#include "core/io/config_fields.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace lathe::io {
namespace {

constexpr int64_t kRank = 65'536;
constexpr double kAlpha = 1e9;
constexpr int64_t kSteps = int64_t{1} << 40;

bool isPlainName(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.' || c == '-'; });
}

/// A list, or one plain name; patterns are refused because they would need the regular expressions of another language.
std::vector<std::string> moduleNames(const ConfigFields& f, const char* key) {
  const Json* value = f.value(key);
  if (!value)
    return {};
  std::vector<std::string> out = value->is_string() ? std::vector<std::string>{value->get<std::string>()} : f.texts(key);
  for (const std::string& name : out)
    if (value->is_string() && !isPlainName(name))
      throw Exception(ErrorKind::Unsupported, fmt::format("adapter_config.json: \"{}\" is the pattern {}. Lathe reads lists of module names and \"all-linear\"; write the names as a list.", key, shownName(name)));
    else if (const std::string problem = nameProblem(name); !problem.empty())
      f.reject("_VALUE", key, fmt::format("holds {}, which {}", shownName(name), problem));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void readPatterns(const ConfigFields& f, AdapterConfig& c) {
  if (const auto ranks = f.object("rank_pattern"))
    for (const auto& [module, value] : ranks->json().items()) {
      if (!value.is_array()) {
        c.rankPattern[module] = ranks->integer(module, 1, kRank);
        continue;
      }
      std::vector<bool> alive; // AdaLoRA's masks
      for (const Json& bit : value) {
        if (!bit.is_boolean())
          f.reject("_TYPE", "rank_pattern", fmt::format("holds something other than true and false for {}", shownName(module)));
        alive.push_back(bit.get<bool>());
      }
      c.adaloraRankPattern[module] = std::move(alive);
    }
  if (const auto alphas = f.object("alpha_pattern"))
    for (const auto& [module, value] : alphas->json().items())
      c.alphaPattern[module] = alphas->numberOr(module, c.alpha, -kAlpha, kAlpha);
}

void readAdalora(const ConfigFields& f, AdapterConfig& c) {
  c.initR = f.integerOr("init_r", 12, 1, kRank);
  c.targetR = f.integerOr("target_r", 8, 1, kRank);
  c.tinit = f.integerOr("tinit", 0, 0, kSteps);
  c.tfinal = f.integerOr("tfinal", 0, 0, kSteps);
  c.deltaT = f.integerOr("deltaT", 1, 1, kSteps);
  c.beta1 = f.numberOr("beta1", 0.85, 0.0, 1.0);
  c.beta2 = f.numberOr("beta2", 0.85, 0.0, 1.0);
  c.orthRegWeight = f.numberOr("orth_reg_weight", 0.5, 0.0, 1e6);
  c.totalStep = f.maybeInteger("total_step", 1, kSteps);
  for (const auto& [module, alive] : c.adaloraRankPattern)
    if (static_cast<int64_t>(alive.size()) != c.initR)
      f.reject("_VALUE", "rank_pattern", fmt::format("has {} entries for {}; init_r is {}", alive.size(), shownName(module), c.initR));
}

std::string initName(const ConfigFields& f) {
  const Json* value = f.value("init_lora_weights");
  if (!value)
    return "true";
  if (value->is_boolean())
    return value->get<bool>() ? "true" : "false";
  return f.textOr("init_lora_weights", "true");
}

/// Variants of LoRA whose files look alike but compute something else.
void refuseVariants(const ConfigFields& f) {
  for (const char* key : {"use_qalora", "lora_bias", "use_bdlora"})
    if (const Json* value = f.value(key); value && *value != false)
      throw Exception(ErrorKind::Unsupported, fmt::format("adapter_config.json: \"{}\" is on; Lathe does not run this variant of LoRA.", key));
  for (const char* key : {"layer_replication", "trainable_token_indices", "target_parameters", "alora_invocation_tokens", "arrow_config", "kasa_config", "velora_config", "monteclora_config"})
    if (const Json* value = f.value(key); value && !value->empty())
      throw Exception(ErrorKind::Unsupported, fmt::format("adapter_config.json uses \"{}\"; Lathe does not run this variant of LoRA.", key));
}

void checkTogether(const ConfigFields& f, const AdapterConfig& c) {
  if (!c.allLinear && c.targetModules.empty() && !c.raw.is_null())
    f.reject("_MISSING", "target_modules", "is missing or empty; it names the layers that the adapter changes");
  if (c.bias != "none" && c.bias != "all" && c.bias != "lora_only")
    f.reject("_VALUE", "bias", fmt::format("is {}; it must be \"none\", \"all\" or \"lora_only\"", shownName(c.bias)));
  if (c.useDora && c.peftType == "ADALORA")
    f.reject("_VALUE", "use_dora", "is true; AdaLoRA has no DoRA form");
}

} // namespace

double AdapterConfig::scaling(int64_t rank, double moduleAlpha) const { return moduleAlpha / (useRslora ? std::sqrt(static_cast<double>(rank)) : static_cast<double>(rank)); }

AdapterConfig parseAdapterConfig(const Json& json) {
  const ConfigFields f(json, "REJ:ADAPTER", "adapter_config.json");
  AdapterConfig c;
  c.raw = json;
  c.peftType = f.textOr("peft_type", "");
  if (c.peftType.empty())
    f.reject("_MISSING", "peft_type", "is missing; this is no PEFT adapter");
  if (c.peftType != "LORA" && c.peftType != "ADALORA")
    throw Exception(ErrorKind::Unsupported, fmt::format("The adapter is of the kind {}; Lathe runs LORA and ADALORA.", shownName(c.peftType)));
  c.taskType = f.textOr("task_type", "CAUSAL_LM");
  c.baseModel = f.textOr("base_model_name_or_path", "");
  c.r = f.integerOr("r", 8, 1, kRank);
  c.alpha = f.numberOr("lora_alpha", 8.0, -kAlpha, kAlpha);
  c.dropout = f.numberOr("lora_dropout", 0.0, 0.0, 1.0);
  c.targetModules = moduleNames(f, "target_modules");
  c.allLinear = c.targetModules == std::vector<std::string>{"all-linear"} && f.value("target_modules")->is_string();
  if (c.allLinear)
    c.targetModules.clear();
  c.excludeModules = moduleNames(f, "exclude_modules");
  c.modulesToSave = moduleNames(f, "modules_to_save");
  c.layersToTransform = f.integers("layers_to_transform", 0, 1'000'000);
  c.layersPattern = moduleNames(f, "layers_pattern");
  c.useRslora = f.booleanOr("use_rslora", false);
  c.useDora = f.booleanOr("use_dora", false);
  c.bias = f.textOr("bias", "none");
  c.initLoraWeights = initName(f);
  c.fanInFanOut = f.booleanOr("fan_in_fan_out", false);
  c.inferenceMode = f.booleanOr("inference_mode", true);
  readPatterns(f, c);
  if (c.peftType == "ADALORA")
    readAdalora(f, c);
  refuseVariants(f);
  checkTogether(f, c);
  return c;
}

AdapterConfig readAdapterConfig(const std::string& folder) {
  JsonLimits limits;
  limits.code = "REJ:ADAPTER_JSON";
  limits.what = folder + "/adapter_config.json";
  return parseAdapterConfig(parseJsonFile(resolveInside(folder, "adapter_config.json"), limits));
}

Json adapterConfigToJson(const AdapterConfig& c) {
  Json out = c.raw.is_object() ? c.raw : Json::object();
  const auto listOrNull = [](const auto& values) { return values.empty() ? Json(nullptr) : Json(values); };
  out["peft_type"] = c.peftType;
  out["task_type"] = c.taskType;
  out["base_model_name_or_path"] = c.baseModel;
  out["r"] = c.r;
  // PEFT writes a whole alpha without a fraction.
  const bool whole = c.alpha == std::floor(c.alpha) && std::abs(c.alpha) < 1e15;
  out["lora_alpha"] = whole ? Json(static_cast<int64_t>(c.alpha)) : Json(c.alpha);
  out["lora_dropout"] = c.dropout;
  out["target_modules"] = c.allLinear ? Json("all-linear") : Json(c.targetModules);
  out["exclude_modules"] = listOrNull(c.excludeModules);
  out["modules_to_save"] = listOrNull(c.modulesToSave);
  out["layers_to_transform"] = listOrNull(c.layersToTransform);
  out["layers_pattern"] = listOrNull(c.layersPattern);
  out["use_rslora"] = c.useRslora;
  out["use_dora"] = c.useDora;
  out["bias"] = c.bias;
  out["init_lora_weights"] = c.initLoraWeights == "true" ? Json(true) : c.initLoraWeights == "false" ? Json(false) : Json(c.initLoraWeights);
  out["fan_in_fan_out"] = c.fanInFanOut;
  out["inference_mode"] = c.inferenceMode;
  Json ranks = Json::object(), alphas = Json::object();
  for (const auto& [module, rank] : c.rankPattern)
    ranks[module] = rank;
  for (const auto& [module, alive] : c.adaloraRankPattern)
    ranks[module] = alive;
  for (const auto& [module, alpha] : c.alphaPattern)
    alphas[module] = alpha;
  out["rank_pattern"] = std::move(ranks);
  out["alpha_pattern"] = std::move(alphas);
  if (c.peftType == "ADALORA") {
    out["init_r"] = c.initR;
    out["target_r"] = c.targetR;
    out["tinit"] = c.tinit;
    out["tfinal"] = c.tfinal;
    out["deltaT"] = c.deltaT;
    out["beta1"] = c.beta1;
    out["beta2"] = c.beta2;
    out["orth_reg_weight"] = c.orthRegWeight;
    out["total_step"] = c.totalStep ? Json(*c.totalStep) : Json(nullptr);
  }
  return out;
}

} // namespace lathe::io
