// SPDX-License-Identifier: Apache-2.0
#include "core/train/spec_data.h"

#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/io/model_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace lathe::train {
namespace fs = std::filesystem;
namespace {

void absolute(std::string& path) {
  if (!path.empty())
    path = absolutePath(path);
}

/// Folder whose tokenizer and template count.
std::string tokenizerSource(const api::TrainSpec& spec) { return spec.model.tokenizer.empty() ? spec.model.path : spec.model.tokenizer; }

bool hasTokenizer(const std::string& path) {
  return !path.empty() && (!isDirectory(path) || fileExists(path + "/tokenizer.json") || fileExists(path + "/tokenizer.json.gz"));
}

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

void chooseTemplate(const api::TrainSpec& spec, SpecData& out) {
  const std::string& name = spec.data.templateName;
  out.templateName = "built-in ChatML";
  if (name == "chatml") {
    out.chatTemplate = text::ChatTemplate::chatMl();
  } else if (name != "auto" && !name.empty()) {
    out.chatTemplate = text::ChatTemplate::parse(readFile(name, limits::kTemplateBytes));
    out.templateName = fs::path(name).filename().string();
  } else {
    std::string folder = tokenizerSource(spec);
    if (!folder.empty() && !isDirectory(folder))
      folder = fs::path(folder).parent_path().string();
    const std::string source = folder.empty() ? std::string() : templateOfFolder(folder);
    if (!source.empty()) {
      out.chatTemplate = text::ChatTemplate::parse(source);
      out.templateName = "from the model";
    }
  }
}

std::vector<data::DatasetEntry> dataEntries(const std::vector<api::DatasetEntry>& entries) {
  std::vector<data::DatasetEntry> out;
  for (const auto& entry : entries) {
    data::DatasetEntry converted;
    converted.path = entry.path;
    converted.format = entry.format;
    out.push_back(std::move(converted));
  }
  return out;
}

data::TokenizeOptions tokenizeOptions(const api::TrainSpec& spec, const SpecData& data, const SpecDataOptions& options) {
  data::TokenizeOptions out;
  out.trainOn = data::trainOnFromName(spec.data.trainOn);
  out.maxSeqLen = static_cast<uint64_t>(spec.data.maxSeqLen);
  out.chatTemplate = data.chatTemplate;
  out.validation.fraction = spec.data.validationFraction;
  out.validation.count = static_cast<uint64_t>(spec.data.validationCount);
  if (!spec.data.validationPath.empty()) {
    data::DatasetEntry entry;
    entry.path = spec.data.validationPath;
    out.validation.files.push_back(std::move(entry));
  }
  out.seed = static_cast<uint64_t>(spec.training.seed);
  out.cacheFolder = options.cacheFolder;
  out.maxRows = options.maxRows;
  if (const auto* tokenizer = data.tokenizer.get()) {
    const auto set = [&](const char* name, std::optional<int32_t> id) { out.variables[name] = id ? tokenizer->tokenText(*id) : std::string(); };
    set("bos_token", tokenizer->bosId());
    set("eos_token", tokenizer->eosId());
    set("pad_token", tokenizer->padId());
  }
  return out;
}

} // namespace

void makePathsAbsolute(api::TrainSpec& spec) {
  absolute(spec.model.path);
  absolute(spec.model.config);
  absolute(spec.model.tokenizer);
  absolute(spec.method.initFrom);
  for (auto& entry : spec.data.train)
    absolute(entry.path);
  absolute(spec.data.validationPath);
  if (spec.data.templateName != "auto" && spec.data.templateName != "chatml")
    absolute(spec.data.templateName);
}

SpecData openSpecData(const api::TrainSpec& spec, const SpecDataOptions& options) {
  const auto step = [&](const char* what) {
    return [&options, what](double share) {
      if (options.progress)
        options.progress(what, share);
    };
  };
  SpecData out;
  data::DatasetOptions open;
  open.maxRows = options.maxRows;
  out.files = data::Dataset::open(dataEntries(spec.data.train), open, step("Reading the data"), options.stop);
  const std::string source = tokenizerSource(spec);
  const bool tokens = std::all_of(out.files->files().begin(), out.files->files().end(), [](const auto& file) { return file.shape == data::DatasetShape::Tokens; });
  if (hasTokenizer(source))
    out.tokenizer = text::Tokenizer::fromFile(source);
  else if (!tokens)
    throw Exception(ErrorKind::NotFound, source.empty() ? "A model trained from scratch on text needs model.tokenizer: a folder with tokenizer.json, or that file."
                                                        : fmt::format("{} has no tokenizer.json, so the data cannot be turned into tokens.", source));
  if (!tokens)
    chooseTemplate(spec, out);
  out.rows = data::TokenizedDataset::build(out.files, out.tokenizer.get(), tokenizeOptions(spec, out, options), step("Tokenizing"), options.stop);
  return out;
}

data::PlanOptions planOptions(const api::TrainSpec& spec) {
  data::PlanOptions out;
  out.tokensPerMicrobatch = static_cast<uint64_t>(spec.training.tokensPerMicrobatch);
  out.sequencesPerStep = static_cast<uint64_t>(spec.training.sequencesPerStep);
  out.shuffled = spec.data.order != "sequential";
  out.packing = spec.data.packing;
  out.seed = static_cast<uint64_t>(spec.training.seed);
  return out;
}

} // namespace lathe::train
