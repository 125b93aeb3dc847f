// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"
#include "ui/widgets/card.h"
#include "ui/widgets/number_field.h"
#include "ui/widgets/segmented_switch.h"

#include <QPlainTextEdit>
#include <QTimer>

namespace lathe::ui {

/// System prompt and sampling of a conversation, or of one of its panes.
class ChatParameters : public QWidget {
  Q_OBJECT
public:
  explicit ChatParameters(QWidget* parent = nullptr);
  void show(const api::Chat& chat);
  using QWidget::show;
  QString systemPrompt() const { return m_system->toPlainText(); }
  /// The conversation's and the panes' own, with what the person has changed.
  const api::Sampling& sampling() const { return m_sampling; }
  const std::vector<api::ChatPane>& panes() const { return m_panes; }

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
  void showScope();
  void showValues();
  void showOwn();
  void takeValues();
  int pane() const { return m_scope->current().toInt() - 1; } // −1: all
  QPlainTextEdit* m_system;
  SegmentedSwitch* m_scope;
  TextLabel* m_scopeHint;
  LinkButton* m_asAll;
  FieldBlock* m_systemBlock;
  TextLabel* m_title;
  Entry m_temperature, m_topP, m_topK, m_minP, m_repetition, m_maxTokens, m_seed;
  QTimer m_later;
  api::Sampling m_sampling;
  std::vector<api::ChatPane> m_panes;
};

} // namespace lathe::ui
