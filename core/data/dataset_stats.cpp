// SPDX-License-Identifier: Apache-2.0
#include "core/data/tokenized_dataset.h"

#include <fmt/format.h>

namespace lathe::data {

Json DatasetStats::toJson() const {
  return {{"source_rows", sourceRows}, {"bad_rows", badRows}, {"rows", rows}, {"train_rows", trainRows}, {"validation_rows", validationRows}, {"tokens", tokens},
          {"supervised_tokens", supervisedTokens}, {"supervised_share", supervisedShare()}, {"zero_supervision", zeroSupervision}, {"truncated_rows", truncatedRows},
          {"dropped_tokens", droppedTokens}, {"longer_rows", longerRows}, {"split_sources", splitSources}, {"split_pieces", splitPieces}, {"dropped_pieces", droppedPieces},
          {"dropped_rows", droppedRows}, {"split_rows", splitRows}, {"duplicates", duplicates}, {"leakage", leakage}, {"shortest", shortest}, {"longest", longest},
          {"mean_length", meanLength}, {"length_histogram", lengthHistogram}, {"built_in_template", builtInTemplate}};
}

DatasetStats DatasetStats::fromJson(const Json& json) {
  DatasetStats out;
  const auto read = [&json](const char* key, uint64_t& into) { into = static_cast<uint64_t>(intOr(json, key, 0)); };
  read("source_rows", out.sourceRows);
  read("bad_rows", out.badRows);
  read("rows", out.rows);
  read("train_rows", out.trainRows);
  read("validation_rows", out.validationRows);
  read("tokens", out.tokens);
  read("supervised_tokens", out.supervisedTokens);
  read("zero_supervision", out.zeroSupervision);
  read("truncated_rows", out.truncatedRows);
  read("dropped_tokens", out.droppedTokens);
  read("longer_rows", out.longerRows);
  read("split_sources", out.splitSources);
  read("split_pieces", out.splitPieces);
  read("dropped_pieces", out.droppedPieces);
  read("dropped_rows", out.droppedRows);
  read("split_rows", out.splitRows);
  read("duplicates", out.duplicates);
  read("leakage", out.leakage);
  read("shortest", out.shortest);
  read("longest", out.longest);
  out.meanLength = doubleOr(json, "mean_length", 0);
  if (const Json* histogram = find(json, "length_histogram"); histogram && histogram->is_array() && histogram->size() == out.lengthHistogram.size())
    for (size_t i = 0; i < out.lengthHistogram.size(); ++i)
      out.lengthHistogram[i] = (*histogram)[i].get<uint64_t>();
  out.builtInTemplate = boolOr(json, "built_in_template", false);
  return out;
}

std::string DatasetStats::longRowsText() const {
  if (longerRows == 0)
    return {};
  std::string out = fmt::format("{} {} longer than the sequence length:", longerRows, longerRows == 1 ? "row is" : "rows are");
  const char* separator = " ";
  const auto add = [&](uint64_t count, std::string text) {
    if (count == 0)
      return;
    out += separator + std::move(text);
    separator = ", ";
  };
  add(truncatedRows, fmt::format("{} cut", truncatedRows));
  add(splitSources, fmt::format("{} split into {} pieces", splitSources, splitPieces));
  add(droppedPieces, fmt::format("{} pieces without anything to learn left out", droppedPieces));
  add(droppedRows, fmt::format("{} left out", droppedRows));
  return out + fmt::format("; {} tokens are lost.", droppedTokens);
}

} // namespace lathe::data
