// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/data/dataset.h"
#include "core/data/open_tokenizer.h"
#include "core/text/bpe_trainer.h"
#include "core/text/tokenizer.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace lathe::cli {
namespace {

struct TokenizeOptions {
  std::string tokenizer, text;
  bool addSpecial = false, jsonl = false, json = false;
};

Json encoded(const text::Tokenizer& tokenizer, const std::string& text, bool addSpecial) {
  const std::vector<int32_t> ids = tokenizer.encode(text, addSpecial);
  Json tokens = Json::array();
  for (int32_t id : ids)
    tokens.push_back(tokenizer.tokenText(id));
  return {{"ids", ids}, {"tokens", std::move(tokens)}};
}

std::string wholeInput() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

JsonLimits lineLimits() {
  JsonLimits limits;
  limits.bytes = limits::kDatasetLineBytes;
  limits.what = "the input line";
  return limits;
}

void runTokenize(const TokenizeOptions& options, bool textGiven) {
  const auto tokenizer = data::openTokenizer(options.tokenizer);
  if (options.jsonl) {
    for (std::string line; std::getline(std::cin, line);) {
      const Json input = parseJson(line, lineLimits());
      fmt::print("{}\n", dumpJson(encoded(*tokenizer, stringOr(input, "text", ""), boolOr(input, "add_special_tokens", options.addSpecial))));
    }
    return;
  }
  const Json result = encoded(*tokenizer, textGiven ? options.text : wholeInput(), options.addSpecial);
  if (options.json) {
    fmt::print("{}\n", dumpJson(result));
    return;
  }
  for (size_t i = 0; i < result["ids"].size(); ++i)
    fmt::print("{:>8}  {}\n", result["ids"][i].get<int64_t>(), result["tokens"][i].get<std::string>());
}

std::vector<int32_t> idsOf(const Json& input) {
  const Json* list = input.is_array() ? &input : find(input, "ids");
  if (!list || !list->is_array())
    refuse("REJ:JSON_TYPE", "A line should be an object with \"ids\".");
  std::vector<int32_t> ids;
  for (const Json& id : *list) {
    if (!id.is_number_integer() || id.get<int64_t>() < INT32_MIN || id.get<int64_t>() > INT32_MAX)
      refuse("REJ:JSON_TYPE", fmt::format("{} is not a token id.", id.dump().substr(0, 40)));
    ids.push_back(id.get<int32_t>());
  }
  return ids;
}

struct DetokenizeOptions {
  std::string tokenizer;
  std::vector<int32_t> ids;
  bool skipSpecial = false, jsonl = false;
};

void runDetokenize(const DetokenizeOptions& options) {
  const auto tokenizer = data::openTokenizer(options.tokenizer);
  if (!options.jsonl) {
    const std::vector<int32_t> ids = options.ids.empty() ? idsOf(parseJson(wholeInput(), lineLimits())) : options.ids;
    fmt::print("{}\n", tokenizer->decode(ids, options.skipSpecial));
    return;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const Json input = parseJson(line, lineLimits());
    fmt::print("{}\n", dumpJson({{"text", tokenizer->decode(idsOf(input), boolOr(input, "skip_special_tokens", options.skipSpecial))}}));
  }
}

struct TrainOptions {
  std::vector<std::string> files, special;
  std::string out;
  int vocabSize = 4096;
  int64_t minFrequency = 2;
  bool groupDigits = false;
};

/// All text of a row, turns apart.
std::string textOf(const data::Sample& sample) {
  std::string out = sample.text;
  for (const Json& message : sample.messages)
    out += stringOr(message, "content", "") + "\n";
  return out;
}

void runTrain(const TrainOptions& options) {
  std::vector<data::DatasetEntry> entries;
  for (const std::string& file : options.files) {
    data::DatasetEntry entry;
    entry.path = file;
    entries.push_back(entry);
  }
  const auto dataset = data::Dataset::open(entries);
  uint64_t row = 0, bad = 0;
  text::BpeTrainerOptions trainer;
  trainer.vocabSize = options.vocabSize;
  trainer.minFrequency = static_cast<uint64_t>(options.minFrequency);
  trainer.singleDigits = !options.groupDigits;
  if (!options.special.empty())
    trainer.specialTokens = options.special;
  const std::string json = text::trainBpe(
      [&]() -> std::optional<std::string> {
        while (row < dataset->rows()) {
          try {
            return textOf(dataset->sample(row++));
          } catch (const data::RowException&) {
            ++bad;
          }
        }
        return std::nullopt;
      },
      trainer);
  makeDirectories(options.out);
  writeFileAtomic(options.out + "/tokenizer.json", json);
  writeFileAtomic(options.out + "/tokenizer_config.json", text::trainedTokenizerConfig(trainer.specialTokens));
  const auto made = text::Tokenizer::fromFile(options.out); // what was written is what can be read
  fmt::print("{} tokens from {} rows{} in {}/tokenizer.json\n", made->vocabSize(), dataset->rows() - bad,
             bad ? fmt::format(" ({} unreadable ones skipped)", bad) : "", options.out);
}

} // namespace

