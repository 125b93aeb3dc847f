// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/tokenizer_text.h"

#include <vector>

namespace lathe::text {

/// Runs of one script (UAX #24) as the `tokenizers` library cuts them: Hiragana and Katakana count as Han, a space belongs to the run before
/// it, and what stands in front of the first character with a script is left out. The table is made at the first call (a fraction of a second).
void scriptRuns(std::string_view text, std::vector<TextRange>& runs);

} // namespace lathe::text
