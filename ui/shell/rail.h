// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/style/icons.h"

#include <QAbstractButton>
#include <QWidget>

class QVBoxLayout;

namespace lathe::ui {

/// Icon over word, badge at the icon's corner.
class RailButton : public QAbstractButton {
  Q_OBJECT
 public:
  RailButton(const QString& key, IconName icon, QWidget* parent);
  QString key() const { return m_key; }
  void setBadge(int badge); // 0 none, −1 dot, else number
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString m_key;
  IconName m_icon;
  int m_badge = 0;
};

class Rail : public QWidget {
  Q_OBJECT
 public:
  explicit Rail(QWidget* parent = nullptr);
  RailButton* add(const QString& key, IconName icon, bool atBottom);
  void setCurrent(const QString& key);
  RailButton* button(const QString& key) const;

 Q_SIGNALS:
  void chosen(const QString& key);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QList<RailButton*> m_buttons;
  QVBoxLayout* m_top;
  QVBoxLayout* m_bottom;
};

} // namespace lathe::ui
