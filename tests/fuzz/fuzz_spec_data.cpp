// SPDX-License-Identifier: Apache-2.0
// The input up to the first line feed is the `data` section of a specification, what follows its file of rows: refused, or every batch row is well-formed.
#include "core/data/batch_plan.h"
#include "core/data/spec_data.h"
#include "tests/fuzz/fuzz_support.h"

#include <filesystem>
#include <fstream>

namespace {

using namespace lathe;

/// A byte-level vocabulary: the 256 byte characters and a merge.
std::string tokenizerFile() {
  const std::string path = (std::filesystem::temp_directory_path() / ("lathe-fuzz-tokens-" + std::to_string(::getpid()) + ".json")).string();
  Json vocabulary = Json::object();
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool shown = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    const int point = shown ? byte : next++;
    const std::string character = point < 0x80 ? std::string(1, static_cast<char>(point)) : std::string{static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 63))};
    vocabulary[character] = byte;
  }
  const Json json = {{"version", "1.0"}, {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}}, {"decoder", {{"type", "ByteLevel"}}}, {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", Json::array()}}}};
  std::ofstream(path) << dumpJson(json);
  return path;
}

/// The section with its file replaced by `rowsPath` and everything else that names files taken out.
api::ParsedSpec specOf(const Json& section, const std::string& rowsPath, const std::string& tokenizer) {
  Json document = {{"model", {{"init", "random"}, {"config", rowsPath}, {"tokenizer", tokenizer}}}, {"method", {{"type", "full"}}}, {"data", section}};
  if (Json& data = document["data"]; data.is_object()) {
    Json& train = data["train"];
    if (!train.is_array() || train.size() != 1 || !train[0].is_object())
      train = Json::array({Json::object()});
    train[0]["path"] = rowsPath;
    data.erase("template");
    if (data.contains("validation") && data["validation"].is_object())
      data["validation"].erase("path");
  }
  return api::parseTrainSpec(document);
}

/// Every row of an epoch once, every microbatch well-formed.
void checkPlan(const data::BatchPlan& plan, uint64_t vocabulary) {
  uint64_t rows = 0;
  for (uint64_t step = 0; step < plan.stepsPerEpoch(); ++step)
    for (const data::PackedBatch& batch : plan.batches(0, step)) {
      rows += batch.rows.size();
      fuzz::require(batch.tokens.size() == batch.targets.size() && batch.tokens.size() == batch.positions.size(), "three equal lists");
      fuzz::require(batch.cuSeqlens.size() == batch.rows.size() + 1 && batch.cuSeqlens.front() == 0 && batch.cuSeqlens.back() == static_cast<int64_t>(batch.tokens.size()), "bounds of the rows");
      for (size_t i = 0; i < batch.tokens.size(); ++i)
        fuzz::require(batch.tokens[i] >= 0 && static_cast<uint64_t>(batch.tokens[i]) < vocabulary && batch.targets[i] >= -100 && batch.targets[i] < static_cast<int64_t>(vocabulary), "ids");
    }
  fuzz::require(rows == plan.sequences(), "every row once");
}

void check(const Json& section, const std::string& rowsPath, const std::string& tokenizer) {
  const api::ParsedSpec parsed = specOf(section, rowsPath, tokenizer);
  if (!parsed.ok() || parsed.spec.data.maxSeqLen > 4096)
    return;
  const data::SpecData opened = data::openSpecData(parsed.spec, {});
  fuzz::require(opened.rows && opened.files && !opened.rows->trainRows().empty(), "opened data has rows");
  const bool tokens = opened.files->shape() == data::DatasetShape::Tokens; // ids that a person chose
  checkPlan(data::BatchPlan(opened.rows, opened.rows->trainRows(), data::planOptions(parsed.spec)), tokens ? uint64_t{1} << 31 : 256);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string tokenizer = tokenizerFile();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), input.size());
  const std::string path = (std::filesystem::temp_directory_path() / ("lathe-fuzz-spec-" + std::to_string(::getpid()) + ".jsonl")).string();
  std::ofstream(path, std::ios::binary) << input.substr(std::min(line + 1, input.size()));
  fuzz::accepted([&] { check(parseJson(input.substr(0, line)), path, tokenizer); });
  return 0;
}
