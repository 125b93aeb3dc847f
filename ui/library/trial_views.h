// SPDX-License-Identifier: GPL-3.0-or-later
// What a model's tokenizer and its chat template make of what a person types.
#pragma once

#include "core/api/model_values.h"
#include "ui/widgets/banner.h"

#include <QTimer>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPlainTextEdit;
class QVBoxLayout;

namespace lathe::ui {

class Session;
class TokenChipsView;

/// Text above, exact tokens below, while typing.
class TokenizerTrialView : public QWidget {
  Q_OBJECT
public:
  explicit TokenizerTrialView(Session& session, QWidget* parent = nullptr);
  /// `path`: of the model whose tokenizer it is; empty: there is none.
  void open(const QString& path);

protected:
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void ask();
  void show(const api::TokenizerTrial& trial);
  void retranslate();
  Session& m_session;
  QString m_path;
  bool m_stale = true;
  qint64 m_asked = 0;
  QTimer m_later;
  TextLabel* m_help;
  QPlainTextEdit* m_text;
  QCheckBox* m_special;
  TextLabel* m_count;
  Banner* m_banner;
  TokenChipsView* m_chips;
};

/// A small conversation above, what the template makes of it below.
class TemplateTrialView : public QWidget {
  Q_OBJECT
public:
  explicit TemplateTrialView(Session& session, QWidget* parent = nullptr);
  void open(const QString& path);

protected:
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  struct Turn {
    QWidget* row = nullptr;
    QComboBox* role = nullptr;
    QLineEdit* text = nullptr;
    IconButton* remove = nullptr;
  };
  void addTurn(const QString& role, const QString& text);
  void removeTurn(QWidget* row);
  void addNextTurn();
  void ask();
  void show(const api::TemplateTrial& trial);
  void retranslate();
  void retranslateTurns();
  void soon();
  Session& m_session;
  QString m_path;
  bool m_stale = true;
  qint64 m_asked = 0;
  QTimer m_later;
  QList<Turn> m_turns;
  TextLabel* m_help;
  QVBoxLayout* m_rows;
  Button* m_add;
  QCheckBox* m_prompt;
  TextLabel* m_note;
  Banner* m_banner;
  QPlainTextEdit* m_rendered;
};

} // namespace lathe::ui
