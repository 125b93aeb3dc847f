// SPDX-License-Identifier: Apache-2.0
#include "core/api/train_spec.h"

#include "core/base/text_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace lathe::api {
namespace {

/// Keys of cli.md whose meaning is fixed by a parent: data entries and nested groups.
const char* const kGroups[] = {"model", "method", "data", "training", "save", "eval", "probes", "data.validation"};

const TrainOption* optionAt(std::string_view path) {
  for (const TrainOption& option : trainOptions())
    if (path == option.path)
      return &option;
  return nullptr;
}

bool isGroup(std::string_view path) {
  return std::any_of(std::begin(kGroups), std::end(kGroups), [&](const char* group) { return path == group; });
}

class Reader {
public:
  explicit Reader(std::vector<Problem>& problems) : m_problems(problems) {}

  void error(const std::string& path, std::string message) { m_problems.push_back({path, std::move(message), Severity::Error}); }
  void warn(const std::string& path, std::string message) { m_problems.push_back({path, std::move(message), Severity::Warning}); }

  /// Walks the document, checks every key against the table and remembers the good values by path.
  void walk(const Json& object, const std::string& prefix) {
    for (const auto& [key, value] : object.items()) {
      const std::string path = prefix.empty() ? key : prefix + "." + key;
      if (isGroup(path)) {
        if (value.is_object())
          walk(value, path);
        else if (!value.is_null())
          error(path, fmt::format("\"{}\" should be an object with options but is {}.", path, value.type_name()));
      } else if (const TrainOption* option = optionAt(path)) {
        check(*option, value);
      } else {
        unknown(path, prefix);
      }
    }
  }

  const Json* value(std::string_view path) const {
    for (const auto& [known, value] : m_values)
      if (known == path)
        return value;
    return nullptr;
  }

  bool given(std::string_view path) const { return value(path) != nullptr; }

private:
  void unknown(const std::string& path, const std::string& prefix) {
    std::vector<std::string_view> known;
    for (const TrainOption& option : trainOptions())
      known.emplace_back(option.path);
    for (const char* group : kGroups)
      known.emplace_back(group);
    auto near = nearestName(path, known);
    if (!near) { // the right word in the wrong group
      const std::string last = path.substr(prefix.empty() ? 0 : prefix.size() + 1);
      for (std::string_view candidate : known)
        if (candidate.size() > last.size() && candidate.substr(candidate.size() - last.size()) == last &&
            candidate[candidate.size() - last.size() - 1] == '.')
          near = std::string(candidate);
    }
    error(path, near ? fmt::format("\"{}\" is not an option. Did you mean \"{}\"?", path, *near) : fmt::format("\"{}\" is not an option.", path));
  }

  void check(const TrainOption& option, const Json& value) {
    const std::string path = option.path;
    if (value.is_null()) {
      m_values.emplace_back(path, &value);
      return;
    }
    if (accepts(option, value))
      m_values.emplace_back(path, &value);
  }

  bool accepts(const TrainOption& option, const Json& value) {
    const std::string path = option.path;
    const bool choice = value.is_string() && std::any_of(option.choices.begin(), option.choices.end(),
                                                         [&](const char* c) { return value.get_ref<const std::string&>() == c; });
    switch (option.type) {
    case OptionType::Text:
    case OptionType::Path:
      return expect(value.is_string(), path, "a string", value);
    case OptionType::Flag:
      return expect(value.is_boolean(), path, "true or false", value);
    case OptionType::Integer:
      return choice || (expect(value.is_number_integer(), path, "a whole number", value) && inRange(option, value));
    case OptionType::Number:
      return expect(value.is_number(), path, "a number", value) && inRange(option, value);
    case OptionType::Choice:
      if (!choice)
        error(path, fmt::format("{} is not possible for \"{}\"; choose one of: {}.", value.dump(), path, choices(option)));
      return choice;
    case OptionType::List:
      return expect(value.is_array() || value.is_string(), path, "a list", value);
    case OptionType::Object:
      return expect(value.is_object(), path, "an object", value);
    }
    return false;
  }

  bool expect(bool good, const std::string& path, const char* wanted, const Json& value) {
    if (!good)
      error(path, fmt::format("\"{}\" should be {} but is {}.", path, wanted, value.dump().substr(0, 60)));
    return good;
  }

