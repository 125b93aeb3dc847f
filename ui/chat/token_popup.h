// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"
#include "ui/widgets/labels.h"

#include <QFrame>

class QAbstractButton;
class QVBoxLayout;

namespace lathe::ui {

/// What else could have stood in a token's place; a click on one takes it.
class TokenPopup : public QFrame {
  Q_OBJECT
public:
  explicit TokenPopup(QWidget* parent);
  void show(const api::TokenTrace& token, const QString& text, const QRect& around, bool takeFocus);
  using QWidget::show;

Q_SIGNALS:
  void chosen(qint64 token);

protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;

private:
  TextLabel* m_title;
  TextLabel* m_detail;
  QVBoxLayout* m_column;
  QList<QAbstractButton*> m_buttons;
};

} // namespace lathe::ui
