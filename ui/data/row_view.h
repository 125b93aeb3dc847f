// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"
#include "ui/widgets/labels.h"

#include <QTextEdit>
#include <QWidget>

class QSplitter;
class QStackedWidget;

namespace lathe::ui {

class Banner;
class SegmentedSwitch;
class TokenChipsView;

/// A row as a conversation: who says what, what of it is learned. Plain text throughout.
class ConversationView : public QTextEdit {
  Q_OBJECT
public:
  explicit ConversationView(QWidget* parent = nullptr);
  void show(const api::DataRowView& row);
  using QTextEdit::show;

protected:
  void changeEvent(QEvent* event) override;

private:
  void draw();
  api::DataRowView m_row;
};

/// One row: as a conversation or as it stands in the file, and below its exact tokens with what the sequence length does to them.
class RowView : public QWidget {
  Q_OBJECT
public:
  explicit RowView(QWidget* parent = nullptr);
  static constexpr int kChips = 400; // at a time
  void show(const api::DataRowView& row);
  using QWidget::show;
  void clear(const QString& why); // no row: one sentence
  QSplitter* splitter() const { return m_split; }

Q_SIGNALS:
  void chipsRequested(qint64 from); // other tokens of the same row

protected:
  void changeEvent(QEvent* event) override;

private:
  QWidget* buildTexts();
  void buildTokens();
  void showTexts();
  void showTokens();
  void showPlace();
  QString tokensText() const;
  void retranslate();
  api::DataRowView m_row;
  bool m_has = false, m_onlyRaw = false;
  ElidedLabel* m_place;
  SegmentedSwitch* m_how;
  Banner* m_problem;
  QStackedWidget* m_texts;
  ConversationView* m_conversation;
  QTextEdit* m_raw;
  QWidget* m_tokens;
  TextLabel *m_title, *m_note;
  IconButton *m_back, *m_next;
  TokenChipsView* m_chips;
  QSplitter* m_split;
};

} // namespace lathe::ui