void addTokenizeVerbs(CLI::App& app) {
  auto encode = std::make_shared<TokenizeOptions>();
  CLI::App* tokenize = app.add_subcommand("tokenize", "Text to token ids.\nExample: lathe tokenize --tokenizer ./my-model --text \"Hello\"");
  tokenize->add_option("--tokenizer", encode->tokenizer, "Model folder, tokenizer.json (also gzipped), SentencePiece or tiktoken model, or GGUF file")->required();
  CLI::Option* text = tokenize->add_option("--text", encode->text, "Text; without it standard input is read");
  tokenize->add_flag("--add-special", encode->addSpecial, "Add what the tokenizer puts around a text");
  tokenize->add_flag("--jsonl", encode->jsonl, "{\"text\", \"add_special_tokens\"} a line in, {\"ids\", \"tokens\"} a line out")->excludes(text);
  tokenize->add_flag("--json", encode->json, "One JSON object");
  tokenize->callback([encode, text] { runTokenize(*encode, text->count() > 0); });

  auto decode = std::make_shared<DetokenizeOptions>();
  CLI::App* detokenize = app.add_subcommand("detokenize", "Token ids to text.\nExample: echo '{\"ids\":[1,2]}' | lathe detokenize --tokenizer ./my-model --jsonl");
  detokenize->add_option("--tokenizer", decode->tokenizer, "Model folder, tokenizer.json (also gzipped), SentencePiece or tiktoken model, or GGUF file")->required();
  detokenize->add_option("ids", decode->ids, "Ids; without them JSON is read from standard input");
  detokenize->add_flag("--skip-special", decode->skipSpecial, "Leave special tokens out");
  detokenize->add_flag("--jsonl", decode->jsonl, "{\"ids\"} a line in, {\"text\"} a line out");
  detokenize->callback([decode] { runDetokenize(*decode); });

  auto train = std::make_shared<TrainOptions>();
  CLI::App* tokenizer = app.add_subcommand("tokenizer", "Make tokenizers");
  tokenizer->require_subcommand(1);
  CLI::App* make = tokenizer->add_subcommand("train", "Train a byte-level BPE tokenizer.\nExample: lathe tokenizer train corpus.jsonl --vocab-size 4096 --out ./tokenizer");
  make->add_option("files", train->files, "JSONL, JSON or text files")->required();
  make->add_option("--out", train->out, "Folder for tokenizer.json and tokenizer_config.json")->required();
  make->add_option("--vocab-size", train->vocabSize, "Tokens in all: special ones, 256 bytes and merges")->check(CLI::Range(256, 4194304))->capture_default_str();
  make->add_option("--min-frequency", train->minFrequency, "Pairs seen less often are not merged")->check(CLI::Range(1, 1000000000))->capture_default_str();
  make->add_option("--special", train->special, "Special tokens instead of <|endoftext|>, <|im_start|>, <|im_end|>");
  make->add_flag("--group-digits", train->groupDigits, "Let digits be merged; by default every digit is a token of its own");
  make->callback([train] { runTrain(*train); });
}

} // namespace lathe::cli
