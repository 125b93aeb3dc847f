// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/schedule.h"

#include "core/api/schedule.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {
constexpr int64_t kPoints = 200;
}

int64_t totalSteps(const SpecDocument& spec, int64_t stepsPerEpoch) {
  if (const Json steps = spec.value("training.steps"); steps.is_number())
    return steps.get<int64_t>();
  return static_cast<int64_t>(std::ceil(static_cast<double>(stepsPerEpoch) * spec.number("training.epochs")));
}

std::vector<std::pair<double, double>> learningRateCurve(const SpecDocument& spec, int64_t steps) {
  std::vector<std::pair<double, double>> out;
  const auto schedule = capture([&] { return api::scheduleFor(api::parseTrainSpec(spec.json()).spec.training, steps); });
  if (steps < 1 || !schedule)
    return out;
  const int64_t stride = std::max<int64_t>(1, steps / kPoints);
  for (int64_t step = 0; step < steps; step += stride) {
    // The corner of the warm-up lies between two points otherwise.
    if (step > schedule->warmupSteps && step - stride < schedule->warmupSteps && schedule->warmupSteps > 0)
      out.emplace_back(static_cast<double>(schedule->warmupSteps), schedule->rateAt(schedule->warmupSteps));
    out.emplace_back(static_cast<double>(step), schedule->rateAt(step));
  }
  out.emplace_back(static_cast<double>(steps), schedule->rateAt(steps));
  return out;
}

} // namespace lathe::ui
