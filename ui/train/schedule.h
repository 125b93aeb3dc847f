// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/train/spec_document.h"

#include <utility>
#include <vector>

namespace lathe::ui {

/// Optimizer steps of the whole run; 0 while the data is not known. `stepsPerEpoch` comes from data/preview.
int64_t totalSteps(const SpecDocument& spec, int64_t stepsPerEpoch);
/// (step, learning rate) of the schedule, at most 200 points: the shape that the run will follow.
std::vector<std::pair<double, double>> learningRateCurve(const SpecDocument& spec, int64_t steps);

} // namespace lathe::ui