  bool inRange(const TrainOption& option, const Json& value) {
    if (option.minimum == 0 && option.maximum == 0)
      return true;
    const double number = value.get<double>();
    if (number >= option.minimum && number <= option.maximum)
      return true;
    error(option.path, fmt::format("\"{}\" is {}; it must lie between {} and {}.", option.path, value.dump(), option.minimum, option.maximum));
    return false;
  }

  static std::string choices(const TrainOption& option) {
    std::string out;
    for (const char* c : option.choices)
      out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", c);
    return out;
  }

  std::vector<Problem>& m_problems;
  std::vector<std::pair<std::string, const Json*>> m_values;
};

template <class T>
void take(const Reader& reader, const char* path, T& out) {
  const Json* value = reader.value(path);
  if (value && !value->is_null())
    out = value->get<T>();
}

template <class T>
void takeOptional(const Reader& reader, const char* path, std::optional<T>& out) {
  if (const Json* value = reader.value(path)) {
    if (value->is_null())
      out.reset();
    else
      out = value->get<T>();
  }
}

void takeStrings(Reader& reader, const char* path, std::vector<std::string>& out) {
  const Json* value = reader.value(path);
  if (!value || value->is_null())
    return;
  if (value->is_string()) {
    out = {value->get<std::string>()};
    return;
  }
  out.clear();
  for (const Json& item : *value) {
    if (item.is_string())
      out.push_back(item.get<std::string>());
    else
      reader.error(path, fmt::format("\"{}\" should hold texts only, not {}.", path, item.dump().substr(0, 40)));
  }
}

template <class T>
void takeMap(Reader& reader, const char* path, std::map<std::string, T>& out) {
  const Json* value = reader.value(path);
  if (!value || value->is_null())
    return;
  for (const auto& [key, item] : value->items()) {
    if (item.is_number() && item.template get<double>() > 0 && (std::is_floating_point_v<T> || item.is_number_integer()))
      out[key] = item.template get<T>();
    else
      reader.error(path, fmt::format("\"{}\" of \"{}\" should be a number above 0, not {}.", path, key, item.dump().substr(0, 40)));
  }
}

bool isColumnMap(const Json& value) {
  return value.is_object() && std::all_of(value.begin(), value.end(), [](const Json& column) { return column.is_string(); });
}

void takeDatasets(Reader& reader, TrainSpec& spec) {
  const Json* value = reader.value("data.train");
  if (!value || value->is_null())
    return;
  static const std::set<std::string> kFormats = {"auto", "messages", "chat", "openai", "sharegpt", "alpaca", "prompt-completion", "preference", "text", "lines", "paragraphs", "document", "tokens"};
  const Json list = value->is_string() ? Json::array({*value}) : *value;
  for (const Json& item : list) {
    DatasetEntry entry;
    if (item.is_string()) {
      entry.path = item.get<std::string>();
    } else if (item.is_object()) {
      for (const auto& [key, field] : item.items()) {
        if (key == "path" && field.is_string())
          entry.path = field.get<std::string>();
        else if (key == "format" && field.is_string())
          entry.format = field.get<std::string>();
        else if (key == "columns" && isColumnMap(field))
          entry.columns = field;
        else
          reader.error("data.train", fmt::format("\"{}\": {} is not understood in a dataset entry; it has \"path\", \"format\" and \"columns\" (role: column name).", key, field.dump().substr(0, 40)));
      }
    } else {
      reader.error("data.train", "A dataset entry should be a path or an object with \"path\".");
      continue;
    }
    if (!kFormats.contains(entry.format))
      reader.error("data.train", fmt::format("The format \"{}\" is not known; use auto, messages, alpaca, preference, text, lines, paragraphs, document or tokens.", entry.format));
    spec.data.train.push_back(std::move(entry));
  }
}

void takeModelAndMethod(Reader& reader, TrainSpec& spec) {
  take(reader, "name", spec.name);
  take(reader, "model.path", spec.model.path);
  take(reader, "model.dtype", spec.model.dtype);
  take(reader, "model.config", spec.model.config);
  take(reader, "model.init", spec.model.init);
  take(reader, "model.tokenizer", spec.model.tokenizer);
  take(reader, "method.type", spec.method.type);
  take(reader, "method.r", spec.method.r);
  take(reader, "method.alpha", spec.method.alpha);
  take(reader, "method.dropout", spec.method.dropout);
  take(reader, "method.use_rslora", spec.method.useRslora);
  take(reader, "method.use_dora", spec.method.useDora);
  takeStrings(reader, "method.target_modules", spec.method.targetModules);
  takeStrings(reader, "method.exclude_modules", spec.method.excludeModules);
  takeMap(reader, "method.rank_pattern", spec.method.rankPattern);
  takeMap(reader, "method.alpha_pattern", spec.method.alphaPattern);
  take(reader, "method.init_from", spec.method.initFrom);
  const Json* layers = reader.value("method.layers_to_transform");
  if (layers && layers->is_array()) {
    for (const Json& item : *layers) {
      if (item.is_number_integer() && item.get<int64_t>() >= 0)
        spec.method.layersToTransform.push_back(item.get<int64_t>());
      else
        reader.error("method.layers_to_transform", fmt::format("{} is not a layer number.", item.dump().substr(0, 40)));
    }
  }
}

void takeData(Reader& reader, TrainSpec& spec) {
  takeDatasets(reader, spec);
  take(reader, "data.validation.fraction", spec.data.validationFraction);
  take(reader, "data.validation.count", spec.data.validationCount);
  take(reader, "data.validation.path", spec.data.validationPath);
  take(reader, "data.template", spec.data.templateName);
  take(reader, "data.max_seq_len", spec.data.maxSeqLen);
  take(reader, "data.long_rows", spec.data.longRows);
  take(reader, "data.packing", spec.data.packing);
  take(reader, "data.packing_strategy", spec.data.packingStrategy);
  take(reader, "data.train_on", spec.data.trainOn);
  take(reader, "data.order", spec.data.order);
}

void takeTraining(Reader& reader, TrainSpec& spec) {
  auto& t = spec.training;
  takeOptional(reader, "training.steps", t.steps);
  take(reader, "training.epochs", t.epochs);
  take(reader, "training.tokens_per_microbatch", t.tokensPerMicrobatch);
  if (const Json* value = reader.value("training.sequences_per_step"); value && !value->is_null())
    t.sequencesPerStep = value->is_string() ? 0 : value->get<int64_t>();
  take(reader, "training.learning_rate", t.learningRate);
  take(reader, "training.schedule", t.schedule);
  take(reader, "training.warmup_ratio", t.warmupRatio);
  takeOptional(reader, "training.warmup_steps", t.warmupSteps);
  take(reader, "training.weight_decay", t.weightDecay);
  take(reader, "training.optimizer", t.optimizer);
  if (const Json* betas = reader.value("training.betas"); betas && !betas->is_null()) {
    const bool good = betas->is_array() && betas->size() == 2 && (*betas)[0].is_number() && (*betas)[1].is_number();
    if (good) {
      t.beta1 = (*betas)[0].get<double>();
      t.beta2 = (*betas)[1].get<double>();
    }
    if (!good || t.beta1 < 0 || t.beta1 >= 1 || t.beta2 < 0 || t.beta2 >= 1)
      reader.error("training.betas", "\"training.betas\" should be two numbers from 0 up to, but not including, 1.");
  }
  take(reader, "training.eps", t.eps);
  takeOptional(reader, "training.max_grad_norm", t.maxGradNorm);
  take(reader, "training.recompute", t.recompute);
  take(reader, "training.seed", t.seed);
  take(reader, "training.deterministic", t.deterministic);
  take(reader, "training.device", t.device);
  take(reader, "save.every_steps", spec.saveEverySteps);
  take(reader, "save.keep", spec.saveKeep);
  take(reader, "eval.every_steps", spec.evalEverySteps);
  takeStrings(reader, "probes.prompts", spec.probes.prompts);
  take(reader, "probes.max_tokens", spec.probes.maxTokens);
}

bool validRecompute(const std::string& text) {
  if (text == "auto" || text == "none" || text == "all" || text == "offload")
    return true;
  return text.rfind("every-", 0) == 0 && text.size() > 6 && text.size() < 10 &&
         std::all_of(text.begin() + 6, text.end(), [](char c) { return c >= '0' && c <= '9'; }) && std::atoi(text.c_str() + 6) > 0;
}

void checkProbes(Reader& reader, const std::vector<std::string>& prompts) {
  if (prompts.size() > kProbePrompts)
    reader.error("probes.prompts", fmt::format("There are {} probe prompts and at most {} are possible. Remove some.", prompts.size(), kProbePrompts));
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (prompts[i].find_first_not_of(" \t\r\n") == std::string::npos)
      reader.error("probes.prompts", fmt::format("Probe prompt {} is empty. Write something in it or remove it.", i + 1));
    if (prompts[i].size() > kProbePromptBytes)
      reader.error("probes.prompts", fmt::format("Probe prompt {} has {} bytes; at most {} are possible.", i + 1, prompts[i].size(), kProbePromptBytes));
  }
}

