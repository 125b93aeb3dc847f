// SPDX-License-Identifier: Apache-2.0
#include "core/data/spec_data.h"

#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/data/open_tokenizer.h"
#include "core/io/gguf_model.h"
#include "core/io/model_folder.h"
#include "core/text/template_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace lathe::data {
namespace {

constexpr uint64_t kWarningRows = 200;

/// Folder or file whose tokenizer and template count.
std::string tokenizerSource(const api::TrainSpec& spec) { return spec.model.tokenizer.empty() ? spec.model.path : spec.model.tokenizer; }

bool hasTokenizer(const std::string& path) { return !path.empty() && (!isDirectory(path) || !text::tokenizerFileIn(path).empty()); }

/// chat_template.jinja or the template inside tokenizer_config.json of a folder that need not hold a model.
std::string templateOfFolder(const std::string& folder) {
  if (fileExists(folder + "/config.json"))
    if (const auto model = capture([&] { return io::ModelFolder::describe(folder); }); model.ok() && !model.value()->chatTemplate().empty())
      return model.value()->chatTemplate();
  if (fileExists(folder + "/chat_template.jinja"))
    return readFile(folder + "/chat_template.jinja", limits::kTemplateBytes);
  if (fileExists(folder + "/tokenizer_config.json"))
    return stringOr(parseJsonFile(folder + "/tokenizer_config.json", {.bytes = limits::kTokenizerBytes}), "chat_template", "");
  return {};
}

void chooseTemplate(const api::TrainSpec& spec, SpecSources& out) {
  const std::string& name = spec.data.templateName;
  if (name == "chatml") {
    out.chatTemplate = text::ChatTemplate::chatMl();
  } else if (name != "auto" && !name.empty()) {
    out.chatTemplate = text::ChatTemplate::parse(readFile(name, limits::kTemplateBytes));
    out.templateName = std::filesystem::path(name).filename().string();
  } else {
    std::string folder = tokenizerSource(spec);
    if (!folder.empty() && !isDirectory(folder) && !io::isGgufFile(folder)) // a GGUF holds its own
      folder = std::filesystem::path(folder).parent_path().string();
    const std::string source = folder.empty() ? std::string() : templateOfFolder(folder);
    if (!source.empty()) {
      out.chatTemplate = text::ChatTemplate::parse(source);
      out.templateName = "from the model";
    }
  }
}

} // namespace

void makePathsAbsolute(api::TrainSpec& spec, const std::string& base) {
  const auto fix = [&](std::string& path) {
    if (!path.empty())
      path = absolutePath(base.empty() || path.front() == '/' ? path : base + "/" + path);
  };
  fix(spec.model.path);
  fix(spec.model.config);
  fix(spec.model.tokenizer);
  fix(spec.method.initFrom);
  for (api::DatasetEntry& entry : spec.data.train)
    fix(entry.path);
  fix(spec.data.validationPath);
  if (spec.data.templateName != "auto" && spec.data.templateName != "chatml")
    fix(spec.data.templateName);
}

std::vector<DatasetEntry> specEntries(const api::TrainSpec& spec) {
  std::vector<DatasetEntry> out;
  for (const api::DatasetEntry& entry : spec.data.train)
    out.push_back({entry.path, entry.format, entry.columns});
  return out;
}

SpecSources openSpecSources(const api::TrainSpec& spec, bool withTemplate) {
  SpecSources out;
  if (const std::string source = tokenizerSource(spec); hasTokenizer(source))
    out.tokenizer = openTokenizer(source);
  if (withTemplate)
    chooseTemplate(spec, out);
  return out;
}

void failWithoutTokenizer(const api::TrainSpec& spec) {
  const std::string source = tokenizerSource(spec);
  throw Exception(ErrorKind::NotFound, source.empty() ? "A model trained from scratch on text needs model.tokenizer: a folder with tokenizer.json, or that file."
                                                      : fmt::format("{} has no tokenizer.json, so the data cannot be turned into tokens.", source));
}

