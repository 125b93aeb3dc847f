// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

namespace lathe::ui {

/// One of a few named choices side by side: "LoRA | Full". Arrow keys move, Tab leaves.
class SegmentedSwitch : public QWidget {
  Q_OBJECT
 public:
  struct Choice {
    QString key;  // what the program uses
    QString text; // what the person reads
    QString tip;
    bool enabled = true;
  };
  explicit SegmentedSwitch(QWidget* parent = nullptr);
  SegmentedSwitch(const QList<Choice>& choices, QWidget* parent = nullptr);
  void setChoices(const QList<Choice>& choices); // keeps the chosen key if it is still there
  void setText(const QString& key, const QString& text);
  void setChoiceEnabled(const QString& key, bool enabled);
  QString current() const; // key; empty when there is no choice
  int currentIndex() const { return m_current; }
  void setCurrent(const QString& key); // no signal
  const QList<Choice>& choices() const { return m_choices; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void chosen(const QString& key); // by the person

 protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QList<int> widths() const;
  QRect cell(int index) const;
  int indexAt(const QPoint& point) const;
  void choose(int index);
  QList<Choice> m_choices;
  int m_current = -1, m_hover = -1;
};

} // namespace lathe::ui