void crossCheck(Reader& reader, const TrainSpec& spec) {
  const bool scratch = !spec.model.config.empty() || spec.model.init == "random";
  if (!scratch && spec.model.path.empty())
    reader.error("model.path", "No model is chosen: set \"model.path\" to a model folder.");
  if (scratch && !spec.model.path.empty())
    reader.error("model.path", "\"model.path\" and \"model.config\" exclude each other: train from a model or from scratch.");
  if (scratch && (spec.model.config.empty() || spec.model.init != "random"))
    reader.error("model.config", "Training from scratch needs both \"model.config\" and \"model.init\": \"random\".");
  if (scratch && spec.method.type != "full")
    reader.error("method.type", "Training from scratch needs \"method.type\": \"full\": there are no weights to adapt yet.");
  if (const Json* quantization = reader.value("model.quantization"); quantization && !quantization->is_null())
    reader.error("model.quantization", "This version trains unquantized weights only; set \"model.quantization\" to null.");
  if (spec.method.useDora)
    reader.error("method.use_dora", "DoRA training is not in this version; use LoRA or rsLoRA.");
  if (spec.data.train.empty())
    reader.error("data.train", "No training data is chosen: add a file to \"data.train\".");
  for (const DatasetEntry& entry : spec.data.train)
    if (entry.path.empty())
      reader.error("data.train", "A dataset entry has no path.");
  if (!spec.data.packing)
    reader.error("data.packing", "Lathe always packs; a padded path does not exist. Leave \"data.packing\" at true.");
  if (!validRecompute(spec.training.recompute))
    reader.error("training.recompute", fmt::format("\"{}\" is not possible; use auto, none, all, every-N or offload.", spec.training.recompute));
  if (!isDeviceName(spec.training.device))
    reader.error("training.device", fmt::format("\"{}\" is no device; use auto, cpu, cuda or cuda:N.", spec.training.device));
  checkProbes(reader, spec.probes.prompts);
  const int validations = (spec.data.validationFraction > 0) + (spec.data.validationCount > 0) + !spec.data.validationPath.empty();
  if (validations > 1)
    reader.error("data.validation", "Choose one of validation share, number of rows, or file.");
  if (spec.method.type == "full" && !spec.method.initFrom.empty())
    reader.error("method.init_from", "Full training does not start from an adapter; merge it first with `lathe merge`.");
  if (spec.training.learningRate > 0.01 && spec.training.schedule != "constant")
    reader.warn("training.learning_rate", fmt::format("A learning rate of {} is unusually high; LoRA usually works between 1e-5 and 5e-4.", spec.training.learningRate));
  if (spec.data.maxSeqLen > spec.training.tokensPerMicrobatch)
    reader.warn("training.tokens_per_microbatch", fmt::format("A row may have {} tokens but a microbatch holds {}; such rows get a microbatch of their own.",
                                                              spec.data.maxSeqLen, spec.training.tokensPerMicrobatch));
}

} // namespace

