// SPDX-License-Identifier: Apache-2.0
#include "core/engine/preview.h"

#include "core/base/files.h"
#include "core/data/batch_plan.h"
#include "core/io/model_folder.h"
#include "core/monitor/host.h"
#include "core/plan/plan.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

namespace lathe::engine {
namespace fs = std::filesystem;
namespace {

constexpr size_t kChips = 400;
constexpr size_t kProblemsShown = 20;

struct Sources {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  std::shared_ptr<const text::ChatTemplate> chatTemplate;
  std::string templateName = "built-in ChatML";
};

std::string templateIn(const std::string& folder) {
  if (fileExists(folder + "/config.json")) {
    const auto model = capture([&] { return io::ModelFolder::describe(folder)->chatTemplate(); });
    if (model.ok() && !model->empty())
      return *model;
  }
  if (fileExists(folder + "/chat_template.jinja"))
    return readFile(folder + "/chat_template.jinja", limits::kTemplateBytes);
  if (fileExists(folder + "/tokenizer_config.json"))
    return stringOr(parseJsonFile(folder + "/tokenizer_config.json", {.bytes = limits::kTokenizerBytes}), "chat_template", "");
  return {};
}

Sources openSources(const api::TrainSpec& spec) {
  Sources out;
  const std::string source = spec.model.tokenizer.empty() ? spec.model.path : spec.model.tokenizer;
  const bool there = !source.empty() && (!isDirectory(source) || fileExists(source + "/tokenizer.json") || fileExists(source + "/tokenizer.json.gz"));
  if (there)
    out.tokenizer = text::Tokenizer::fromFile(source);
  const std::string& name = spec.data.templateName;
  if (name == "chatml") {
    out.chatTemplate = text::ChatTemplate::chatMl();
  } else if (name != "auto" && !name.empty()) {
    out.chatTemplate = text::ChatTemplate::parse(readFile(name, limits::kTemplateBytes));
    out.templateName = fs::path(name).filename().string();
  } else if (!source.empty()) {
    const std::string found = templateIn(isDirectory(source) ? source : fs::path(source).parent_path().string());
    if (!found.empty()) {
      out.chatTemplate = text::ChatTemplate::parse(found);
      out.templateName = "from the model";
    }
  }
  return out;
}

std::vector<data::DatasetEntry> entriesOf(const api::TrainSpec& spec) {
  std::vector<data::DatasetEntry> out;
  for (const api::DatasetEntry& entry : spec.data.train) {
    out.emplace_back();
    out.back().path = entry.path;
    out.back().format = entry.format;
  }
  return out;
}

data::TokenizeOptions optionsFor(const api::TrainSpec& spec, const Sources& sources, uint64_t maxRows) {
  data::TokenizeOptions out;
  out.trainOn = data::trainOnFromName(spec.data.trainOn);
  out.maxSeqLen = static_cast<uint64_t>(spec.data.maxSeqLen);
  out.chatTemplate = sources.chatTemplate;
  out.validation.fraction = spec.data.validationFraction;
  out.validation.count = static_cast<uint64_t>(spec.data.validationCount);
  if (!spec.data.validationPath.empty()) {
    out.validation.files.emplace_back();
    out.validation.files.back().path = spec.data.validationPath;
  }
  out.seed = static_cast<uint64_t>(spec.training.seed);
  out.maxRows = maxRows;
  if (const text::Tokenizer* tokenizer = sources.tokenizer.get()) {
    const auto set = [&](const char* name, std::optional<int32_t> id) { out.variables[name] = id ? tokenizer->tokenText(*id) : std::string(); };
    set("bos_token", tokenizer->bosId());
    set("eos_token", tokenizer->eosId());
    set("pad_token", tokenizer->padId());
  }
  return out;
}

api::PreviewRow rowPreview(const data::Dataset& files, uint64_t index, const Sources& sources, const data::TokenizeOptions& options) {
  api::PreviewRow out;
  out.row = static_cast<int64_t>(index);
  try {
    const auto rows = data::tokenizeSample(files.sample(index), sources.tokenizer.get(), options);
    if (rows.empty())
      return out;
    const data::TokenizedRow& row = rows.front();
    out.tokens = static_cast<int64_t>(row.ids.size());
    out.supervised = std::count(row.supervised.begin(), row.supervised.end(), uint8_t{1});
    out.truncated = row.truncated;
    for (size_t i = 0; i < row.ids.size() && i < kChips; ++i) {
      api::TokenChip chip;
      chip.id = row.ids[i];
      chip.supervised = i < row.supervised.size() && row.supervised[i] != 0;
      if (sources.tokenizer) {
        const int32_t id = row.ids[i];
        chip.text = sources.tokenizer->decode(std::span(&id, 1), false);
        chip.special = sources.tokenizer->decode(std::span(&id, 1), true).empty() && !chip.text.empty();
      }
      out.chips.push_back(std::move(chip));
    }
  } catch (const data::RowException& e) {
    out.error = e.row().text();
  } catch (const Exception& e) {
    out.error = e.error().message;
  }
  return out;
}

} // namespace

api::DataPreview previewData(const api::TrainSpec& spec, int64_t rows, uint64_t sampleRows, std::stop_token stop) {
  const Sources sources = openSources(spec);
  data::DatasetOptions open;
  open.maxRows = sampleRows;
  const auto files = data::Dataset::open(entriesOf(spec), open, {}, stop);
  api::DataPreview out;
  out.shape = data::datasetShapeName(files->shape());
  const bool tokens = files->shape() == data::DatasetShape::Tokens;
  out.templateName = tokens || files->shape() == data::DatasetShape::Text ? "none" : sources.templateName;
  if (!tokens && !sources.tokenizer)
    throw Exception(ErrorKind::NotFound, "The model has no tokenizer.json, so the data cannot be turned into tokens. Choose a tokenizer.");
  const data::TokenizeOptions options = optionsFor(spec, sources, sampleRows);
  for (uint64_t i = 0; i < std::min<uint64_t>(files->rows(), static_cast<uint64_t>(std::clamp<int64_t>(rows, 0, 50))) && !stop.stop_requested(); ++i)
    out.first.push_back(rowPreview(*files, i, sources, options));
  uint64_t cut = 0;
  for (const data::Dataset::File& file : files->files())
    cut += file.rows >= sampleRows ? 1 : 0;
  out.exact = cut == 0;
  const auto tokenized = capture([&] { return data::TokenizedDataset::build(files, sources.tokenizer.get(), options, {}, stop); });
  if (stop.stop_requested())
    throw Exception(ErrorKind::Cancelled, "A newer preview was asked for.");
  out.rows = static_cast<int64_t>(files->rows());
  if (!tokenized.ok()) {
    out.problems.push_back(tokenized.error().message);
    return out;
  }
  const data::TokenizedDataset& set = **tokenized;
  const data::DatasetStats& stats = set.stats();
  out.validationRows = static_cast<int64_t>(stats.validationRows);
  out.badRows = static_cast<int64_t>(stats.badRows);
  out.unsupervisedRows = static_cast<int64_t>(stats.zeroSupervision);
  out.truncatedRows = static_cast<int64_t>(stats.truncatedRows);
  out.tokens = static_cast<int64_t>(stats.tokens);
  out.supervisedTokens = static_cast<int64_t>(stats.supervisedTokens);
  const auto perStep = static_cast<uint64_t>(spec.training.sequencesPerStep);
  out.steps = perStep == 0 ? 1 : static_cast<int64_t>((stats.trainRows + perStep - 1) / perStep);
  for (const data::RowError& error : set.errors())
    if (out.problems.size() < kProblemsShown)
      out.problems.push_back(error.text());
  return out;
}

api::MemoryPlan planSpec(const api::TrainSpec& spec) {
  const io::ModelConfig config = spec.model.path.empty() ? io::parseModelConfig(parseJsonFile(spec.model.config)) : io::ModelFolder::describe(spec.model.path)->config();
  plan::DeviceBudget budget;
  budget.available = monitor::hostMemory().available;
  return plan::planTraining(spec, plan::shapeOf(config), budget);
}

} // namespace lathe::engine
