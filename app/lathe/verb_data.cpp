// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/files.h"
#include "core/base/text_format.h"
#include "core/data/open_tokenizer.h"
#include "core/data/spec_data.h"
#include "core/io/model_folder.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include <unistd.h>

namespace lathe::cli {
namespace {

struct DataOptions {
  std::vector<std::string> paths;
  std::string format = "auto", tokenizer, model, templateFile, trainOn = "assistant", eos;
  uint64_t maxSeqLen = 2048, rows = 3, first = 1;
  double validation = 0;
  uint64_t seed = 1;
  bool json = false;
};

void print(const Json& value) {
  const std::string text = dumpJson(value) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::shared_ptr<const data::Dataset> openAll(const DataOptions& options) {
  std::vector<data::DatasetEntry> entries;
  for (const std::string& path : options.paths)
    entries.push_back({path, options.format, Json::object()});
  return data::Dataset::open(entries);
}

Json rolesJson(const data::Roles& roles) {
  Json out = Json::object();
  for (const auto& [name, column] : {std::pair("messages", roles.messages), std::pair("instruction", roles.instruction), std::pair("input", roles.input), std::pair("output", roles.output),
                                     std::pair("system", roles.system), std::pair("tools", roles.tools), std::pair("chosen", roles.chosen), std::pair("text", roles.text)})
    if (!column.empty())
      out[name] = column;
  return out;
}

Json errorJson(const data::RowError& e) { return {{"file", e.file}, {"line", e.line}, {"column", e.column}, {"message", e.message}}; }

void inspect(const DataOptions& options) {
  const auto set = openAll(options);
  uint64_t bad = 0;
  const auto errors = set->errors(20, &bad);
  Json files = Json::array(), problems = Json::array();
  for (const auto& file : set->files())
    files.push_back({{"path", file.path}, {"shape", data::datasetShapeName(file.shape)}, {"rows", file.rows}, {"bytes", file.bytes}, {"roles", rolesJson(file.roles)}});
  for (const auto& error : errors)
    problems.push_back(errorJson(error));
  if (options.json) {
    print({{"files", files}, {"rows", set->rows()}, {"bad_rows", bad}, {"problems", problems}});
    return;
  }
  for (const auto& file : set->files()) {
    fmt::print("{}: {} rows, {}, shape {}", file.path, file.rows, formatBytes(file.bytes), data::datasetShapeName(file.shape));
    const Json roles = rolesJson(file.roles);
    for (const auto& [role, column] : roles.items())
      fmt::print(", {} = \"{}\"", role, column.get<std::string>());
    fmt::print("\n");
  }
  if (bad > 0)
    fmt::print("{} rows cannot be used:\n", bad);
  for (const auto& error : errors)
    fmt::print("  {}\n", error.text());
}

/// Tokenizer and template as a training run would take them.
struct Loaded {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  data::TokenizeOptions tokenize;
};

Loaded load(const DataOptions& options, const data::Dataset& set) {
  Loaded out;
  out.tokenize.trainOn = data::trainOnFromName(options.trainOn);
  out.tokenize.maxSeqLen = options.maxSeqLen;
  out.tokenize.seed = options.seed;
  out.tokenize.validation.fraction = options.validation;
  std::string path = options.tokenizer;
  if (!options.model.empty()) {
    const auto folder = io::ModelFolder::describe(options.model);
    if (path.empty())
      path = folder->tokenizerFile();
    if (!folder->chatTemplate().empty())
      out.tokenize.chatTemplate = text::ChatTemplate::parse(folder->chatTemplate());
  }
  if (!options.templateFile.empty())
    out.tokenize.chatTemplate = text::ChatTemplate::parse(readFile(options.templateFile, limits::kTemplateBytes, "TEMPLATE:limit"));
  if (path.empty()) {
    if (set.shape() != data::DatasetShape::Tokens)
      throw Exception(ErrorKind::Usage, "Give --model DIR or --tokenizer PATH: tokens need a tokenizer.");
    return out;
  }
  out.tokenizer = data::openTokenizer(path);
  const auto name = [&](const char* key, std::optional<int32_t> id) {
    if (id)
      out.tokenize.variables[key] = out.tokenizer->tokenText(*id);
  };
  name("bos_token", out.tokenizer->bosId());
  name("eos_token", out.tokenizer->eosId());
  name("pad_token", out.tokenizer->padId());
  if (!options.eos.empty())
    out.tokenize.variables["eos_token"] = options.eos;
  return out;
}

void tokens(const DataOptions& options) {
  const auto set = openAll(options);
  const Loaded loaded = load(options, *set);
  if (!loaded.tokenize.chatTemplate && (set->shape() == data::DatasetShape::Messages || set->shape() == data::DatasetShape::Alpaca))
    fmt::print(stderr, "There is no chat template; the built-in ChatML is used.\n");
  const bool color = !options.json && ::isatty(1);
  for (uint64_t i = options.first > 0 ? options.first - 1 : 0; i < set->rows() && i < options.first - 1 + options.rows; ++i) {
    try {
      for (const data::TokenizedRow& row : data::tokenizeSample(set->sample(i), loaded.tokenizer.get(), loaded.tokenize)) {
        std::vector<std::string> texts;
        for (const int32_t id : row.ids)
          texts.push_back(loaded.tokenizer ? loaded.tokenizer->tokenText(id) : std::to_string(id));
        if (options.json) {
          print({{"row", i + 1}, {"ids", row.ids}, {"tokens", texts}, {"supervised", row.supervised}, {"truncated", row.truncated}, {"dropped_tokens", row.droppedTokens}});
          continue;
        }
        const auto supervised = std::count(row.supervised.begin(), row.supervised.end(), 1);
        fmt::print("row {}: {} tokens, {} supervised{}\n", i + 1, row.ids.size(), supervised, row.truncated ? fmt::format(", {} cut off", row.droppedTokens) : "");
        for (size_t t = 0; t < texts.size(); ++t)
          fmt::print("{}{}{} ", row.supervised[t] ? (color ? "\033[32m" : "*") : "", texts[t], row.supervised[t] && color ? "\033[0m" : "");
        fmt::print("\n\n");
      }
    } catch (const data::RowException& e) {
      options.json ? print({{"row", i + 1}, {"error", e.row().text()}}) : fmt::print("row {}: {}\n\n", i + 1, e.row().text());
    }
  }
}

void stats(const DataOptions& options) {
  const auto set = openAll(options);
  const Loaded loaded = load(options, *set);
  const auto tokenized = data::TokenizedDataset::build(set, loaded.tokenizer.get(), loaded.tokenize);
  const data::DatasetStats& s = tokenized->stats();
  const std::vector<std::string> warnings = data::templateWarnings(*set, loaded.tokenize);
  if (options.json) {
    Json report = s.toJson();
    report["fingerprint"] = tokenized->fingerprint();
    report["problems"] = Json::array();
    report["warnings"] = warnings;
    for (const auto& error : tokenized->errors())
      report["problems"].push_back(errorJson(error));
    print(report);
    return;
  }
  fmt::print("rows        {} of {} ({} cannot be used)\n", s.rows, s.sourceRows, s.badRows);
  fmt::print("tokens      {} ({} to {} per row, {:.0f} on average)\n", s.tokens, s.shortest, s.longest, s.meanLength);
  fmt::print("supervised  {} ({:.1f} %)\n", s.supervisedTokens, 100 * s.supervisedShare());
  fmt::print("train       {} rows, validation {} rows\n", s.trainRows, s.validationRows);
  fmt::print("truncated   {} rows, {} tokens cut off\n", s.truncatedRows, s.droppedTokens);
  for (size_t i = 0; i < s.lengthHistogram.size(); ++i)
    if (s.lengthHistogram[i] > 0)
      fmt::print("  {:>7}–{:<7} {}\n", 1ull << i, (2ull << i) - 1, s.lengthHistogram[i]);
  for (const std::string& warning : warnings)
    fmt::print("warning: {}\n", warning);
  if (s.builtInTemplate)
    fmt::print("note: there is no chat template; the built-in ChatML is used\n");
  if (s.zeroSupervision > 0)
    fmt::print("warning: {} rows have nothing to learn and are left out\n", s.zeroSupervision);
  if (s.duplicates > 0)
    fmt::print("warning: {} rows are duplicates of earlier ones\n", s.duplicates);
  for (const auto& error : tokenized->errors())
    fmt::print("  {}\n", error.text());
}

CLI::App* addCommand(CLI::App* verb, const char* name, const char* help, const std::shared_ptr<DataOptions>& options, void (*run)(const DataOptions&)) {
  CLI::App* command = verb->add_subcommand(name, help);
  command->add_option("paths", options->paths, "Dataset files")->required();
  command->add_option("--format", options->format, "auto, messages, alpaca, text or tokens")->capture_default_str();
  command->add_flag("--json", options->json, "JSON on standard output");
  command->callback([options, run] { run(*options); });
  return command;
}

void addTokenOptions(CLI::App* command, const std::shared_ptr<DataOptions>& options) {
  command->add_option("--model", options->model, "Model folder whose tokenizer and chat template are used");
  command->add_option("--tokenizer", options->tokenizer, "Tokenizer file or folder");
  command->add_option("--template", options->templateFile, "Chat template file");
  command->add_option("--train-on", options->trainOn, "assistant, completion or all")->capture_default_str();
  command->add_option("--max-seq-len", options->maxSeqLen, "Longest row in tokens")->capture_default_str();
  command->add_option("--eos", options->eos, "Text of the end-of-sequence token, where the tokenizer names none");
}

} // namespace

void addDataVerb(CLI::App& app) {
  auto options = std::make_shared<DataOptions>();
  CLI::App* verb = app.add_subcommand("data", "What a dataset is: its shape and bad rows, rows as tokens with their loss mask, statistics.\nExample: lathe data tokens --model ./my-model train.jsonl");
  verb->require_subcommand(1);
  addCommand(verb, "inspect", "Shape, roles, rows, and every bad row as file:line:column", options, inspect);
  CLI::App* rows = addCommand(verb, "tokens", "Rows as exact tokens; supervised ones are marked", options, tokens);
  addTokenOptions(rows, options);
  rows->add_option("--rows", options->rows, "How many rows")->capture_default_str();
  rows->add_option("--first", options->first, "First row, from 1")->capture_default_str();
  CLI::App* numbers = addCommand(verb, "stats", "Lengths, supervised share, truncation, duplicates, split", options, stats);
  addTokenOptions(numbers, options);
  numbers->add_option("--validation", options->validation, "Share of rows kept for validation")->capture_default_str();
  numbers->add_option("--seed", options->seed, "Seed of the split")->capture_default_str();
}

} // namespace lathe::cli
