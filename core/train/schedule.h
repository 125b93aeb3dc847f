// SPDX-License-Identifier: Apache-2.0
// The learning-rate schedules live in core/api, because the window draws their curve.
#pragma once

#include "core/api/schedule.h"

namespace lathe::train {

using api::Schedule;
using api::scheduleFor;
using api::scheduleFromName;
using api::ScheduleKind;

} // namespace lathe::train
