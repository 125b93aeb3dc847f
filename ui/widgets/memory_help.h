// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/stacked_bar.h"

namespace lathe::ui {

/// One line: what the category is and what makes it smaller (docs/memory.md). Translated.
QString memoryCategoryHelp(MemoryCategory category);
/// "Weights: The model's matrices …" for each part, a line each; for the tip of a legend.
QString memoryHelp(const QList<MemoryPart>& parts);

} // namespace lathe::ui
