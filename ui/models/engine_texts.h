// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences that come from the engine (refusals, problems of a specification), in the language of the window.
#pragma once

#include <QString>

#include <span>
#include <string>

namespace lathe::ui {

/// The engine speaks English; a sentence that is known here comes translated with its numbers and names put in, any other as it is.
QString engineText(const std::string& sentence);

/// For tests: the known sentences, "{}" where values stand.
std::span<const char* const> engineTexts();

} // namespace lathe::ui
