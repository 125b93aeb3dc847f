// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"
#include "ui/widgets/labels.h"

#include <QFrame>
#include <QPlainTextEdit>

namespace lathe::ui {

/// What can be done with a message; lies over its first line.
class MessageBar : public QFrame {
  Q_OBJECT
public:
  explicit MessageBar(QWidget* parent);
  /// For a reply or for the person's own message, version `version` of `versions`. `busy`: nothing may be asked now.
  void setMessage(bool reply, int version, int versions, bool busy);

Q_SIGNALS:
  void editTriggered();
  void copyTriggered();
  void regenerateTriggered();
  void branchTriggered();
  void versionTriggered(int by);

protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void retranslate();
  bool m_reply = false;
  IconButton* m_back;
  TextLabel* m_position;
  IconButton* m_next;
  IconButton* m_edit;
  IconButton* m_copy;
  IconButton* m_regenerate;
  IconButton* m_branch;
};

/// Another wording of a message, written where the message stands: Enter takes it, Escape leaves everything as it was.
class InlineEditor : public QFrame {
  Q_OBJECT
public:
  explicit InlineEditor(QWidget* parent);
  void open(const QString& text, bool reply);
  QString text() const { return m_text->toPlainText(); }

Q_SIGNALS:
  void accepted(const QString& text);
  void cancelled();

protected:
  bool eventFilter(QObject* object, QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void retranslate();
  bool m_reply = false;
  QPlainTextEdit* m_text;
  TextLabel* m_hint;
  Button* m_accept;
  Button* m_cancel;
};

} // namespace lathe::ui
