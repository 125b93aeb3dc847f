// SPDX-License-Identifier: Apache-2.0
// Read models and events: what the engine tells and the window shows. Plain values; JSON names are the first argument of visit().
#pragma once

#include "core/api/chat_values.h"
#include "core/api/codec.h"
#include "core/api/run_alerts.h"
#include "core/api/run_state.h"

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lathe::api {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// One optimizer step: a line of metrics.jsonl (names fixed by cli.md). NaN loss is shown as NaN (null on the wire).
struct MetricRow {
  int64_t step = 0;         // 1-based
  double loss = kNaN;       // mean over supervised tokens of the step, nats
  int64_t tokens = 0;       // in this step
  int64_t supervisedTokens = 0;
  double lr = 0;
  double gradNorm = kNaN;   // before clipping
  double tokensPerS = 0;
  double stepMs = 0;
  int64_t memoryAllocated = 0; // bytes
  int64_t memoryReserved = 0;  // bytes
  double epoch = 0;
  double time = 0;          // seconds of training time since step 1, pauses excluded
  std::optional<double> evalLoss;
  std::string samples;      // hash chain over the sample indices seen so far
  bool skipped = false;     // non-finite gradient: weights were not touched
  std::optional<std::map<std::string, int64_t>> memoryByCategory; // bytes, names of docs/memory.md; absent where only the sum is known
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("step", s.step);
    field("loss", s.loss);
    field("tokens", s.tokens);
    field("supervised_tokens", s.supervisedTokens);
    field("lr", s.lr);
    field("grad_norm", s.gradNorm);
    field("tokens_per_s", s.tokensPerS);
    field("step_ms", s.stepMs);
    field("memory_allocated", s.memoryAllocated);
    field("memory_reserved", s.memoryReserved);
    field("epoch", s.epoch);
    field("time", s.time);
    field("eval_loss", s.evalLoss);
    field("samples", s.samples);
    field("skipped", s.skipped);
    field("memory_by_category", s.memoryByCategory);
  }
};

/// A mark on a run's axis: a line of events.jsonl.
struct RunEvent {
  double time = 0;   // seconds since 1970
  int64_t step = 0;
  std::string type;  // state | saved | evaluated | sample | warning | error | lr_changed | resumed | skipped
  std::string text;  // one sentence
  Json data;         // details by type
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("time", s.time);
    field("step", s.step);
    field("type", s.type);
    field("text", s.text);
    field("data", s.data);
  }
};

/// A row of the Runs page.
struct RunSummary {
  std::string id, name;
  RunState state = RunState::Queued;
  std::string method;   // "LoRA r16"
  std::string model;    // folder name
  std::string modelPath;
  std::string data;     // file names
  int64_t step = 0, totalSteps = 0;
  double loss = kNaN, evalLoss = kNaN;
  double tokensPerS = 0;
  double secondsLeft = kNaN;
  int64_t peakMemory = 0;
  double created = 0, ended = 0; // seconds since 1970; 0 = not yet
  std::string folder;   // absolute
  std::string device = "auto"; // as asked for: auto | cpu | cuda | cuda:N
  std::string error;    // one sentence when failed
  bool deleted = false; // in the bin: restorable
  bool hasResult = false; // adapter/ or model/ exists
  std::vector<double> spark; // ≤ 64 smoothed losses
  std::vector<std::string> tags; // sorted; rules in core/api/run_tags.h
  int64_t diskBytes = -1;    // of its folder; −1: not counted yet
  std::vector<RunAlert> alerts; // newest last
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("id", s.id);
    field("name", s.name);
    field("state", s.state);
    field("method", s.method);
    field("model", s.model);
    field("model_path", s.modelPath);
    field("data", s.data);
    field("step", s.step);
    field("total_steps", s.totalSteps);
    field("loss", s.loss);
    field("eval_loss", s.evalLoss);
    field("tokens_per_s", s.tokensPerS);
    field("seconds_left", s.secondsLeft);
    field("peak_memory", s.peakMemory);
    field("created", s.created);
    field("ended", s.ended);
    field("folder", s.folder);
    field("device", s.device);
    field("error", s.error);
    field("deleted", s.deleted);
    field("has_result", s.hasResult);
    field("spark", s.spark);
    field("tags", s.tags);
    field("disk_bytes", s.diskBytes);
    field("alerts", s.alerts);
  }
};

/// A model the person can choose: a folder added, found beside runs, or bundled.
struct ModelSummary {
  std::string path, name, architecture;
  std::string kind;   // base | adapter | merged
  std::string base;   // adapters and what was made from a model: path of that model, or the name by which it is called where it is not known here
  std::string origin; // bundled | added | run
  std::string how;    // what was made here by converting or merging: in a word or two
  int64_t parameters = 0, bytes = 0, layers = 0, hiddenSize = 0, context = 0, vocab = 0;
  std::string dtype;
  bool bundled = false, supported = true, hasTemplate = false;
  bool missing = false; // nothing is at its path
  std::vector<std::string> problems;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("origin", s.origin);
    field("how", s.how);
    field("missing", s.missing);
    field("path", s.path);
    field("name", s.name);
    field("architecture", s.architecture);
    field("kind", s.kind);
    field("base", s.base);
    field("parameters", s.parameters);
    field("bytes", s.bytes);
    field("layers", s.layers);
    field("hidden_size", s.hiddenSize);
    field("context", s.context);
    field("vocab", s.vocab);
    field("dtype", s.dtype);
    field("bundled", s.bundled);
    field("supported", s.supported);
    field("has_template", s.hasTemplate);
    field("problems", s.problems);
  }
};

