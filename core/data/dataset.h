// SPDX-License-Identifier: Apache-2.0
// Datasets on disk: JSON lines, a JSON array, CSV or TSV with a header row, plain text (each also packed by gzip or zstd), Parquet, pre-tokenized
// safetensors, and folders of these. Opening indexes the rows; a row is parsed when it is asked for. A bad row is a RowError with
// file:line:column and never stops the others.
#pragma once

#include "core/base/error.h"
#include "core/base/json.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace lathe::data {

/// What a row becomes. How it was written is RowLayout.
enum class DatasetShape { Messages, Alpaca, Text, Tokens };
const char* datasetShapeName(DatasetShape shape); // "messages", "alpaca", "text", "tokens"

/// How the rows of a file are written; several of these become the same shape.
enum class RowLayout {
  OpenAi,           // messages with role and content: Messages
  ShareGpt,         // conversations with from and value: Messages
  PromptCompletion, // one text (or list of messages) answered by another, under whatever names: Alpaca (or Messages, only the answer is learned)
  Alpaca,           // instruction, input, output, perhaps history: Alpaca
  Preference,       // chosen and rejected answers, with or without a prompt: Messages, or Alpaca where all are texts; only the chosen answer is learned
  Text,             // raw text: Text
  TokenRows,        // input_ids and perhaps labels, one row each: Tokens
  TokenFile,        // the same as tensors of a safetensors file: Tokens
};
const char* rowLayoutName(RowLayout layout); // "openai", "sharegpt", "prompt-completion", "alpaca", "preference", "text", "token-rows", "token-file"
/// One plain sentence: what of such a row is learned ("The assistant's messages are learned.", …).
const char* supervisedText(RowLayout layout);

enum class FileFormat { JsonLines, JsonArray, Csv, Tsv, PlainText, TextFolder, Parquet, Safetensors };
const char* fileFormatName(FileFormat format); // "jsonl", "json", "csv", "tsv", "text", "text-folder", "parquet", "safetensors"
enum class Packed { None, Gzip, Zstd };
const char* packedName(Packed packed); // "none", "gzip", "zstd"

/// One entry of a specification's data.train: a file, or a folder of data files.
struct DatasetEntry {
  std::string path;
  /// auto; a shape: messages (or chat, openai, sharegpt), alpaca (or prompt-completion), preference, text, tokens; or how a plain text file is
  /// cut into rows: lines, paragraphs (by blank lines), document (the whole file).
  std::string format = "auto";
  Json columns = Json::object(); // role → column name where the names are unusual, e.g. {"instruction": "question", "output": "answer"}; see roleKeys()
};
/// All names that DatasetEntry::format takes, "auto" first.
const std::vector<std::string>& datasetFormatNames();

struct RowError {
  std::string file;
  uint64_t line = 0;   // from 1
  uint64_t column = 0; // from 1
  std::string message;
  std::string text() const; // "train.jsonl:718:42: …"
};

/// Thrown by Dataset::row() and sample(); error().code is "ROW".
class RowException : public Exception {
public:
  explicit RowException(RowError row);
  const RowError& row() const { return m_row; }

private:
  RowError m_row;
};

/// Which column plays which part; empty where there is none. A column inside an object is written with dots ("meta.prompt").
struct Roles {
  std::string messages;                   // Messages: list of messages. Preference: the prompt, a list or a text; empty where chosen holds the whole conversation
  std::string instruction, input, output; // Alpaca
  std::string history;                    // Alpaca: [[user, assistant], …] before the instruction
  std::string system, tools;              // optional in both
  std::string chosen, rejected;           // the answer that is learned, and the one that is not; also the completion of a prompt that is a list
  std::string text;                       // Text in JSON files and tables; empty for plain text files
  std::string verdict;                    // Alpaca: true or false, whether the answer is wanted; rows that say false are not learned
  std::string ids, labels;                // Tokens in rows: lists of numbers; labels may also be a mask of 0 and 1
};
/// {"messages": "conversations", …}: the roles that are set, by their keys in DatasetEntry::columns.
Json rolesJson(const Roles& roles);

/// A part that a column can play in a shape, for choosing columns by hand.
struct RoleKey {
  const char* key; // in DatasetEntry::columns
  bool needed;     // without it the shape makes no sense
};
/// The parts of a shape, needed ones first. For Messages `messages` or `chosen` is needed. An empty name in DatasetEntry::columns leaves a part out.
std::vector<RoleKey> roleKeys(DatasetShape shape);

