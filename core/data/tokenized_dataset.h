// SPDX-License-Identifier: Apache-2.0
// A dataset as token ids with their loss mask: built once, kept in a cache file that is memory-mapped, split into training and
// validation rows.
#pragma once

#include "core/data/dataset.h"

#include <array>
#include <span>

namespace lathe::text {
class ChatTemplate;
class Tokenizer;
} // namespace lathe::text

namespace lathe::data {

inline constexpr int32_t kIgnoredLabel = -100;

enum class TrainOn {
  Assistant,  // every assistant turn
  All,        // every token
  Completion, // only the last assistant turn
};
/// "assistant", "all", "completion"; refused (REJ:SPEC) otherwise.
TrainOn trainOnFromName(const std::string& name);
const char* trainOnName(TrainOn value);

/// What happens to a row of more than maxSeqLen tokens.
enum class LongRows {
  Auto,          // plain text: Split; everything else: TruncateRight
  TruncateRight, // the beginning is kept
  TruncateLeft,  // the end is kept
  Split,         // pieces of maxSeqLen tokens; those without anything to learn are left out
  Drop,          // the row is left out
};
/// "auto", "truncate_right", "truncate_left", "split", "drop"; refused (REJ:SPEC) otherwise.
LongRows longRowsFromName(const std::string& name);
const char* longRowsName(LongRows value);

/// Validation rows: at most one of the three is set; none means no validation.
struct ValidationSplit {
  double fraction = 0;
  uint64_t count = 0;
  std::vector<DatasetEntry> files;
};

struct TokenizeOptions {
  TrainOn trainOn = TrainOn::Assistant;
  uint64_t maxSeqLen = 2048;
  LongRows longRows = LongRows::Auto;
  std::shared_ptr<const text::ChatTemplate> chatTemplate; // null: the built-in ChatML
  Json variables = Json::object();                        // bos_token, eos_token, … for the template and for plain text
  std::string nowIso = "2026-01-01T00:00:00";             // a fixed clock keeps the cache valid
  ValidationSplit validation;
  uint64_t seed = 1;
  std::string cacheFolder;   // empty: an anonymous temporary file, nothing is kept
  uint64_t maxRows = UINT64_MAX; // preview
};

/// One row before it goes into the cache.
struct TokenizedRow {
  std::vector<int32_t> ids;
  std::vector<uint8_t> supervised; // per token: 1 = the model is trained to emit this token
  std::vector<int32_t> labels;     // ids where supervised, else −100 (pre-tokenized files may carry other labels)
  bool truncated = false;
  uint64_t droppedTokens = 0;      // cut off, at the end or (truncate_left) at the beginning
};

/// What one sample became, and what was lost.
struct TokenizedSample {
  std::vector<TokenizedRow> rows; // usually one; several pieces, or none when it was left out
  uint64_t tokens = 0;            // before anything was cut
  uint64_t pieces = 0;            // cut into so many; 0: not split
  uint64_t droppedPieces = 0;     // of them left out, because they teach nothing
  bool dropped = false;           // left out whole, because it is too long
  uint64_t droppedTokens = 0;     // in all these ways
};

/// Tokenizes one sample as `options` says, long rows included.
TokenizedSample tokenizeWhole(const Sample& sample, const text::Tokenizer* tokenizer, const TokenizeOptions& options);
/// Its rows alone.
std::vector<TokenizedRow> tokenizeSample(const Sample& sample, const text::Tokenizer* tokenizer, const TokenizeOptions& options);

/// Prompt of a conversation [{"role", "content"}, …] with the assistant's turn opened, tokenized exactly as training rows are:
/// special-token text that a person typed stays text. Only `chatTemplate` and `variables` of the options count; the clock is now.
std::vector<int32_t> tokenizePrompt(const Json& messages, const text::Tokenizer& tokenizer, const TokenizeOptions& options);

/// One row as mapped from the cache; valid as long as the dataset lives.
struct RowView {
  std::span<const int32_t> ids;
  std::span<const int32_t> labels; // −100 = not supervised; labels[t] belongs to ids[t], unshifted
  uint64_t source = 0;             // row of the Dataset (validation files: of theirs)
  bool truncated = false;
};

struct DatasetStats {
  uint64_t sourceRows = 0;       // rows in the files
  uint64_t badRows = 0;          // skipped with a RowError
  uint64_t rows = 0;             // tokenized rows
  uint64_t trainRows = 0, validationRows = 0; // of them, those that can be trained on
  uint64_t tokens = 0, supervisedTokens = 0;
  uint64_t zeroSupervision = 0;  // rows that teach nothing; they are left out of training
  uint64_t longerRows = 0;       // source rows of more than maxSeqLen tokens; each was truncated, split or dropped:
  uint64_t truncatedRows = 0;
  uint64_t splitSources = 0, splitPieces = 0, droppedPieces = 0; // split, into so many kept pieces; pieces left out that teach nothing
  uint64_t droppedRows = 0;
  uint64_t droppedTokens = 0;    // lost in any of these ways
  uint64_t splitRows = 0;        // extra rows made by splitting
  uint64_t duplicates = 0;       // rows equal to an earlier row
  uint64_t leakage = 0;          // validation rows (from their own files) that also are training rows
  uint64_t shortest = 0, longest = 0;
  double meanLength = 0;
  std::array<uint64_t, 33> lengthHistogram{}; // [i] counts lengths in [2^i, 2^(i+1))
  bool builtInTemplate = false;  // no chat template was given and one was needed: ChatML is used
  double supervisedShare() const { return tokens ? static_cast<double>(supervisedTokens) / static_cast<double>(tokens) : 0; }
  /// One sentence on what happened to the rows that are too long; empty when there are none.
  std::string longRowsText() const;
  Json toJson() const;
  static DatasetStats fromJson(const Json& json);
};

class TokenizedDataset {
public:
  /// From the cache when the key fits, else tokenizes everything. Refused: REJ:DATASET_ALL_MASKED (with counts) when no row has a
  /// supervised token, REJ:DATASET_NO_ROWS when every row is bad, REJ:DATASET_SPLIT when the split leaves no training row.
  /// `tokenizer` may be null when all entries are pre-tokenized.
  static std::shared_ptr<const TokenizedDataset> build(std::shared_ptr<const Dataset> dataset, const text::Tokenizer* tokenizer,
                                                       const TokenizeOptions& options, const Progress& progress = {},
                                                       std::stop_token stop = {});
  virtual ~TokenizedDataset() = default;

  virtual uint64_t rows() const = 0;
  virtual RowView row(uint64_t index) const = 0;
  /// Indices into rows(): what is trained on, what is validated on; both in file order, without rows that teach nothing.
  virtual std::span<const uint64_t> trainRows() const = 0;
  virtual std::span<const uint64_t> validationRows() const = 0;
  /// Tokens of every readable source row before anything was cut, in order; rows of validation files follow those of the dataset.
  virtual std::span<const uint32_t> sourceLengths() const { return {}; }
  virtual const DatasetStats& stats() const = 0;
  virtual const std::vector<RowError>& errors() const = 0; // the first 1,000
  /// Names content, template, tokenizer and options: equal fingerprints give equal rows in equal order.
  virtual const std::string& fingerprint() const = 0;
  virtual bool fromCache() const = 0;
};

} // namespace lathe::data
