// SPDX-License-Identifier: Apache-2.0
#include "core/api/schedule.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lathe::api {

double Schedule::rateAt(int64_t step) const {
  if (step < warmupSteps)
    return peak * static_cast<double>(step) / static_cast<double>(std::max<int64_t>(1, warmupSteps));
  const double after = static_cast<double>(std::max<int64_t>(1, totalSteps - warmupSteps));
  switch (kind) {
  case ScheduleKind::Constant:
    return peak;
  case ScheduleKind::Linear:
    return peak * std::max(0.0, static_cast<double>(totalSteps - step) / after);
  case ScheduleKind::Cosine:
    return peak * std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * static_cast<double>(step - warmupSteps) / after)));
  }
  return peak;
}

ScheduleKind scheduleFromName(const std::string& name) {
  if (name == "constant")
    return ScheduleKind::Constant;
  if (name == "linear")
    return ScheduleKind::Linear;
  if (name == "cosine")
    return ScheduleKind::Cosine;
  throw Exception(ErrorKind::Usage, fmt::format("training.schedule \"{}\" is not known; use constant, linear or cosine.", name));
}

Schedule scheduleFor(const api::TrainSpec::Training& training, int64_t totalSteps) {
  Schedule out;
  out.kind = scheduleFromName(training.schedule);
  out.peak = training.learningRate;
  out.totalSteps = totalSteps;
  out.warmupSteps = training.warmupSteps ? *training.warmupSteps
                                         : static_cast<int64_t>(std::ceil(static_cast<double>(totalSteps) * training.warmupRatio));
  out.warmupSteps = std::clamp<int64_t>(out.warmupSteps, 0, totalSteps);
  return out;
}

} // namespace lathe::api