bool ParsedSpec::ok() const {
  return std::none_of(problems.begin(), problems.end(), [](const Problem& p) { return p.severity == Severity::Error; });
}

ParsedSpec parseTrainSpec(const Json& json) {
  ParsedSpec out;
  Reader reader(out.problems);
  if (!json.is_object()) {
    reader.error("", fmt::format("A training specification is a JSON object, not {}.", json.type_name()));
    return out;
  }
  reader.walk(json, "");
  takeModelAndMethod(reader, out.spec);
  takeData(reader, out.spec);
  takeTraining(reader, out.spec);
  crossCheck(reader, out.spec);
  return out;
}

Json trainSpecToJson(const TrainSpec& s) {
  Json train = Json::array();
  for (const DatasetEntry& entry : s.data.train) {
    train.push_back({{"path", entry.path}, {"format", entry.format}});
    if (!entry.columns.empty())
      train.back()["columns"] = entry.columns;
  }
  const bool allLinear = s.method.targetModules.size() == 1 && s.method.targetModules[0] == "all-linear";
  Json json;
  json["name"] = s.name;
  json["model"] = {{"path", s.model.path}, {"dtype", s.model.dtype}, {"config", s.model.config}, {"init", s.model.init},
                   {"tokenizer", s.model.tokenizer}, {"quantization", nullptr}};
  json["method"] = {{"type", s.method.type}, {"r", s.method.r}, {"alpha", s.method.alpha}, {"dropout", s.method.dropout},
                    {"use_rslora", s.method.useRslora}, {"use_dora", s.method.useDora},
                    {"target_modules", allLinear ? Json("all-linear") : Json(s.method.targetModules)},
                    {"exclude_modules", s.method.excludeModules}, {"layers_to_transform", s.method.layersToTransform},
                    {"rank_pattern", Json(s.method.rankPattern)}, {"alpha_pattern", Json(s.method.alphaPattern)},
                    {"init_from", s.method.initFrom.empty() ? Json(nullptr) : Json(s.method.initFrom)}};
  if (s.method.rankPattern.empty())
    json["method"]["rank_pattern"] = Json::object();
  if (s.method.alphaPattern.empty())
    json["method"]["alpha_pattern"] = Json::object();
  json["data"] = {{"train", train},
                  {"validation", {{"fraction", s.data.validationFraction}, {"count", s.data.validationCount}, {"path", s.data.validationPath}}},
                  {"template", s.data.templateName}, {"max_seq_len", s.data.maxSeqLen}, {"long_rows", s.data.longRows},
                  {"packing", s.data.packing}, {"packing_strategy", s.data.packingStrategy},
                  {"train_on", s.data.trainOn}, {"order", s.data.order}};
  const auto& t = s.training;
  json["training"] = {{"steps", t.steps ? Json(*t.steps) : Json(nullptr)}, {"epochs", t.epochs},
                      {"tokens_per_microbatch", t.tokensPerMicrobatch},
                      {"sequences_per_step", t.sequencesPerStep == 0 ? Json("all") : Json(t.sequencesPerStep)},
                      {"learning_rate", t.learningRate}, {"schedule", t.schedule}, {"warmup_ratio", t.warmupRatio},
                      {"warmup_steps", t.warmupSteps ? Json(*t.warmupSteps) : Json(nullptr)}, {"weight_decay", t.weightDecay},
                      {"optimizer", t.optimizer}, {"betas", Json::array({t.beta1, t.beta2})}, {"eps", t.eps},
                      {"max_grad_norm", t.maxGradNorm ? Json(*t.maxGradNorm) : Json(nullptr)}, {"recompute", t.recompute},
                      {"seed", t.seed}, {"deterministic", t.deterministic}, {"device", t.device}};
  json["save"] = {{"every_steps", s.saveEverySteps}, {"keep", s.saveKeep}};
  json["eval"] = {{"every_steps", s.evalEverySteps}};
  json["probes"] = {{"prompts", s.probes.prompts}, {"max_tokens", s.probes.maxTokens}};
  return json;
}

