// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace lathe::ui {

/// A text of the option table (title, help, effect, unit) in the window's language. The texts stand in core/api/train_options.cpp alone, where
/// LATHE_TEXT marks them for the translators.
QString optionText(const char* text);

} // namespace lathe::ui
