// SPDX-License-Identifier: Apache-2.0
// What a dataset looks like as training rows: lengths, duplicates, leakage, packing. Plain values; JSON names are the first
// argument of visit(). Rows are numbered from 0 over all files in their order; `place` says where a person finds one.
#pragma once

#include "core/api/codec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace lathe::api {

/// Lengths in tokens of the rows before anything is cut, and what the sequence length does to them.
struct LengthStatistics {
  int64_t rows = 0;             // source rows that could be read
  int64_t badRows = 0;          // those that could not
  int64_t tokens = 0;           // before cutting
  int64_t shortest = 0, median = 0, p95 = 0, p99 = 0, longest = 0;
  double mean = 0;
  std::vector<int64_t> edges;   // of the histogram, bins + 1 of them, rising; bin i counts edges[i] ≤ length < edges[i+1]; the last bin holds every longer row
  std::vector<int64_t> counts;  // at most 64 bins
  int64_t suggestedMaxSeqLen = 0; // smallest multiple of 64 that keeps 99 % of the rows whole
  int64_t maxSeqLen = 0;
  std::string longRows;         // data.long_rows: auto | truncate_right | truncate_left | split | drop
  int64_t longerRows = 0;       // source rows longer than maxSeqLen
  int64_t truncatedRows = 0;    // of them: cut
  int64_t splitRows = 0;        // cut into pieces …
  int64_t splitPieces = 0;      // … so many, counting only those that are kept
  int64_t droppedPieces = 0;    // pieces without anything to learn, left out
  int64_t droppedRows = 0;      // left out whole because they are too long
  int64_t droppedTokens = 0;    // cut off or left out, in all of these ways
  int64_t trainingRows = 0;     // token rows that are trained or validated on
  int64_t trainingTokens = 0, supervisedTokens = 0;
  double supervisedShare = 0;   // of the tokens that are left
  int64_t unsupervisedRows = 0; // token rows without anything to learn; they are left out
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("rows", s.rows);
    field("bad_rows", s.badRows);
    field("tokens", s.tokens);
    field("shortest", s.shortest);
    field("median", s.median);
    field("p95", s.p95);
    field("p99", s.p99);
    field("longest", s.longest);
    field("mean", s.mean);
    field("edges", s.edges);
    field("counts", s.counts);
    field("suggested_max_seq_len", s.suggestedMaxSeqLen);
    field("max_seq_len", s.maxSeqLen);
    field("long_rows", s.longRows);
    field("longer_rows", s.longerRows);
    field("truncated_rows", s.truncatedRows);
    field("split_rows", s.splitRows);
    field("split_pieces", s.splitPieces);
    field("dropped_pieces", s.droppedPieces);
    field("dropped_rows", s.droppedRows);
    field("dropped_tokens", s.droppedTokens);
    field("training_rows", s.trainingRows);
    field("training_tokens", s.trainingTokens);
    field("supervised_tokens", s.supervisedTokens);
    field("supervised_share", s.supervisedShare);
    field("unsupervised_rows", s.unsupervisedRows);
  }
};

/// A row of a report.
struct RowPlace {
  int64_t row = 0;    // from 0, over all files
  std::string place;  // "train.jsonl:718"
  std::string text;   // its beginning, one line of at most 120 characters; filled for the rows that a report shows
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("row", s.row);
    field("place", s.place);
    field("text", s.text);
  }
};

/// Rows that say the same; the first is the one that `lathe data dedupe` keeps.
struct DuplicateGroup {
  bool exact = false;      // all of them are equal after normalisation
  double similarity = 1;   // lowest verified Jaccard similarity of a row with the row that brought it into the group
  int64_t size = 0;        // rows in the group
  std::vector<RowPlace> rows; // the first 20
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("exact", s.exact);
    field("similarity", s.similarity);
    field("size", s.size);
    field("rows", s.rows);
  }
};

