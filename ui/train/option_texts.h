// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <span>

namespace lathe::ui {

/// A text of the option table (title, help, effect, unit) in the window's language.
QString optionText(const char* text);
/// Every text that can be translated.
std::span<const char* const> optionTexts();

} // namespace lathe::ui
