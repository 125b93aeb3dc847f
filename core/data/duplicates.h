// SPDX-License-Identifier: Apache-2.0
// Rows that say the same, exactly or nearly.
//
// Exact: equal text after normalisation (Unicode NFC, every run of white space one space, roles and tools included), by a 128-bit hash.
// Near: Jaccard similarity of the sets of `shingleWords` consecutive words (lower case, punctuation dropped; every character of a script
// written without spaces is a word) of at least `threshold`. Candidates come from MinHash signatures cut into bands (Broder 1997; Leskovec,
// Rajaraman, Ullman, Mining of Massive Datasets, chapter 3), and every pair that is reported was compared word by word. The bands are chosen so
// that a pair at the threshold is missed with a probability below 1 %; the seed is fixed, so a dataset always gives the same answer.
// Memory: about 200 bytes a row, apart from the dataset's own index.
#pragma once

#include "core/api/data_quality_values.h"
#include "core/data/dataset.h"

#include <span>

namespace lathe::data {

struct DuplicateOptions {
  bool near = true;
  double threshold = 0.8;    // 0.5…1; Usage outside
  uint64_t shingleWords = 5; // texts with fewer words are one shingle
};

/// Rows that belong together, as indices into the list of rows that was compared; the first is the one to keep.
struct RowGroup {
  std::vector<uint64_t> rows;          // rising
  std::vector<float> similarity;       // of each row with the row that brought it here; 1 for exact ones and for the first
  bool exact = false;                  // all are equal
};

struct Duplicates {
  uint64_t rows = 0, unreadable = 0;
  uint64_t exactRows = 0, nearRows = 0; // rows that could go
  std::vector<RowGroup> groups;         // two rows or more each, in the order of their first row
  std::vector<uint64_t> removable() const; // rising
};

/// Compares all rows of a dataset. Bad rows are left out and counted.
Duplicates findDuplicates(const Dataset& dataset, const DuplicateOptions& options, const Progress& progress = {}, std::stop_token stop = {});

/// For people: places and beginnings of the first rows of the largest groups.
api::DuplicateReport duplicateReport(const Dataset& dataset, const Duplicates& found, const DuplicateOptions& options);

/// One side of a comparison: rows of a dataset.
struct RowSet {
  std::shared_ptr<const Dataset> dataset;
  std::vector<uint64_t> rows;
  static RowSet whole(std::shared_ptr<const Dataset> dataset);
};

/// Validation rows that are also (nearly) in training. `between`: "files" or "split".
api::LeakageReport findLeakage(const RowSet& train, const RowSet& validation, const std::string& between, const DuplicateOptions& options,
                               const Progress& progress = {}, std::stop_token stop = {});

/// Writes the rows that are not in `removed` (rising) to `out`. JSON lines, CSV, TSV and plain text that are not compressed are copied byte by byte where
/// `out` ends like the one file; otherwise `out` ends in .jsonl or .json, and rows that cannot be read are left out. The copy is read again and compared
/// row by row before it gets its name; the originals are not touched. Returns the rows written. Refused: REJ:DATASET_CHANGED; Usage for an `out` that is
/// one of the files or ends otherwise, for files with different columns, and where no row would be left.
uint64_t writeWithout(const Dataset& dataset, std::span<const uint64_t> removed, const std::string& out, const Progress& progress = {}, std::stop_token stop = {});

} // namespace lathe::data
