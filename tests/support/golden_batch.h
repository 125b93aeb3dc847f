// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/nn/batch.h"
#include "tests/support/tensor_file.h"

#include <string>
#include <vector>

namespace lathe::test {

inline const std::string kModels = std::string(LATHE_TEST_DATA) + "/tiny-models/";

/// The packed batch of a golden file: its input_ids [T] (int64) cut at cu_seqlens [n + 1] (int32).
inline nn::Batch goldenBatch(const TensorFile& golden) {
  const at::Tensor ids = golden["input_ids"], cu = golden["cu_seqlens"];
  const int64_t* id = ids.data_ptr<int64_t>();
  const int32_t* start = cu.data_ptr<int32_t>();
  std::vector<std::vector<int64_t>> sequences;
  for (int64_t s = 0; s + 1 < cu.size(0); ++s)
    sequences.emplace_back(id + start[s], id + start[s + 1]);
  return nn::packBatch(sequences, {}, at::kCPU);
}

} // namespace lathe::test
