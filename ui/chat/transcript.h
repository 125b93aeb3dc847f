// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QPlainTextEdit>

#include <functional>

namespace lathe::ui {

/// The messages of one pane as plain text, always: nothing in a reply is interpreted. Grows at the end without touching what is above;
/// follows the end only while the person is there.
class Transcript : public QPlainTextEdit {
  Q_OBJECT
public:
  explicit Transcript(QWidget* parent = nullptr);
  void setMessages(const std::vector<api::ChatMessage>& messages);
  /// Adds to the last message.
  void appendPiece(const QString& piece);

protected:
  void changeEvent(QEvent* event) override;

private:
  void write(size_t first);
  void keepingPlace(const std::function<void()>& edit);
  std::vector<api::ChatMessage> m_messages;
  bool m_atEnd = true, m_editing = false;
  std::vector<int> m_starts; // where each message begins in the document
};

} // namespace lathe::ui
