// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/fake_data.h"

#include "core/api/protocol.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace lathe::fake {

namespace {

api::DatasetSummary datasetOf(const char* name, const char* file, const char* layout, const char* shape, int64_t rows, int64_t bytes) {
  api::DatasetSummary out;
  out.path = std::string("/data/") + name;
  out.name = name;
  out.file = file;
  out.layout = layout;
  out.shape = shape;
  out.rows = rows;
  out.bytes = bytes;
  out.exact = true;
  return out;
}

std::vector<api::DatasetSummary> demoDatasets() {
  std::vector<api::DatasetSummary> out = {
      datasetOf("support.jsonl", "jsonl", "openai", "messages", 18402, 4'011'000), datasetOf("invoices.csv", "csv", "prompt-completion", "alpaca", 4120, 3'300'000),
      datasetOf("stories-zh.jsonl.zst", "jsonl", "text", "text", 96044, 118'400'000), datasetOf("manuals-2024.jsonl", "jsonl", "text", "text", 0, 0),
      datasetOf("pirate-voice.jsonl", "jsonl", "openai", "messages", 400, 98'409)};
  out[2].packed = "zstd";
  out[3].missing = true;
  out[3].problem = "/data/manuals-2024.jsonl is not there any more. Put it back, or take it out of the list.";
  out[4].bundled = true;
  return out;
}

std::string pathOf(const Json& params) {
  const Json* spec = find(params, "spec");
  const Json* data = spec ? find(*spec, "data") : nullptr;
  const Json* train = data ? find(*data, "train") : nullptr;
  return train && !train->empty() ? stringOr(train->front(), "path", "") : std::string();
}

constexpr std::array<const char*, 6> kAsked = {"My parcel has been on its way for two weeks and nobody answers my mails.", "Can I return shoes that I have worn once?",
                                               "The app says that my card was declined, but the money is gone.", "Which of your kettles switch off by themselves?",
                                               "I ordered two and got one. What now?", "Please change the address of order 88310 to Lindenweg 4."};

api::DatasetDetail detailOf(const std::string& path) {
  api::DatasetDetail out;
  for (const auto& one : demoDatasets())
    if (one.path == path)
      out.summary = one;
  if (out.summary.missing)
    throw Exception(ErrorKind::NotFound, out.summary.problem);
  out.readableRows = out.summary.rows;
  out.learned = "The assistant's messages are learned.";
  out.roles = {{"messages", "messages", true, "messages"}, {"messages", "system", false, ""}, {"messages", "tools", false, ""}, {"messages", "chosen", false, ""}, {"messages", "rejected", false, ""},
               {"alpaca", "instruction", true, ""}, {"alpaca", "output", true, ""}, {"alpaca", "input", false, ""}, {"text", "text", true, ""}};
  out.columns = {{"messages", "messages", "3 messages: system, user, assistant", 100}, {"ticket", "number", "88310", 100}, {"language", "text", "en", 97}, {"agent_notes", "text", "called back on Monday", 41}};
  out.sampledRows = 100;
  return out;
}

api::DataRowLines linesOf(const Json& params) {
  api::DataRowLines out;
  const int64_t from = intOr(params, "from", 0);
  for (int64_t i = 0; i < intOr(params, "limit", 100); ++i) {
    api::DataRowLine line;
    line.row = from + i;
    line.text = kAsked[static_cast<size_t>(line.row) % kAsked.size()];
    if (line.row == 7)
      line.problem = "support.jsonl:8:42: not valid JSON: a comma or a bracket is missing";
    out.rows.push_back(std::move(line));
  }
  return out;
}

api::DataRowView dataRowAt(const Json& params) {
  static const std::array<const char*, 47> words = {"<|im_start|>", "system", "\n", "You", " are", " polite", " and", " brief", ".", "<|im_end|>", "\n", "<|im_start|>", "user", "\n", "My", " parcel", " has", " been",
                                                    " on", " its", " way", " for", " two", " weeks", ".", "<|im_end|>", "\n", "<|im_start|>", "assistant", "\n", "I", "'m", " sorry", " about", " the", " wait", ".",
                                                    " Your", " parcel", " left", " Rott", "erdam", " on", " 12", " May", ".", "<|im_end|>"};
  api::DataRowView out;
  out.row = intOr(params, "row", 0);
  out.file = "support.jsonl";
  out.line = out.row + 1;
  out.column = 1;
  out.raw = R"({"messages": [{"role": "system", "content": "You are polite and brief."}]})";
  out.turns = {{"system", "You are polite and brief.", 0, false}, {"user", kAsked[static_cast<size_t>(out.row) % kAsked.size()], 0, false},
               {"assistant", "I'm sorry about the wait. Your parcel left Rotterdam on 12 May and is at the depot in your town. Shall I have it brought to you today?", 0, true}};
  out.templateName = "from the model";
  for (size_t i = 0; i < words.size(); ++i) {
    const bool special = words[i][0] == '<';
    out.chips.push_back({static_cast<int64_t>(100 + i), words[i], i >= 30 && i < 42, special, i >= 42, false});
  }
  out.tokens = static_cast<int64_t>(words.size());
  out.kept = 42;
  out.supervised = 12;
  out.pieces = 1;
  return out;
}

api::DataQuality qualityOf() {
  api::DataQuality out;
  api::LengthStatistics& s = out.lengths;
  s = {18402, 1, 5'140'233, 31, 244, 710, 1044, 6122, 279.3};
  for (int64_t i = 0; i <= 40; ++i)
    s.edges.push_back(i * 64);
  for (int64_t i = 0; i < 40; ++i)
    s.counts.push_back(i == 39 ? 212 : static_cast<int64_t>(2300 * std::exp(-0.5 * std::pow((static_cast<double>(i) - 3.5) / (i < 4 ? 1.6 : 4.4), 2)) + 30.0 * std::exp(-static_cast<double>(i) / 9)));
  s.suggestedMaxSeqLen = 1088;
  s.maxSeqLen = 2048;
  s.longRows = "truncate_right";
  s.longerRows = s.truncatedRows = 412;
  s.droppedTokens = 81'204;
  s.trainingRows = 18401;
  s.trainingTokens = 5'059'029;
  s.supervisedShare = 0.61;
  s.unsupervisedRows = 3;
  api::PackingReport& p = out.packing;
  p.strategy = "best_fit";
  p.rows = 18401;
  p.tokens = s.trainingTokens;
  p.steps = 1151;
  p.microbatches = 1163;
  p.fewestMicrobatches = 1160;
  p.capacity = 8192;
  p.fill = 0.986;
  for (int64_t bin = 0; bin < 6; ++bin) {
    api::PackedBin one;
    one.step = bin / 2;
    for (int64_t row = 0; one.tokens < 7000 + 180 * bin; ++row) {
      const int64_t tokens = 300 + (row * 977 + bin * 431) % 1500;
      if (one.tokens + tokens > 8192)
        break;
      one.rows.push_back({row * 6 + bin, tokens, tokens * (40 + (row * 13) % 50) / 100});
      one.tokens += tokens;
    }
    p.first.push_back(one);
  }
  out.seconds = 2.2;
  return out;
}

api::DuplicateReport duplicatesOf() {
  api::DuplicateReport out;
  out.rows = 18401;
  out.exactRows = 41;
  out.nearRows = 31;
  out.groupCount = 2;
  out.groups = {{true, 1, 3, {{4, "support.jsonl:5", kAsked[4]}, {912, "support.jsonl:913", kAsked[4]}, {7730, "support.jsonl:7731", kAsked[4]}}},
                {false, 0.86, 2, {{1, "support.jsonl:2", kAsked[1]}, {1203, "support.jsonl:1204", "Can I return boots that I have worn once?"}}}};
  return out;
}

Json dataWorkAnswer(const Json& params, const std::string& kind) {
  (void)params;
  api::DataWorkState out;
  out.state = "done";
  if (kind == "statistics")
    out.result = api::encode(qualityOf());
  else if (kind == "duplicates")
    out.result = api::encode(duplicatesOf());
  else if (kind == "rows")
    out.result = api::encode(api::BadDataRows{18402, 1, {{7, "support.jsonl", 8, 42, "not valid JSON: a comma or a bracket is missing"}}});
  else if (kind == "leakage")
    out.result = api::encode(api::LeakageReport{17482, 920, "split", 0.8, 0, 0, {}});
  else
    out.result = api::encode(api::CleanedCopy{"/data/support-clean.jsonl", 18330, 72});
  return api::encode(out);
}

} // namespace

std::optional<Json> answerData(const std::string& method, const Json& params) {
  static thread_local std::string kind; // of the last work
  if (method == api::method::kDataList)
    return api::encode(api::DatasetList{demoDatasets()});
  if (method == api::method::kDataAdd)
    return api::encode(datasetOf("support.jsonl", "jsonl", "openai", "messages", 18402, 4'011'000));
  if (method == api::method::kDataOpen)
    return api::encode(detailOf(pathOf(params)));
  if (method == api::method::kDataRows)
    return api::encode(linesOf(params));
  if (method == api::method::kDataRow)
    return api::encode(dataRowAt(params));
  if (method == api::method::kDataWork) {
    kind = stringOr(params, "kind", "");
    return Json{{"work", 1}};
  }
  if (method == api::method::kDataWorkState)
    return dataWorkAnswer(params, kind);
  if (method == api::method::kDataRemove || method == api::method::kDataWorkStop)
    return Json::object();
  return std::nullopt;
}

} // namespace lathe::fake
