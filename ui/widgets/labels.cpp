// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/labels.h"

#include "ui/style/proxy_style.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QComboBox>
#include <QEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QPlainTextEdit>
#include <QAbstractSlider>
#include <QScrollBar>
#include <QTextEdit>
#include <QVariant>

namespace lathe::ui {

namespace {

struct RoleLook {
  QFont font;
  QColor color;
};

RoleLook lookOf(TextRole role) {
  const Theme& t = Style::theme();
  using style::monoFont;
  using style::uiFont;
  switch (role) {
  case TextRole::Body:
    return {uiFont(), t.text};
  case TextRole::Strong:
    return {uiFont(size::kBase, QFont::Medium), t.text};
  case TextRole::Heading:
    return {uiFont(12, QFont::Medium), t.muted};
  case TextRole::Title:
    return {uiFont(size::kTitle, QFont::Medium), t.text};
  case TextRole::Value:
    return {uiFont(size::kValue, QFont::Medium), t.text};
  case TextRole::Caption:
    return {uiFont(size::kCaption), t.muted};
  case TextRole::Muted:
    return {uiFont(), t.muted};
  case TextRole::Mono:
    return {monoFont(12), t.text};
  case TextRole::MonoCaption:
    return {monoFont(size::kCaption), t.muted};
  case TextRole::Good:
    return {uiFont(), t.good};
  case TextRole::Warn:
    return {uiFont(), t.warn};
  case TextRole::Bad:
    return {uiFont(), t.bad};
  case TextRole::Accent:
    return {uiFont(), t.accentInk};
  }
  return {uiFont(), t.text};
}

} // namespace

TextLabel::TextLabel(const QString& text, TextRole role, QWidget* parent) : QLabel(text, parent), m_role(role) {
  setTextFormat(Qt::PlainText);
  apply();
}

void TextLabel::setRole(TextRole role) {
  m_role = role;
  apply();
}

void TextLabel::setCopyable(bool on) {
  setTextInteractionFlags(on ? Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard : Qt::NoTextInteraction);
  setFocusPolicy(on ? Qt::ClickFocus : Qt::NoFocus);
}

void TextLabel::apply() {
  m_applying = true;
  const RoleLook look = lookOf(m_role);
  setFont(look.font);
  QPalette p = palette();
  p.setColor(QPalette::WindowText, look.color);
  p.setColor(QPalette::Text, look.color);
  p.setColor(QPalette::Highlight, Style::theme().accentSoft);
  p.setColor(QPalette::HighlightedText, Style::theme().text);
  p.setColor(QPalette::Disabled, QPalette::WindowText, Style::theme().disabled);
  setPalette(p);
  m_applying = false;
}

void TextLabel::changeEvent(QEvent* event) {
  QLabel::changeEvent(event);
  if (!m_applying && (event->type() == QEvent::PaletteChange || event->type() == QEvent::ApplicationPaletteChange))
    if (palette().color(QPalette::WindowText) != lookOf(m_role).color || palette().color(QPalette::Highlight) != Style::theme().accentSoft)
      apply();
}

ElidedLabel::ElidedLabel(const QString& text, TextRole role, QWidget* parent, Qt::TextElideMode mode)
    : TextLabel({}, role, parent), m_mode(mode) {
  setText(text);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void ElidedLabel::setText(const QString& text) {
  if (text == m_whole && !accessibleName().isEmpty())
    return;
  m_whole = text;
  setAccessibleName(text);
  updateGeometry();
  setToolTip(isElided() ? m_whole : QString());
  update();
}

bool ElidedLabel::isElided() const { return fontMetrics().horizontalAdvance(m_whole) > contentsRect().width(); }

QSize ElidedLabel::sizeHint() const {
  return {fontMetrics().horizontalAdvance(m_whole) + 2, fontMetrics().height()};
}

QSize ElidedLabel::minimumSizeHint() const {
  return {std::min(sizeHint().width(), fontMetrics().averageCharWidth() * 6), fontMetrics().height()};
}

void ElidedLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setFont(font());
  painter.setPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText));
  painter.drawText(contentsRect(), int(alignment()) | Qt::TextSingleLine, fontMetrics().elidedText(m_whole, m_mode, contentsRect().width()));
}

