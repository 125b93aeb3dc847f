// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/train/option_field.h"

class QVBoxLayout;

namespace lathe::ui {

/// A list of sentences: one line each, and a link for the next. Line breaks inside are shown as "⏎".
class TextsOption : public OptionField {
  Q_OBJECT
public:
  explicit TextsOption(const api::TrainOption& option, QWidget* parent = nullptr);
  void setValue(const Json& value) override;
  Json value() const override;
  bool isWide() const override { return true; }
  void retranslate() override;

private:
  struct Line;
  void addLine(const QString& text);
  void removeLine(QWidget* holder);
  void dress();
  QVBoxLayout* m_lines;
  LinkButton* m_add;
  QList<Line*> m_edits;
};

} // namespace lathe::ui
