// SPDX-License-Identifier: Apache-2.0
// Learning rate over the optimizer steps: the definitions of Hugging Face transformers (optimization.py:
// get_constant_schedule_with_warmup, get_linear_schedule_with_warmup, get_cosine_schedule_with_warmup).
#pragma once

#include "core/api/train_spec.h"

#include <cstdint>

namespace lathe::api {

enum class ScheduleKind { Constant, Linear, Cosine };

struct Schedule {
  ScheduleKind kind = ScheduleKind::Cosine;
  double peak = 2e-4;       // learning rate after the warm-up
  int64_t warmupSteps = 0;
  int64_t totalSteps = 1;   // optimizer steps of the whole run
  /// Rate that optimizer step `step` uses, counted from 0. The first step of a warm-up runs at 0, as in transformers.
  double rateAt(int64_t step) const;
};

/// "constant", "linear" or "cosine"; Usage otherwise.
ScheduleKind scheduleFromName(const std::string& name);
/// warmup_steps wins; otherwise ⌈total · warmup_ratio⌉, as transformers' TrainingArguments does.
Schedule scheduleFor(const api::TrainSpec::Training& training, int64_t totalSteps);

} // namespace lathe::api