void ElidedLabel::resizeEvent(QResizeEvent* event) {
  TextLabel::resizeEvent(event);
  setToolTip(isElided() ? m_whole : QString());
}

Button::Button(const QString& text, ButtonKind kind, QWidget* parent) : QPushButton(text, parent) {
  setKind(kind);
  setAutoDefault(false);
}

Button::Button(IconName icon, const QString& text, ButtonKind kind, QWidget* parent) : Button(text, kind, parent) { setIconName(icon); }

void Button::setKind(ButtonKind kind) {
  m_kind = kind;
  setProperty(kButtonKindProperty, int(kind));
  setFont(style::uiFont(size::kBase, kind == ButtonKind::Primary ? QFont::Medium : QFont::Normal));
  update();
}

void Button::setIconName(IconName icon) {
  const IconRole role = m_kind == ButtonKind::Primary ? IconRole::OnAccent : m_kind == ButtonKind::Danger ? IconRole::Bad : IconRole::Text;
  setIcon(style::icon(icon, role));
}

IconButton::IconButton(IconName icon, const QString& name, QWidget* parent, int side) : QToolButton(parent) {
  setIconName(icon);
  setName(name);
  setAutoRaise(true);
  setFixedSize(side, side);
  setIconSize(QSize(side >= 28 ? 18 : 14, side >= 28 ? 18 : 14));
  setFocusPolicy(Qt::TabFocus);
}

void IconButton::setIconName(IconName icon, IconRole role) { setIcon(style::icon(icon, role)); }

void IconButton::setName(const QString& name) {
  setToolTip(name);
  setAccessibleName(name);
}

LinkButton::LinkButton(const QString& text, QWidget* parent) : QToolButton(parent) {
  setText(text);
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::TabFocus);
  setFont(style::uiFont(size::kCaption));
  setAutoRaise(true);
}

QSize LinkButton::sizeHint() const { return {fontMetrics().horizontalAdvance(text()) + 4, fontMetrics().height() + 2}; }

void LinkButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  QFont f = font();
  f.setUnderline(style::showsHover(this) || style::showsFocus(this));
  painter.setFont(f);
  painter.setPen(isEnabled() ? Style::theme().accentInk : Style::theme().disabled);
  painter.drawText(rect().adjusted(2, 0, -2, 0), Qt::AlignLeft | Qt::AlignVCenter, text());
}

QStringList controlsWithoutName(const QWidget& root) {
  QStringList out;
  const auto all = root.findChildren<QWidget*>();
  for (const QWidget* w : all) {
    if (!w->isVisibleTo(&root) || !w->isEnabled() || w->objectName().startsWith(QLatin1String("qt_")) || qobject_cast<const QScrollBar*>(w))
      continue;
    QString own;
    bool control = w->focusPolicy() != Qt::NoFocus && w->metaObject()->className() != QByteArray("QScrollArea");
    if (const auto* button = qobject_cast<const QAbstractButton*>(w)) {
      own = button->text();
      control = true;
    } else if (qobject_cast<const QLabel*>(w) || qobject_cast<const QMenu*>(w)) {
      control = false;
    } else if (qobject_cast<const QComboBox*>(w->parentWidget()) || qobject_cast<const QAbstractItemView*>(w->parentWidget())) {
      control = false;
    } else if (qobject_cast<const QLineEdit*>(w) || qobject_cast<const QComboBox*>(w) || qobject_cast<const QAbstractSlider*>(w) ||
               qobject_cast<const QTextEdit*>(w) || qobject_cast<const QPlainTextEdit*>(w) || qobject_cast<const QAbstractItemView*>(w)) {
      control = true;
    }
    if (control && w->focusProxy() == nullptr && own.isEmpty() && w->accessibleName().isEmpty())
      out << QStringLiteral("%1 \"%2\"").arg(QLatin1String(w->metaObject()->className()), w->objectName());
  }
  return out;
}

} // namespace lathe::ui
