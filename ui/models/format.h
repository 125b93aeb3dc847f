// SPDX-License-Identifier: GPL-3.0-or-later
// What ui/style/format.h leaves open: values that are zero or NaN when they are not known yet.
#pragma once

#include "core/api/run_state.h"
#include "ui/style/format.h"

#include <QString>

#include <string>

namespace lathe::ui {

QString fromStd(const std::string& text);
QString bytesText(int64_t bytes);          // "61.2 GiB"; "–" for 0
QString rateText(double tokensPerSecond);  // "15.9k tok/s"; "–" when unknown
QString lossText(double loss);             // "1.042"; "NaN" for NaN: measured, and not a number
QString knownLossText(double loss);        // as above, but "–" for NaN: not measured
bool isWorking(api::RunState state);       // a process works on it: preparing, running, stopping

} // namespace lathe::ui
