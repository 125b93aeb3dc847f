// SPDX-License-Identifier: Apache-2.0
// `lathe logits` and `lathe merge`.
#pragma once

#include <string>
#include <vector>

namespace lathe::worker {

struct LogitsOptions {
  std::string model;
  std::vector<std::string> adapters;
  std::string tokens; // safetensors: input_ids [T], cu_seqlens [n + 1]
  std::string out;    // safetensors: logits [T, vocab], loss [n], with `hidden` also hidden.{i} [T, hidden]; float32
  bool hidden = false;
  std::string device = "auto", dtype = "auto";
};

void writeLogits(const LogitsOptions& options);

struct MergeOptions {
  std::string model;
  std::vector<std::string> adapters;
  std::string out;
  std::string device = "cpu";
  std::string dtype = "auto"; // of the merged weights; auto: as stored
};

/// A model folder with W + scaling · B·A, computed in float32 and rounded once; appears under its name when complete. Refuses an
/// existing `out`.
void mergeAdapters(const MergeOptions& options);

} // namespace lathe::worker
