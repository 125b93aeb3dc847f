// SPDX-License-Identifier: Apache-2.0
// A small random Llama-shaped model, token data and a specification over them.
#pragma once

#include "core/train/trainer.h"

#include <string>

namespace lathe::testing {

struct TinyRun {
  /// Writes model and data below `folder`.
  explicit TinyRun(const std::string& folder);
  api::TrainSpec spec(const std::string& method = "lora") const;
  std::string modelFolder, dataFile, folder;
  int64_t rows = 40;
};

/// 32 hidden, 2 layers, vocabulary 96.
Json tinyConfig();
/// Rows of `count` sequences with lengths 5 to 19, deterministic.
void writeTokenData(const std::string& path, int64_t count, int64_t vocab);

train::RunOptions cpuOptions();

} // namespace lathe::testing
