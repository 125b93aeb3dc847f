// SPDX-License-Identifier: Apache-2.0
// What a file is by its name, and which files of a folder are its data.
#pragma once

#include "core/data/dataset.h"

namespace lathe::data {

inline constexpr size_t kFolderEntries = 100'000; // files and folders that are looked at
inline constexpr size_t kFolderDataFiles = 4'000; // opened at once
inline constexpr int kFolderDepth = 8;

enum class NameKind { Json, Csv, Tsv, Text, Document, Parquet, Safetensors, Other };
/// By the ending, without those of gzip and zstd ("a.csv.gz" is Csv). Document: Markdown and the like, which are read whole.
NameKind nameKind(const std::string& path);

struct FolderFiles {
  std::vector<std::string> data;    // JSON, tables, Parquet; with `tokens` safetensors; absolute or relative as the folder was given, sorted
  std::vector<std::string> texts;   // plain text and Markdown; only where there is no data
  std::vector<std::string> leftOut; // "test.jsonl: …"
};
/// Goes into folders (not through links to folders). What is for testing or validation by its name is left out, unless everything is. Hidden files, model and
/// tokenizer files and descriptions are not data. Refused: REJ:DATASET_FOLDER when there is nothing, or too much.
FolderFiles dataFilesIn(const std::string& folder, bool tokens);

} // namespace lathe::data
