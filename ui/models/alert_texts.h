// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/run_alerts.h"

#include <QString>

#include <span>

namespace lathe::ui {

QString alertTitle(api::AlertKind kind);          // translated: "The loss rises"
QString alertText(const api::RunAlert& alert);    // translated, with its numbers; the engine's own words where it is newer than this window
QString alertRemedy(const api::RunAlert& alert);  // translated
/// Every sentence that the window can translate, for the test that compares them with api::alert_text.
std::span<const char* const> alertTexts();

} // namespace lathe::ui