TokenizeOptions specTokenizeOptions(const api::TrainSpec& spec, const SpecSources& sources) {
  TokenizeOptions out;
  out.trainOn = trainOnFromName(spec.data.trainOn);
  out.maxSeqLen = static_cast<uint64_t>(spec.data.maxSeqLen);
  out.longRows = longRowsFromName(spec.data.longRows);
  out.chatTemplate = sources.chatTemplate;
  out.validation.fraction = spec.data.validationFraction;
  out.validation.count = static_cast<uint64_t>(spec.data.validationCount);
  if (!spec.data.validationPath.empty())
    out.validation.files.push_back({spec.data.validationPath, "auto", Json::object()});
  out.seed = static_cast<uint64_t>(spec.training.seed);
  if (const text::Tokenizer* tokenizer = sources.tokenizer.get()) {
    const auto set = [&](const char* name, std::optional<int32_t> id) { out.variables[name] = id ? tokenizer->tokenText(*id) : std::string(); };
    set("bos_token", tokenizer->bosId());
    set("eos_token", tokenizer->eosId());
    set("pad_token", tokenizer->padId());
  }
  return out;
}

std::vector<std::string> templateWarnings(const Dataset& files, const TokenizeOptions& options) {
  std::vector<std::string> out;
  if (!options.chatTemplate)
    return out;
  const uint64_t rows = std::min<uint64_t>(files.rows(), kWarningRows);
  uint64_t withSystem = 0;
  for (uint64_t i = 0; i < rows; ++i) {
    const auto sample = capture([&] { return files.sample(i); });
    withSystem += sample.ok() && sample->messages.is_array() && !sample->messages.empty() && stringOr(sample->messages.front(), "role", "") == "system";
  }
  if (withSystem == 0)
    return out;
  for (const text::TemplateWarning& warning : text::examineTemplate(*options.chatTemplate, options.variables))
    if (warning.kind != text::TemplateWarning::Kind::BranchesOnContent)
      out.push_back(fmt::format("{} {} of the first {} rows have a system message.", warning.message, withSystem, rows));
  return out;
}

SpecData openSpecData(const api::TrainSpec& spec, const SpecDataOptions& options) {
  const auto step = [&](const char* what) {
    return [&options, what](double share) {
      if (options.progress)
        options.progress(what, share);
    };
  };
  DatasetOptions open;
  open.maxRows = options.maxRows;
  SpecData out;
  out.files = Dataset::open(specEntries(spec), open, step("Reading the data"), options.stop);
  const bool tokens = std::all_of(out.files->files().begin(), out.files->files().end(), [](const auto& file) { return file.shape == DatasetShape::Tokens; });
  static_cast<SpecSources&>(out) = openSpecSources(spec, !tokens);
  if (!tokens && !out.tokenizer)
    failWithoutTokenizer(spec);
  TokenizeOptions tokenize = specTokenizeOptions(spec, out);
  tokenize.cacheFolder = options.cacheFolder;
  if (!options.eos.empty())
    tokenize.variables["eos_token"] = options.eos;
  tokenize.maxRows = options.maxRows;
  out.rows = TokenizedDataset::build(out.files, out.tokenizer.get(), tokenize, step("Tokenizing"), options.stop);
  return out;
}

PlanOptions planOptions(const api::TrainSpec& spec) {
  PlanOptions out;
  out.tokensPerMicrobatch = static_cast<uint64_t>(spec.training.tokensPerMicrobatch);
  out.sequencesPerStep = static_cast<uint64_t>(spec.training.sequencesPerStep);
  out.shuffled = spec.data.order != "sequential";
  out.packing = spec.data.packing;
  out.strategy = packingStrategyFromName(spec.data.packingStrategy);
  out.seed = static_cast<uint64_t>(spec.training.seed);
  return out;
}

} // namespace lathe::data
