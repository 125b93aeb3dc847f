// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/doctor.h"

#include <QString>

#include <span>

namespace lathe::ui {

QString doctorName(const api::DoctorCheck& check);   // translated: "Huge pages"
QString doctorText(const api::DoctorCheck& check);   // translated, with its arguments; the engine's own words where it is newer than this window
QString doctorRemedy(const api::DoctorCheck& check); // translated
/// Every message, remedy and name that the window can translate, for the test that compares them with api::doctor_text.
std::span<const char* const> doctorTexts();

} // namespace lathe::ui
