// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

namespace lathe::ui {

/// The message field: Enter sends, Shift+Enter starts a new line; grows up to six lines.
class Composer : public QPlainTextEdit {
  Q_OBJECT
public:
  explicit Composer(QWidget* parent = nullptr);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
  void sendRequested();

protected:
  void keyPressEvent(QKeyEvent* event) override;
};

} // namespace lathe::ui
