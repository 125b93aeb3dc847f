// SPDX-License-Identifier: Apache-2.0
// The rows of one optimizer step with the loss of every token: what stands behind a point of the loss chart.
#pragma once

#include "core/api/codec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace lathe::api {

inline constexpr int64_t kBatchRows = 256;      // shown at most
inline constexpr int64_t kBatchTokens = 65'536; // of all rows that are shown

struct BatchRow {
  std::string name;                // "train.jsonl:718"
  int64_t row = 0;                 // of the tokenized data
  int64_t supervised = 0;          // tokens that were learned
  double loss = std::numeric_limits<double>::quiet_NaN(); // mean over them, nats
  bool truncated = false;          // the row was cut at data.max_seq_len
  std::vector<int64_t> ids;
  std::vector<std::string> texts;  // of each token; empty without a tokenizer
  std::vector<double> losses;      // −ln p of each token given those before it; −1: only read
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("name", s.name);
    field("row", s.row);
    field("supervised", s.supervised);
    field("loss", s.loss);
    field("truncated", s.truncated);
    field("ids", s.ids);
    field("texts", s.texts);
    field("losses", s.losses);
  }
};

struct StepBatch {
  int64_t step = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();     // over the supervised tokens of the rows that are shown
  double recorded = std::numeric_limits<double>::quiet_NaN(); // the step's loss in metrics.jsonl
  int64_t tokens = 0, supervised = 0;  // of the rows that are shown
  int64_t stepRows = 0;                // of the whole step; more than rows.size() where the list is cut
  int64_t weightsStep = 0;             // computed with the weights after this step; exactly those of the step are step − 1
  std::string weights;                 // checkpoint | result | base
  bool dropout = false;                // the run had dropout on, here it is off
  std::string device;
  std::vector<std::string> notes;      // one sentence each, for the person
  std::vector<BatchRow> rows;          // highest loss first
  bool exact() const { return weightsStep == step - 1; }
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("step", s.step);
    field("mean", s.mean);
    field("recorded", s.recorded);
    field("tokens", s.tokens);
    field("supervised", s.supervised);
    field("step_rows", s.stepRows);
    field("weights_step", s.weightsStep);
    field("weights", s.weights);
    field("dropout", s.dropout);
    field("device", s.device);
    field("notes", s.notes);
    field("rows", s.rows);
  }
};

/// Answer of runs/batch: how far the helper is, or what it found.
struct BatchAnswer {
  std::string state = "working"; // working | done | failed | stopped
  std::string what;              // while working: "Loading the model"
  double share = 0;              // 0 … 1 of that
  std::string error;             // one sentence when failed
  StepBatch batch;               // when done
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("state", s.state);
    field("what", s.what);
    field("share", s.share);
    field("error", s.error);
    field("batch", s.batch);
  }
};

} // namespace lathe::api
