// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/composer.h"

#include <QKeyEvent>

namespace lathe::ui {

namespace {
constexpr int kLines = 6, kPadding = 14;
}

Composer::Composer(QWidget* parent) : QPlainTextEdit(parent) {
  setTabChangesFocus(true);
  setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  connect(this, &QPlainTextEdit::textChanged, this, &QWidget::updateGeometry);
}

QSize Composer::sizeHint() const {
  const int lines = std::clamp(document()->lineCount(), 2, kLines);
  return {200, lines * fontMetrics().lineSpacing() + kPadding};
}

void Composer::keyPressEvent(QKeyEvent* event) {
  const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (enter && !(event->modifiers() & Qt::ShiftModifier)) {
    Q_EMIT sendRequested();
    return;
  }
  QPlainTextEdit::keyPressEvent(event);
}

} // namespace lathe::ui
