// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/library_texts.h"

#include "ui/models/format.h"
#include "ui/style/style.h"

#include <QCoreApplication>

#include <cmath>

namespace lathe::ui::librarytext {

namespace {

QString said(const char* text) { return QCoreApplication::translate("Library", text); }

} // namespace

QString kind(const api::ModelSummary& model) {
  if (model.kind == "adapter")
    return said(QT_TRANSLATE_NOOP("Library", "adapter"));
  if (model.kind != "merged")
    return model.bundled ? said(QT_TRANSLATE_NOOP("Library", "comes with Lathe")) : said(QT_TRANSLATE_NOOP("Library", "base model"));
  return model.origin == "run" ? said(QT_TRANSLATE_NOOP("Library", "trained here")) : said(QT_TRANSLATE_NOOP("Library", "converted here"));
}

QString state(const api::ModelSummary& model) {
  if (model.missing)
    return said(QT_TRANSLATE_NOOP("Library", "missing"));
  if (!model.supported)
    return said(QT_TRANSLATE_NOOP("Library", "not usable"));
  if (!model.problems.empty())
    return said(QT_TRANSLATE_NOOP("Library", "with remarks"));
  return said(QT_TRANSLATE_NOOP("Library", "ready"));
}

Tone stateTone(const api::ModelSummary& model) {
  if (model.missing || !model.supported)
    return Tone::Error;
  return model.problems.empty() ? Tone::Good : Tone::Warn;
}

QString detail(const api::ModelSummary& model) {
  QStringList parts = {kind(model)};
  if (!model.how.empty())
    parts << fromStd(model.how);
  if (model.bytes > 0)
    parts << format::bytes(static_cast<double>(model.bytes));
  if (!model.dtype.empty())
    parts << fromStd(model.dtype);
  return parts.join(QStringLiteral(" · "));
}

QString placeName(const std::string& place) {
  if (place == "huggingface")
    return said(QT_TRANSLATE_NOOP("Library", "Hugging Face cache"));
  if (place == "lmstudio")
    return QStringLiteral("LM Studio");
  if (place == "ollama")
    return QStringLiteral("Ollama");
  if (place == "llamacpp")
    return said(QT_TRANSLATE_NOOP("Library", "llama.cpp cache"));
  return fromStd(place);
}

QString shape(const std::vector<int64_t>& shape) {
  if (shape.empty())
    return said(QT_TRANSLATE_NOOP("Library", "scalar"));
  QStringList sizes;
  for (const int64_t size : shape)
    sizes << QString::number(size);
  return QStringLiteral("[%1]").arg(sizes.join(QStringLiteral(", ")));
}

QString value(double value) {
  if (std::isnan(value))
    return QStringLiteral("–");
  const double size = std::abs(value);
  return QString::number(value, 'g', size >= 1e4 && size < 1e5 ? 5 : 4);
}

QFont exactFont() {
  QFont font = style::monoFont(12);
  font.setLetterSpacing(QFont::AbsoluteSpacing, 0.05); // any spacing turns ligatures off
  return font;
}

QString work(const std::string& what) {
  struct Known {
    const char *begin, *text;
  };
  static const Known known[] = {{"Opening the model", QT_TRANSLATE_NOOP("Library", "Opening the model")}, {"Reading the tensor", QT_TRANSLATE_NOOP("Library", "Reading the tensor")},
                                {"Writing", QT_TRANSLATE_NOOP("Library", "Writing")}, {"Merging", QT_TRANSLATE_NOOP("Library", "Merging: this takes as long as reading and writing the model")}};
  for (const Known& one : known)
    if (what.rfind(one.begin, 0) == 0)
      return said(one.text) + fromStd(what.substr(std::char_traits<char>::length(one.begin)));
  return fromStd(what);
}

} // namespace lathe::ui::librarytext
