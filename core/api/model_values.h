// SPDX-License-Identifier: Apache-2.0
// What the Models page shows of one model: its tensors and their statistics, what tokenizer and template make of a text, models found on this
// computer, and work on model files that takes a while.
#pragma once

#include "core/api/values.h"

namespace lathe::api {

/// A tensor as the file has it.
struct TensorRow {
  std::string name, type;      // "BF16", "Q4_K"
  std::vector<int64_t> shape;  // outermost first
  int64_t bytes = 0;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("name", s.name);
    field("type", s.type);
    field("shape", s.shape);
    field("bytes", s.bytes);
  }
};

struct TensorRows {
  std::vector<TensorRow> tensors;
  int64_t total = 0; // in the model
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("tensors", s.tensors);
    field("total", s.total);
  }
};

/// Of all values of one tensor; packed ones are unpacked first. Extremes, mean and deviation are of the finite values.
struct TensorStatistics {
  std::string name, of;       // `of`: what was measured where that is not the tensor itself: "model.layers.0.mlp.up_proj.weight, unpacked"
  int64_t values = 0, zeros = 0, nans = 0, infinities = 0;
  double min = kNaN, max = kNaN, mean = kNaN, deviation = kNaN; // deviation: square root of the mean squared distance from the mean
  double low = 0, high = 0;   // edges of the histogram
  std::vector<int64_t> bins;  // equally wide, from low to high; the last one holds `high`
  int64_t below = 0, above = 0; // finite values outside the edges
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("name", s.name);
    field("of", s.of);
    field("values", s.values);
    field("zeros", s.zeros);
    field("nans", s.nans);
    field("infinities", s.infinities);
    field("min", s.min);
    field("max", s.max);
    field("mean", s.mean);
    field("deviation", s.deviation);
    field("low", s.low);
    field("high", s.high);
    field("bins", s.bins);
    field("below", s.below);
    field("above", s.above);
  }
};

struct TokenizerTrial {
  std::vector<TokenChip> chips; // the first 2,000
  int64_t tokens = 0;
  int64_t bytes = 0;            // of the text
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("chips", s.chips);
    field("tokens", s.tokens);
    field("bytes", s.bytes);
  }
};

/// What a chat template makes of a conversation: the text, or what is wrong.
struct TemplateTrial {
  std::string text;     // at most 256 KiB of it
  int64_t tokens = -1;  // −1: there is no tokenizer
  std::string error, errorKind; // errorKind: raised | undefined | syntax | limit; empty: none
  std::string source;   // "from the model", "built-in ChatML"
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("text", s.text);
    field("tokens", s.tokens);
    field("error", s.error);
    field("kind", s.errorKind);
    field("source", s.source);
  }
};

/// A text file of a model: its licence, its template.
struct ModelText {
  std::string file, text;
  bool cut = false; // longer than what is here
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("file", s.file);
    field("text", s.text);
    field("cut", s.cut);
  }
};

/// A model in a folder that another program keeps.
struct FoundModel {
  std::string place;  // huggingface | lmstudio | ollama | llamacpp
  std::string path, name;
  std::string kind;   // base | adapter
  std::string architecture;
  int64_t bytes = 0;
  bool supported = true, known = false; // known: in the list already
  std::string problem; // one sentence where it is not supported
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("place", s.place);
    field("path", s.path);
    field("name", s.name);
    field("kind", s.kind);
    field("architecture", s.architecture);
    field("bytes", s.bytes);
    field("supported", s.supported);
    field("known", s.known);
    field("problem", s.problem);
  }
};

struct ModelScan {
  std::vector<FoundModel> found;      // in the order of the places
  std::vector<std::string> places;    // folders that were looked at
  std::vector<std::string> problems;  // folders that could not be read
  int64_t entries = 0;                // files and folders seen
  bool complete = true;               // false: stopped, or one of the limits was met
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("found", s.found);
    field("places", s.places);
    field("problems", s.problems);
    field("entries", s.entries);
    field("complete", s.complete);
  }
};

/// Answer of models/work/state.
struct ModelWorkState {
  std::string state = "working"; // working | done | failed | stopped
  std::string what;              // what it does now, in English
  double share = kNaN;           // 0 … 1; NaN: unknown
  std::string error;             // one sentence when failed
  Json result;                   // by kind: TensorStatistics, ModelScan, {out, notes:[string]}; of a scan also while it works
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("state", s.state);
    field("what", s.what);
    field("share", s.share);
    field("error", s.error);
    field("result", s.result);
  }
};

} // namespace lathe::api
