// SPDX-License-Identifier: GPL-3.0-or-later
// The one place that asks. Pages get it by reference; tests queue answers with ScriptedPrompts.
#pragma once

#include <QString>
#include <QStringList>

#include <deque>
#include <optional>

class QWidget;

namespace lathe::ui {

class PromptService {
 public:
  virtual ~PromptService() = default;
  /// True when the person chose `action` ("Stop the run"); the other button is Cancel.
  virtual bool confirm(QWidget* over, const QString& title, const QString& text, const QString& action, bool dangerous = false) = 0;
  /// nullopt: cancelled.
  virtual std::optional<QString> askText(QWidget* over, const QString& title, const QString& label, const QString& value) = 0;
  virtual std::optional<QString> openFile(QWidget* over, const QString& title, const QString& start, const QString& filter) = 0;
  virtual std::optional<QString> openFolder(QWidget* over, const QString& title, const QString& start) = 0;
  virtual std::optional<QString> saveFile(QWidget* over, const QString& title, const QString& start, const QString& filter) = 0;
};

/// Real dialogs.
class DialogPrompts : public PromptService {
 public:
  bool confirm(QWidget* over, const QString& title, const QString& text, const QString& action, bool dangerous) override;
  std::optional<QString> askText(QWidget* over, const QString& title, const QString& label, const QString& value) override;
  std::optional<QString> openFile(QWidget* over, const QString& title, const QString& start, const QString& filter) override;
  std::optional<QString> openFolder(QWidget* over, const QString& title, const QString& start) override;
  std::optional<QString> saveFile(QWidget* over, const QString& title, const QString& start, const QString& filter) override;
};

/// Answers in order; without an answer left the question counts as cancelled. Keeps what was asked.
class ScriptedPrompts : public PromptService {
 public:
  void answer(const QString& text) { m_answers.push_back(text); } // also "yes" for confirm
  void cancel() { m_answers.push_back(std::nullopt); }
  const QStringList& asked() const { return m_asked; }
  bool confirm(QWidget*, const QString& title, const QString&, const QString&, bool) override { return next(title).has_value(); }
  std::optional<QString> askText(QWidget*, const QString& title, const QString&, const QString&) override { return next(title); }
  std::optional<QString> openFile(QWidget*, const QString& title, const QString&, const QString&) override { return next(title); }
  std::optional<QString> openFolder(QWidget*, const QString& title, const QString&) override { return next(title); }
  std::optional<QString> saveFile(QWidget*, const QString& title, const QString&, const QString&) override { return next(title); }

 private:
  std::optional<QString> next(const QString& title);
  std::deque<std::optional<QString>> m_answers;
  QStringList m_asked;
};

} // namespace lathe::ui
