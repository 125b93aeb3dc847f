// SPDX-License-Identifier: Apache-2.0
// Predicted memory of a training run, category by category, from the byte formulas that the run itself allocates with
// (core/plan/stash_bytes.h), before anything is loaded. Bytes everywhere.
#pragma once

#include "core/api/train_spec.h"
#include "core/api/values.h"
#include "core/plan/model_shape.h"

namespace lathe::plan {

struct DeviceBudget {
  std::string name = "CPU";
  int64_t available = 0; // bytes that may be used; 0 = unknown
  double flops = 0;      // sustained floating-point operations per second in training; 0 = unknown
  bool isGpu = false;
};

/// Rank of the adapter that a GPU holds beside the weights (gpu_bytes.h); 0 where its products take passes of their own.
int64_t adapterRankBesideWeights(const api::TrainSpec::Method& method);

/// Parameters a LoRA of this specification trains: Σ over its modules and layers of r · (in + out). 0 when nothing matches.
int64_t adapterParameters(const api::TrainSpec& spec, const ModelShape& shape);

/// model.dtype is "bfloat16" or "float32" here: the caller knows what "auto" means. `longestRow`: of the data, 0 = unknown (max_seq_len is assumed). "auto"
/// recompute becomes none where that fits into the budget, else all, else (on a GPU) offload.
api::MemoryPlan planTraining(const api::TrainSpec& spec, const ModelShape& shape, const DeviceBudget& device, int64_t longestRow = 0);

} // namespace lathe::plan