struct DuplicateReport {
  int64_t rows = 0;            // compared
  int64_t unreadable = 0;      // bad rows, left out
  double threshold = 0.8;      // of near duplicates: Jaccard similarity of their word shingles
  bool nearChecked = true;
  int64_t exactRows = 0;       // rows that could go because an equal one stands before them
  int64_t nearRows = 0;        // further rows that could go because a similar one stands before them
  int64_t groupCount = 0;
  std::vector<DuplicateGroup> groups; // the first 200, largest first
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("rows", s.rows);
    field("unreadable", s.unreadable);
    field("threshold", s.threshold);
    field("near_checked", s.nearChecked);
    field("exact_rows", s.exactRows);
    field("near_rows", s.nearRows);
    field("group_count", s.groupCount);
    field("groups", s.groups);
  }
};

/// A validation row that training has (nearly) seen.
struct LeakagePair {
  RowPlace validation, train;
  bool exact = false;
  double similarity = 1;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("validation", s.validation);
    field("train", s.train);
    field("exact", s.exact);
    field("similarity", s.similarity);
  }
};

struct LeakageReport {
  int64_t trainRows = 0, validationRows = 0;
  std::string between;      // "files": a validation file of its own; "split"; empty: there is no validation
  double threshold = 0.8;
  int64_t exactRows = 0;    // validation rows with an equal training row
  int64_t nearRows = 0;     // further ones with a similar training row
  std::vector<LeakagePair> pairs; // the first 200, most similar first
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("train_rows", s.trainRows);
    field("validation_rows", s.validationRows);
    field("between", s.between);
    field("threshold", s.threshold);
    field("exact_rows", s.exactRows);
    field("near_rows", s.nearRows);
    field("pairs", s.pairs);
  }
};

/// A row inside a microbatch.
struct PackedRow {
  int64_t row = 0;        // source row, from 0
  int64_t tokens = 0, supervised = 0;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("row", s.row);
    field("tokens", s.tokens);
    field("supervised", s.supervised);
  }
};

/// A microbatch: its rows one after another, without padding and without seeing each other.
struct PackedBin {
  int64_t step = 0;       // optimizer step of the first epoch, from 0
  int64_t tokens = 0;
  std::vector<PackedRow> rows;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("step", s.step);
    field("tokens", s.tokens);
    field("rows", s.rows);
  }
};

/// How one epoch is packed.
struct PackingReport {
  std::string strategy;        // best_fit | first_fit | in_order: what "auto" became
  int64_t rows = 0, tokens = 0;
  int64_t steps = 0;           // optimizer steps
  int64_t microbatches = 0;
  int64_t fewestMicrobatches = 0; // lower bound: no way to pack these steps needs fewer
  int64_t capacity = 0;        // training.tokens_per_microbatch
  double fill = 0;             // tokens / (microbatches × capacity); a longer row counts with its own length as capacity
  double bestFill = 0;         // the same for fewestMicrobatches: what the step size allows at most
  int64_t measuredSteps = 0;   // steps that were packed for these numbers (all, or an even sample of a long epoch)
  std::vector<PackedBin> first; // the first microbatches
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("strategy", s.strategy);
    field("rows", s.rows);
    field("tokens", s.tokens);
    field("steps", s.steps);
    field("microbatches", s.microbatches);
    field("fewest_microbatches", s.fewestMicrobatches);
    field("capacity", s.capacity);
    field("fill", s.fill);
    field("best_fill", s.bestFill);
    field("measured_steps", s.measuredSteps);
    field("first", s.first);
  }
};

/// Everything together: what the quality report of a specification's data shows.
struct DataQuality {
  LengthStatistics lengths;
  DuplicateReport duplicates;
  LeakageReport leakage;
  PackingReport packing;
  std::vector<std::string> problems; // bad rows as "train.jsonl:718:42: …" (the first 20), and why a part could not be made
  double seconds = 0;                // that it took
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("lengths", s.lengths);
    field("duplicates", s.duplicates);
    field("leakage", s.leakage);
    field("packing", s.packing);
    field("problems", s.problems);
    field("seconds", s.seconds);
  }
};

} // namespace lathe::api
