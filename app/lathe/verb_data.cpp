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
  std::vector<std::string> paths, columns;
  std::string format = "auto", tokenizer, model, templateFile, trainOn = "assistant", longRows = "auto", eos;
  uint64_t maxSeqLen = 2048, rows = 3, first = 1;
  bool json = false;
};

void print(const Json& value) {
  const std::string text = dumpJson(value) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::shared_ptr<const data::Dataset> openAll(const DataOptions& options) {
  std::vector<data::DatasetEntry> entries;
  for (const std::string& path : options.paths)
    entries.push_back({path, options.format, columnOptions(options.columns)});
  return data::Dataset::open(entries);
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
  out.tokenize.longRows = data::longRowsFromName(options.longRows);
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
      const data::TokenizedSample sample = data::tokenizeWhole(set->sample(i), loaded.tokenizer.get(), loaded.tokenize);
      if (sample.dropped || sample.droppedPieces > 0)
        fmt::print(stderr, "row {}: {} tokens, {}\n", i + 1, sample.tokens, sample.dropped ? "left out: it is too long" : fmt::format("{} of {} pieces left out: nothing in them is learned", sample.droppedPieces, sample.pieces));
      for (const data::TokenizedRow& row : sample.rows) {
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

CLI::App* addCommand(CLI::App* verb, const char* name, const char* help, const std::shared_ptr<DataOptions>& options, void (*run)(const DataOptions&)) {
  CLI::App* command = verb->add_subcommand(name, help);
  command->add_option("paths", options->paths, "Dataset files, or folders of them")->required();
  command->add_option("--format", options->format, "auto, messages, alpaca, preference, text, tokens; plain text: lines, paragraphs, document")->capture_default_str();
  command->add_option("--column", options->columns, "Which column is what where it is not found, as PART=COLUMN")->allow_extra_args(false);
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
  command->add_option("--long-rows", options->longRows, "Longer rows: auto, truncate_right, truncate_left, split or drop")->capture_default_str();
  command->add_option("--eos", options->eos, "Text of the end-of-sequence token, where the tokenizer names none");
}

} // namespace

void addDataVerb(CLI::App& app) {
  auto options = std::make_shared<DataOptions>();
  CLI::App* verb = app.add_subcommand("data", "What a dataset is: its shape and bad rows, rows as tokens with their loss mask, statistics, duplicates.\nExample: lathe data tokens --model ./my-model train.jsonl");
  verb->require_subcommand(1);
  addDataInspect(*verb);
  CLI::App* rows = addCommand(verb, "tokens", "Rows as exact tokens; supervised ones are marked", options, tokens);
  addTokenOptions(rows, options);
  rows->add_option("--rows", options->rows, "How many rows")->capture_default_str();
  rows->add_option("--first", options->first, "First row, from 1")->capture_default_str();
  addDataQuality(*verb);
}

} // namespace lathe::cli
