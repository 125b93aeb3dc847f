// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/train_spec.h"

#include <QString>

namespace lathe::ui {

/// "q_proj, v_proj" for a list, "q_proj=8" for an object, the text itself for a string; empty for null.
QString jsonAsText(const Json& value);
/// The other way round, by the option's type. Items that are JSON numbers stay numbers.
Json textAsJson(const QString& text, const api::TrainOption& option);
/// What a person reads for a choice: "LoRA" for "lora"; unknown ones as they are.
QString choiceText(const char* choice);

} // namespace lathe::ui
