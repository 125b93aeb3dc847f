// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/option_values.h"

#include "ui/models/format.h"

#include <QCoreApplication>

#include <cstring>

namespace lathe::ui {

namespace {

struct ChoiceText {
  const char *choice, *text;
};
const ChoiceText kChoices[] = {
    {"lora", QT_TRANSLATE_NOOP("TrainChoice", "LoRA")},
    {"full", QT_TRANSLATE_NOOP("TrainChoice", "Full")},
    {"auto", QT_TRANSLATE_NOOP("TrainChoice", "automatic")},
    {"none", QT_TRANSLATE_NOOP("TrainChoice", "none")},
    {"all", QT_TRANSLATE_NOOP("TrainChoice", "all")},
    {"", QT_TRANSLATE_NOOP("TrainChoice", "from the model")},
    {"random", QT_TRANSLATE_NOOP("TrainChoice", "random")},
    {"assistant", QT_TRANSLATE_NOOP("TrainChoice", "replies")},
    {"completion", QT_TRANSLATE_NOOP("TrainChoice", "completions")},
    {"truncate_right", QT_TRANSLATE_NOOP("TrainChoice", "cut the end")},
    {"truncate_left", QT_TRANSLATE_NOOP("TrainChoice", "cut the beginning")},
    {"split", QT_TRANSLATE_NOOP("TrainChoice", "split into pieces")},
    {"drop", QT_TRANSLATE_NOOP("TrainChoice", "leave out")},
    {"best_fit", QT_TRANSLATE_NOOP("TrainChoice", "best fit")},
    {"first_fit", QT_TRANSLATE_NOOP("TrainChoice", "first fit")},
    {"in_order", QT_TRANSLATE_NOOP("TrainChoice", "as they come")},
    {"shuffle", QT_TRANSLATE_NOOP("TrainChoice", "shuffled")},
    {"sequential", QT_TRANSLATE_NOOP("TrainChoice", "in order")},
    {"cosine", QT_TRANSLATE_NOOP("TrainChoice", "cosine")},
    {"linear", QT_TRANSLATE_NOOP("TrainChoice", "linear")},
    {"constant", QT_TRANSLATE_NOOP("TrainChoice", "constant")},
};

Json item(const QString& text) {
  auto parsed = capture([&] { return parseJson(text.toStdString()); });
  return parsed && parsed->is_number() ? *parsed : Json(text.toStdString());
}

} // namespace

QString choiceText(const char* choice) {
  for (const auto& known : kChoices)
    if (std::strcmp(known.choice, choice) == 0)
      return QCoreApplication::translate("TrainChoice", known.text);
  return QString::fromUtf8(choice);
}

QString jsonAsText(const Json& value) {
  if (value.is_null())
    return {};
  if (value.is_string())
    return fromStd(value.get<std::string>());
  QStringList parts;
  if (value.is_array())
    for (const Json& part : value)
      parts << jsonAsText(part);
  else if (value.is_object())
    for (const auto& [key, part] : value.items())
      parts << fromStd(key) + QLatin1Char('=') + jsonAsText(part);
  else
    return fromStd(dumpJson(value));
  return parts.join(QStringLiteral(", "));
}

Json textAsJson(const QString& text, const api::TrainOption& option) {
  if (option.type == api::OptionType::Text || option.type == api::OptionType::Path || option.type == api::OptionType::Choice)
    return text.isEmpty() && option.nullable ? Json(nullptr) : Json(text.toStdString());
  const bool object = option.type == api::OptionType::Object;
  Json out = object ? Json::object() : Json::array();
  for (const QString& raw : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
    const QString part = raw.trimmed();
    const qsizetype equals = part.lastIndexOf(QLatin1Char('='));
    if (object && equals > 0)
      out[part.left(equals).trimmed().toStdString()] = item(part.mid(equals + 1).trimmed());
    else if (!object && !part.isEmpty())
      out.push_back(item(part));
  }
  return out;
}

} // namespace lathe::ui