/// A column as the first rows show it.
struct Column {
  std::string name;    // as Roles has it; columns inside objects follow theirs, with dots
  std::string kind;    // "text", "messages", "tokens", "list", "object", "number", "true or false", "null", or "mixed"
  std::string example; // the first value that is not null, as one line of at most 120 characters
  uint64_t rows = 0;   // how many of the rows looked at have it and it is not null
};

/// One row in its canonical form.
struct Sample {
  DatasetShape shape = DatasetShape::Messages;
  Json messages;               // Messages, Alpaca: [{"role","content",…}], contents flattened to strings where they are text parts
  std::vector<bool> train;     // per message: false where the row switches it off (loss_weight 0, weight 0, train false)
  Json tools;                  // null when there are none
  std::string text;            // Text
  std::vector<int32_t> ids;    // Tokens
  std::vector<int32_t> labels; // Tokens: −100 = not supervised
};

using Progress = std::function<void(double share)>; // 0…1, called at most some hundred times

struct DatasetOptions {
  uint64_t maxRows = UINT64_MAX; // preview: stop indexing after so many rows per file
};

class Dataset {
public:
  /// Indexes all files, detects shape and roles from the first rows. Refused (REJ:DATASET_…, REJ:CSV_HEADER, REJ:GZIP, REJ:ZSTD, REJ:PARQUET, …) when a file
  /// is empty, UTF-16 or binary, when no shape fits or a named column is missing; NotFound when a file is missing.
  static std::shared_ptr<const Dataset> open(const std::vector<DatasetEntry>& entries, const DatasetOptions& options = {},
                                             const Progress& progress = {}, std::stop_token stop = {});
  virtual ~Dataset() = default;

  struct File {
    std::string path; // a folder where format is TextFolder
    DatasetShape shape;
    Roles roles;
    uint64_t rows;
    uint64_t bytes; // on disk
    uint64_t estimatedRows = 0; // all rows of the file: `rows`, or from its size where maxRows cut it
    bool whole() const { return estimatedRows == rows; }
    RowLayout layout = RowLayout::Text;
    FileFormat format = FileFormat::PlainText;
    Packed packed = Packed::None;
    std::vector<Column> columns; // in the first rows; empty for plain text and safetensors
    std::string member;          // JSON object with the rows in one of its arrays: the array's name
    std::string textRows;        // plain text: "lines", "paragraphs" or "document"; else empty
    size_t entry = 0;            // index of its DatasetEntry
    uint64_t sampledRows = 0;    // how many rows `columns` was made from
  };
  virtual const std::vector<File>& files() const = 0;
  DatasetShape shape() const { return files().front().shape; }
  const Roles& roles() const { return files().front().roles; }
  virtual uint64_t rows() const = 0;
  /// Where row i begins.
  virtual RowError place(uint64_t row) const = 0;
  /// The row as it stands in the file (Text: a string; Tokens: {"input_ids", "labels"}). Throws RowException.
  virtual Json row(uint64_t row) const = 0;
  /// The row in canonical form. Throws RowException. Thread safe, as row() is.
  virtual Sample sample(uint64_t row) const = 0;
  /// Files of a folder that were not taken, with the reason ("test.jsonl: by its name it is for testing, not for training").
  virtual const std::vector<std::string>& leftOut() const = 0;

  /// What parsing rows shows. Rows are counted per file in the order of files().
  struct Check {
    std::vector<uint64_t> checked, bad;
    std::vector<RowError> errors; // the first `limit` in row order
    uint64_t totalBad() const;
  };
  /// Parses the first `maxRows` rows of every file with `threads` threads (0: as many as there are processors). Cancelled when stopped.
  Check check(size_t limit = 1000, uint64_t maxRows = UINT64_MAX, unsigned threads = 0, const Progress& progress = {}, std::stop_token stop = {}) const;
  /// Parses every row and returns all bad ones (at most `limit` kept; `total` counts all).
  std::vector<RowError> errors(size_t limit = 1000, uint64_t* total = nullptr, std::stop_token stop = {}) const;
  /// XXH3 over the content of all files (streams them once), and over path-independent options.
  virtual std::string contentHash() const = 0;
  /// Refuses (REJ:DATASET_CHANGED) when a file's size or modification time is not what it was at open().
  virtual void checkUnchanged() const = 0;
};

} // namespace lathe::data
