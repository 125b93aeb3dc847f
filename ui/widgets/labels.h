// SPDX-License-Identifier: GPL-3.0-or-later
// Labels by role; they follow the theme by themselves.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "ui/style/icons.h"
#include "ui/style/style.h"

namespace lathe::ui {

enum class TextRole { Body, Strong, Heading, Title, Value, Caption, Muted, Mono, MonoCaption, Good, Warn, Bad, Accent };

class TextLabel : public QLabel {
  Q_OBJECT
 public:
  explicit TextLabel(const QString& text = {}, TextRole role = TextRole::Body, QWidget* parent = nullptr);
  void setRole(TextRole role);
  TextRole role() const { return m_role; }
  /// Text that a person may want to copy.
  void setCopyable(bool on);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void apply();
  TextRole m_role;
  bool m_applying = false;
};

/// Elides in the middle (or where told) and shows the whole text in a tooltip.
class ElidedLabel : public TextLabel {
  Q_OBJECT
 public:
  explicit ElidedLabel(const QString& text = {}, TextRole role = TextRole::Body, QWidget* parent = nullptr,
                       Qt::TextElideMode mode = Qt::ElideMiddle);
  void setText(const QString& text);
  QString text() const { return m_whole; }
  bool isElided() const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  QString m_whole;
  Qt::TextElideMode m_mode;
};

enum class ButtonKind { Normal, Primary, Danger, Quiet };

class Button : public QPushButton {
  Q_OBJECT
 public:
  explicit Button(const QString& text = {}, ButtonKind kind = ButtonKind::Normal, QWidget* parent = nullptr);
  Button(IconName icon, const QString& text, ButtonKind kind = ButtonKind::Normal, QWidget* parent = nullptr);
  void setKind(ButtonKind kind);
  ButtonKind kind() const { return m_kind; }
  void setIconName(IconName icon);

 private:
  ButtonKind m_kind = ButtonKind::Normal;
};

/// A small flat button with an icon alone; `name` is both tooltip and accessible name.
class IconButton : public QToolButton {
  Q_OBJECT
 public:
  IconButton(IconName icon, const QString& name, QWidget* parent = nullptr, int side = 28);
  void setIconName(IconName icon, IconRole role = IconRole::Muted);
  void setName(const QString& name);
};

/// A link-like text button ("review", "show them").
class LinkButton : public QToolButton {
  Q_OBJECT
 public:
  explicit LinkButton(const QString& text, QWidget* parent = nullptr);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

/// Sets the accessible name (and description) of a control; returns it.
template <class Widget>
Widget* named(Widget* widget, const QString& name, const QString& description = {}) {
  widget->setAccessibleName(name);
  if (!description.isEmpty())
    widget->setAccessibleDescription(description);
  return widget;
}
/// All enabled, visible controls below `root` that a screen reader could not name (class and object name each). For tests.
QStringList controlsWithoutName(const QWidget& root);

} // namespace lathe::ui
