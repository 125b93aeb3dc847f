// SPDX-License-Identifier: Apache-2.0
// Datasets on disk: JSON lines, a JSON array, CSV with a header row, plain text (each also gzipped), or pre-tokenized safetensors. Opening
// indexes the rows; a row is parsed when it is asked for. A bad row is a RowError with file:line:column and never stops the others.
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

enum class DatasetShape { Messages, Alpaca, Text, Tokens };
const char* datasetShapeName(DatasetShape shape); // "messages", "alpaca", "text", "tokens"

/// One entry of a specification's data.train.
struct DatasetEntry {
  std::string path;
  std::string format = "auto"; // auto, messages (or chat, sharegpt), alpaca, text, tokens
  Json columns = Json::object(); // role → column name where the names are unusual, e.g. {"instruction": "question", "output": "answer"}
};

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

/// Which column plays which part; empty where there is none.
struct Roles {
  std::string messages;                                // Messages: "messages" or "conversations"
  std::string instruction, input, output;              // Alpaca
  std::string system, tools, chosen;                   // optional in both
  std::string text;                                    // Text in JSON files; empty for plain text files
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
  /// Indexes all files, detects shape and roles from the first good rows. Refused (REJ:DATASET_…) when a file is empty, is
  /// UTF-16 or binary, or when no shape fits; NotFound when a file is missing.
  static std::shared_ptr<const Dataset> open(const std::vector<DatasetEntry>& entries, const DatasetOptions& options = {},
                                             const Progress& progress = {}, std::stop_token stop = {});
  virtual ~Dataset() = default;

  struct File {
    std::string path;
    DatasetShape shape;
    Roles roles;
    uint64_t rows;
    uint64_t bytes; // on disk
    uint64_t estimatedRows = 0; // all rows of the file: `rows`, or from its size where maxRows cut it
    bool whole() const { return estimatedRows == rows; }
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
  /// Parses every row and returns all bad ones (at most `limit` kept; `total` counts all).
  std::vector<RowError> errors(size_t limit = 1000, uint64_t* total = nullptr, std::stop_token stop = {}) const;
  /// XXH3 over the content of all files (streams them once), and over path-independent options.
  virtual std::string contentHash() const = 0;
  /// Refuses (REJ:DATASET_CHANGED) when a file's size or modification time is not what it was at open().
  virtual void checkUnchanged() const = 0;
};

} // namespace lathe::data
