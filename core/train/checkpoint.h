// SPDX-License-Identifier: Apache-2.0
// Checkpoints: folders that exist under their final name only when complete, hashed and flushed.
//
// Writing: `.tmp-<step>-<id>` beside the others; every file written and flushed; manifest.json last (names, sizes, XXH3-128 hashes and
// everything needed to go on); folder flushed, renamed to `<step>`, parent flushed; read again; only then older ones may go.
#pragma once

#include "core/base/json.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lathe::train {

struct CheckpointFile {
  std::string name;
  uint64_t bytes = 0;
  std::string hash; // XXH3-128
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("name", s.name);
    field("bytes", s.bytes);
    field("xxh3", s.hash);
  }
};

/// What a run is made from. A resumed run must be made from the same.
struct RunIdentity {
  std::string model;     // hash over config and headers of the base model, or over config and seed of a random one
  std::string tokenizer; // Tokenizer::fingerprint(); empty for pre-tokenized data
  std::string chatTemplate;
  std::string dataset;   // TokenizedDataset::fingerprint()
  std::string modelPath; // only to be named in messages
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("model", s.model);
    field("tokenizer", s.tokenizer);
    field("template", s.chatTemplate);
    field("dataset", s.dataset);
    field("model_path", s.modelPath);
  }
  /// One sentence per difference; empty when a run of `other` may go on from this.
  std::vector<std::string> differences(const RunIdentity& other) const;
};

/// Where in the data the next step begins, and the counters of the random numbers.
struct Cursor {
  uint64_t epoch = 0, step = 0;    // next step within the epoch
  uint64_t microbatches = 0;       // seen so far: the dropout counter
  int64_t seed = 0;
  std::string samples;             // hash chain over the rows seen so far
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("epoch", s.epoch);
    field("step", s.step);
    field("microbatches", s.microbatches);
    field("seed", s.seed);
    field("samples", s.samples);
  }
};

struct Manifest {
  int64_t version = 1;
  std::string program;      // "lathe 0.1.0"
  std::string torch;
  int64_t step = 0, totalSteps = 0;
  double created = 0;       // seconds since 1970
  double trainingTime = 0;  // seconds since step 1, pauses excluded
  std::string kind;         // "adapter" | "model"
  std::string dtype, device;
  int64_t threads = 0;      // computing threads: part of what bit-identical means
  RunIdentity identity;
  Cursor cursor;
  uint64_t metricsBytes = 0; // length of metrics.jsonl up to and with this step
  std::optional<double> evalLoss;
  std::vector<int64_t> skippedSteps; // of the last 1,000
  Json spec;
  std::vector<CheckpointFile> files;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("version", s.version);
    field("program", s.program);
    field("torch", s.torch);
    field("step", s.step);
    field("total_steps", s.totalSteps);
    field("created", s.created);
    field("training_time", s.trainingTime);
    field("kind", s.kind);
    field("dtype", s.dtype);
    field("device", s.device);
    field("threads", s.threads);
    field("identity", s.identity);
    field("cursor", s.cursor);
    field("metrics_bytes", s.metricsBytes);
    field("eval_loss", s.evalLoss);
    field("skipped_steps", s.skippedSteps);
    field("spec", s.spec);
    field("files", s.files);
  }
};

struct CheckpointEntry {
  std::string path;
  int64_t step = 0;
};

struct Retention {
  int64_t keep = 2; // newest verified ones; at least 2 are always kept
};

class CheckpointStore {
public:
  explicit CheckpointStore(std::string folder) : m_folder(std::move(folder)) {}

  /// `writeFiles(folder)` puts the data files into the given temporary folder; it must flush what it writes. Files and hashes of the
  /// manifest are filled in here. Returns the final folder. On any failure nothing of it stays and the older ones are untouched.
  std::string save(Manifest manifest, const std::function<void(const std::string& folder)>& writeFiles, const Retention& retention);

  /// Folders named by a step, oldest first; not verified.
  std::vector<CheckpointEntry> list() const;
  /// Newest that verifies. Damaged ones are put into `damaged` as sentences for the person. nullopt when there is none.
  std::optional<Manifest> newestVerified(std::vector<std::string>* damaged = nullptr) const;
  std::string pathOf(int64_t step) const;

  /// Reads the manifest and compares size and hash of every file; refuses (REJ:CHECKPOINT_…) naming file and difference.
  static Manifest verify(const std::string& path);

private:
  void prune(const Retention& retention, int64_t justVerified) const;
  std::string m_folder;
};

} // namespace lathe::train
