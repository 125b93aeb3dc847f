// SPDX-License-Identifier: GPL-3.0-or-later
// What the Models page says of a model.
#pragma once

#include "core/api/model_values.h"
#include "ui/widgets/banner.h"

#include <QFont>
#include <QString>

namespace lathe::ui::librarytext {

QString kind(const api::ModelSummary& model);      // "base model", "adapter", "merged", "converted"
/// "missing", "not supported", "ready", …
QString state(const api::ModelSummary& model);
Tone stateTone(const api::ModelSummary& model);
/// "adapter · LoRA r16 · 4.6 MiB · BF16"
QString detail(const api::ModelSummary& model);
QString placeName(const std::string& place);       // "Hugging Face cache"
QString shape(const std::vector<int64_t>& shape);  // "[49152, 576]", "scalar"
/// Four significant digits; powers of ten beyond what reads well; "–" for NaN.
QString value(double value);
/// The fixed-width face without ligatures: what is shown is exactly what is there.
QFont exactFont();
/// What the engine says it does, in the window's language.
QString work(const std::string& what);

} // namespace lathe::ui::librarytext