/// One token of a row preview.
struct TokenChip {
  int64_t id = 0;
  std::string text;        // display text
  bool supervised = false;
  bool special = false;
  bool cut = false;        // a run does not see it: beyond the sequence length
  bool begins = false;     // the first of a token row, where a row becomes several
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("id", s.id);
    field("text", s.text);
    field("supervised", s.supervised);
    field("special", s.special);
    field("cut", s.cut);
    field("begins", s.begins);
  }
};

struct PreviewRow {
  int64_t row = 0;
  int64_t tokens = 0, supervised = 0;
  bool truncated = false;
  std::string error; // "train.jsonl:718:42: …" when the row is unreadable
  std::vector<TokenChip> chips; // at most 400
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("row", s.row);
    field("tokens", s.tokens);
    field("supervised", s.supervised);
    field("truncated", s.truncated);
    field("error", s.error);
    field("chips", s.chips);
  }
};

/// What a data section of a specification means for its model: answered by data/preview.
struct DataPreview {
  std::string shape;         // messages | alpaca | text | tokens
  std::string templateName;  // "from the model", "built-in ChatML", file
  int64_t rows = 0, validationRows = 0, badRows = 0, unsupervisedRows = 0, truncatedRows = 0;
  int64_t splitRows = 0, splitPieces = 0, droppedPieces = 0, droppedRows = 0; // rows that are too long: split, into so many kept pieces; left out
  int64_t tokens = 0, supervisedTokens = 0;
  int64_t steps = 0;         // optimizer steps per epoch of this specification
  bool exact = false;        // false while counts are extrapolated from the first rows
  std::vector<PreviewRow> first;
  std::vector<std::string> problems;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("shape", s.shape);
    field("template", s.templateName);
    field("rows", s.rows);
    field("validation_rows", s.validationRows);
    field("bad_rows", s.badRows);
    field("unsupervised_rows", s.unsupervisedRows);
    field("truncated_rows", s.truncatedRows);
    field("split_rows", s.splitRows);
    field("split_pieces", s.splitPieces);
    field("dropped_pieces", s.droppedPieces);
    field("dropped_rows", s.droppedRows);
    field("tokens", s.tokens);
    field("supervised_tokens", s.supervisedTokens);
    field("steps", s.steps);
    field("exact", s.exact);
    field("first", s.first);
    field("problems", s.problems);
  }
};

/// Predicted memory by category, from the byte formulas the run allocates with.
struct MemoryPlan {
  int64_t weights = 0, adapters = 0, gradients = 0, optimizer = 0, stash = 0, workspace = 0, context = 0; // bytes
  int64_t total = 0, available = 0;
  int64_t trainableParameters = 0, modelParameters = 0;
  int64_t activeParameters = 0; // that one token is computed with; fewer than modelParameters in mixtures of experts
  std::string device;         // "CPU", "NVIDIA H200"
  double tokensPerS = 0;      // 0 = unknown
  std::string recompute;      // what "auto" became: none | all | offload
  std::vector<std::string> problems, advice;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("weights", s.weights);
    field("adapters", s.adapters);
    field("gradients", s.gradients);
    field("optimizer", s.optimizer);
    field("stash", s.stash);
    field("workspace", s.workspace);
    field("context", s.context);
    field("total", s.total);
    field("available", s.available);
    field("trainable_parameters", s.trainableParameters);
    field("model_parameters", s.modelParameters);
    field("active_parameters", s.activeParameters);
    field("device", s.device);
    field("tokens_per_s", s.tokensPerS);
    field("recompute", s.recompute);
    field("problems", s.problems);
    field("advice", s.advice);
  }
};

/// A process that holds memory of a device.
struct DeviceProcess {
  int64_t pid = 0;
  std::string name;   // of the program; of the run or model when it is Lathe's own
  int64_t memory = 0; // bytes on this device; 0 = not told
  std::string kind;   // train | chat; empty: another program
  std::string run;    // run id, where it trains one
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("pid", s.pid);
    field("name", s.name);
    field("memory", s.memory);
    field("kind", s.kind);
    field("run", s.run);
  }
};

struct DeviceTelemetry {
  std::string name;           // "CPU", "NVIDIA H200"
  std::string id;             // as --device takes it: "cpu", "cuda:0"
  std::string model;          // the processor's full name; empty for a GPU
  std::string problem;        // why Lathe cannot compute on it: driver | backend; empty: it can
  int64_t memoryUsed = 0, memoryTotal = 0; // bytes
  double utilisation = kNaN;  // percent
  double power = kNaN;        // watt
  double temperature = kNaN;  // °C
  double powerLimit = kNaN;   // watt
  double clock = kNaN;        // MHz, of the cores
  double memoryClock = kNaN;  // MHz
  std::map<std::string, int64_t> categories; // bytes of Lathe's own workers by category
  std::vector<DeviceProcess> processes;      // those that are known to use it
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("name", s.name);
    field("memory_used", s.memoryUsed);
    field("memory_total", s.memoryTotal);
    field("utilisation", s.utilisation);
    field("power", s.power);
    field("temperature", s.temperature);
    field("categories", s.categories);
    field("id", s.id);
    field("model", s.model);
    field("problem", s.problem);
    field("power_limit", s.powerLimit);
    field("clock", s.clock);
    field("memory_clock", s.memoryClock);
    field("processes", s.processes);
  }
};

/// Anything the engine or a worker announces. `cursor` grows by one per event of that process; a client that reconnects names the last
/// one it saw and misses nothing.
struct Event {
  uint64_t cursor = 0;
  std::string type; // metrics | run_event | run | text | chat | telemetry | job | model | engine
  std::string run;  // run id, where it concerns one
  Json body;        // by type, see protocol.h
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("cursor", s.cursor);
    field("type", s.type);
    field("run", s.run);
    field("body", s.body);
  }
};

} // namespace lathe::api
