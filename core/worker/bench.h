// SPDX-License-Identifier: Apache-2.0
// `lathe bench`: the numbers of docs/benchmarks.md. Random weights in the shape asked for, warm-up left out, median of the repeats.
#pragma once

#include "core/base/json.h"
#include "core/io/model_config.h"

#include <cstdint>
#include <string>

namespace lathe::worker {

struct BenchOptions {
  std::string what;          // train | decode | load | gemm
  std::string shape = "7m";  // 7m | 1m | 1b | 8b | path of a config.json or model folder
  std::string device = "auto", dtype = "auto";
  int64_t sequences = 4, length = 256; // train: sequences × length tokens a step
  int64_t rank = 16;
  std::string method = "lora"; // lora | full
  bool recompute = false;
  int64_t prompt = 64, tokens = 128; // decode
  int repeats = 3;
};

/// Shape by name, or from a file. Usage for unknown names.
io::ModelConfig benchShape(const std::string& shape);

/// {what, shape, parameters, device, threads, tokens_per_s, ms, share_of_peak, peak_gflops, memory:{…}, …}
Json runBench(const BenchOptions& options);

} // namespace lathe::worker