ParsedSpec readTrainSpec(const std::string& path) {
  JsonLimits limits;
  limits.bytes = limits::kSpecBytes;
  limits.comments = true;
  limits.code = "REJ:SPEC";
  return parseTrainSpec(parseJsonFile(path, limits));
}

void applySetting(Json& document, const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Exception(ErrorKind::Usage, fmt::format("\"--set {}\" should look like --set training.steps=100.", assignment));
  const std::string path = assignment.substr(0, equals), text = assignment.substr(equals + 1);
  Json value;
  try {
    value = parseJson(text);
  } catch (const Exception&) {
    value = text;
  }
  if (!document.is_object())
    document = Json::object();
  Json* at = &document;
  size_t begin = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; begin = dot + 1, dot = path.find('.', begin)) {
    at = &(*at)[path.substr(begin, dot - begin)];
    if (!at->is_object())
      *at = Json::object();
  }
  (*at)[path.substr(begin)] = std::move(value);
}

bool isDeviceName(const std::string& text) {
  if (text == "auto" || text == "cpu" || text == "cuda")
    return true;
  return text.starts_with("cuda:") && text.size() > 5 && text.size() < 9 && std::all_of(text.begin() + 5, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string describeProblems(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems)
    out += fmt::format("{}{}: {}", out.empty() ? "" : "\n", problem.severity == Severity::Error ? "error" : "warning", problem.message);
  return out;
}

} // namespace lathe::api
