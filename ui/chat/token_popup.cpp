// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/token_popup.h"

#include "ui/chat/token_colours.h"
#include "ui/models/format.h"

#include <QAbstractButton>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kMostText = 28, kRowHeight = 24, kRowWidth = 200, kShareWidth = 52;

/// One alternative: its share as number and bar, then its text.
class AlternativeRow : public QAbstractButton {
public:
  AlternativeRow(const QString& share, const QString& word, double probability, QWidget* parent) : QAbstractButton(parent), m_share(share), m_word(word), m_probability(probability) {
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setText(word);
  }
  QSize sizeHint() const override {
    return {std::max(kRowWidth, kShareWidth + 3 * space::k8 + QFontMetrics(style::monoFont()).horizontalAdvance(m_word)), kRowHeight};
  }

protected:
  void paintEvent(QPaintEvent*) override {
    const Theme& theme = Style::theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (hasFocus() || (underMouse() && isEnabled()))
      style::drawBox(painter, QRectF(rect()), theme.accentSoft, hasFocus() ? theme.accent : theme.accentSoft, size::kRadiusSmall);
    const QRect share(space::k8, 0, kShareWidth, height());
    painter.fillRect(QRectF(share.left(), height() - 4, kShareWidth * std::clamp(m_probability, 0.0, 1.0), 2), theme.accent);
    painter.setFont(style::uiFont(size::kCaption));
    painter.setPen(theme.muted);
    painter.drawText(share, Qt::AlignRight | Qt::AlignVCenter, m_share);
    painter.setFont(style::monoFont());
    painter.setPen(isEnabled() ? theme.text : theme.muted);
    painter.drawText(rect().adjusted(share.right() + space::k8, 0, -space::k8, 0), Qt::AlignLeft | Qt::AlignVCenter, isEnabled() ? m_word : m_word + QStringLiteral(" ✓"));
  }

private:
  QString m_share, m_word;
  double m_probability;
};

} // namespace

TokenPopup::TokenPopup(QWidget* parent) : QFrame(parent), m_title(new TextLabel({}, TextRole::Strong)), m_detail(new TextLabel({}, TextRole::Caption)), m_column(new QVBoxLayout(this)) {
  setObjectName(QStringLiteral("token_popup"));
  setFocusPolicy(Qt::StrongFocus);
  m_column->setContentsMargins(space::k8, space::k8, space::k8, space::k8);
  m_column->setSpacing(2);
  m_column->addWidget(m_title);
  m_column->addWidget(m_detail);
  hide();
}

void TokenPopup::show(const api::TokenTrace& token, const QString& text, const QRect& around, bool takeFocus) {
  qDeleteAll(std::exchange(m_buttons, {}));
  m_title->setText(tokens::quoted(text) + QStringLiteral("  ") + tokens::percent(token.logprob));
  m_detail->setText(tr("entropy %1 nat").arg(format::number(token.entropy, 3)));
  named(this, tr("Alternatives to %1").arg(tokens::quoted(text)));
  for (const api::TokenAlternative& other : token.top) {
    const QString word = tokens::quoted(fromStd(other.text)), share = tokens::percent(other.logprob);
    auto* button = new AlternativeRow(share, format::middleElided(word, kMostText), std::exp(other.logprob), this);
    button->setObjectName(QStringLiteral("alternative_%1").arg(m_buttons.size()));
    button->setEnabled(other.id != token.id);
    button->setToolTip(other.id == token.id ? tr("This one was taken.") : tr("Go on with this token instead, as another version of the reply."));
    named(button, tr("%1, %2").arg(word, share));
    connect(button, &QAbstractButton::clicked, this, [this, id = other.id] {
      hide();
      Q_EMIT chosen(id);
    });
    m_column->addWidget(button);
    m_buttons.append(button);
    button->show();
  }
  adjustSize();
  const QRect room = parentWidget()->rect().adjusted(space::k4, space::k4, -space::k4, -space::k4);
  int y = around.bottom() + 2; // below the token where there is room, else above it
  if (y + height() > room.bottom())
    y = std::max(room.top(), around.top() - 2 - height());
  move(std::clamp(around.left(), room.left(), std::max(room.left(), room.right() - width())), y);
  raise();
  QFrame::show();
  if (takeFocus) {
    for (auto* button : m_buttons)
      if (button->isEnabled())
        return button->setFocus(Qt::OtherFocusReason);
    setFocus(Qt::OtherFocusReason);
  }
}

void TokenPopup::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape) {
    hide();
    parentWidget()->setFocus(Qt::OtherFocusReason);
  } else if (event->key() == Qt::Key_Down || event->key() == Qt::Key_Up) {
    focusNextPrevChild(event->key() == Qt::Key_Down);
  } else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && focusWidget() != nullptr) {
    if (auto* button = qobject_cast<QAbstractButton*>(focusWidget()))
      button->click();
  } else {
    QFrame::keyPressEvent(event);
  }
}

void TokenPopup::leaveEvent(QEvent* event) {
  QFrame::leaveEvent(event);
  if (!hasFocus() && std::none_of(m_buttons.begin(), m_buttons.end(), [](const auto* button) { return button->hasFocus(); }))
    hide();
}

void TokenPopup::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  style::drawBox(painter, QRectF(rect()), Style::theme().raised, Style::theme().borderStrong);
}

} // namespace lathe::ui
