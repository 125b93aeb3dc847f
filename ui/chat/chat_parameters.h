// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"
#include "ui/widgets/card.h"
#include "ui/widgets/number_field.h"

#include <QPlainTextEdit>
#include <QTimer>

namespace lathe::ui {

/// System prompt and sampling of a conversation.
class ChatParameters : public QWidget {
  Q_OBJECT
public:
  explicit ChatParameters(QWidget* parent = nullptr);
  void show(const api::Chat& chat);
  using QWidget::show;
  QString systemPrompt() const { return m_system->toPlainText(); }
  api::Sampling sampling() const;

Q_SIGNALS:
  void edited();

protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  struct Entry {
    FieldBlock* block;
    NumberField* field;
  };
  Entry add(const char* name, NumberField::Notation notation, double minimum, double maximum, double step);
  void retranslate();
  QPlainTextEdit* m_system;
  FieldBlock* m_systemBlock;
  TextLabel* m_title;
  Entry m_temperature, m_topP, m_topK, m_minP, m_repetition, m_maxTokens, m_seed;
  QTimer m_later;
  api::Sampling m_sampling;
};

} // namespace lathe::ui
