// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/token_colours.h"

#include "ui/style/style.h"

#include <QCoreApplication>
#include <QEvent>
#include <QPainter>

#include <array>
#include <cmath>

namespace lathe::ui {

namespace tokens {

namespace {

constexpr std::array kLeastProbability = {0.9, 0.5, 0.2, 0.05};
constexpr std::array kMostEntropy = {0.2, 0.7, 1.5, 3.0}; // nat
constexpr std::array kShare = {0.0, 0.10, 0.20, 0.30, 0.42}; // of the colour in the ground; text on it keeps a contrast of 4.5 (tst_chat_page)
constexpr std::array kLine = {QTextCharFormat::NoUnderline, QTextCharFormat::DotLine, QTextCharFormat::DashUnderline, QTextCharFormat::SingleUnderline,
                              QTextCharFormat::WaveUnderline};

} // namespace

int stepOf(const api::TokenTrace& token, TokenColour by) {
  int step = 0;
  const double probability = std::exp(token.logprob);
  while (step + 1 < kSteps && (by == TokenColour::Probability ? probability < kLeastProbability[static_cast<size_t>(step)]
                                                              : token.entropy > kMostEntropy[static_cast<size_t>(step)]))
    ++step;
  return step;
}

QTextCharFormat formatOf(int step) {
  const Theme& theme = Style::theme();
  QTextCharFormat out;
  if (step <= 0)
    return out;
  const auto at = static_cast<size_t>(step);
  out.setBackground(style::mix(theme.background, theme.accent, kShare[at]));
  out.setUnderlineStyle(kLine[at]);
  out.setUnderlineColor(theme.accentInk);
  return out;
}

QString stepText(int step, TokenColour by) {
  const auto at = static_cast<size_t>(step);
  const auto bound = [&](size_t i) { return QString::number(by == TokenColour::Probability ? 100 * kLeastProbability[i] : kMostEntropy[i]); };
  const QString unit = by == TokenColour::Probability ? QStringLiteral(" %") : QStringLiteral(" nat");
  const bool falling = by == TokenColour::Probability;
  if (step == 0)
    return (falling ? QStringLiteral("≥ ") : QStringLiteral("≤ ")) + bound(0) + unit;
  if (step == kSteps - 1)
    return (falling ? QStringLiteral("< ") : QStringLiteral("> ")) + bound(at - 1) + unit;
  return (falling ? bound(at) + QStringLiteral("–") + bound(at - 1) : bound(at - 1) + QStringLiteral("–") + bound(at)) + unit;
}

QString percent(double logprob) {
  const double value = 100 * std::exp(logprob);
  return value < 0.05 ? QStringLiteral("< 0.1 %") : QString::number(value, 'f', 1) + QStringLiteral(" %");
}

QString quoted(const QString& text) {
  if (text.isEmpty())
    return QCoreApplication::translate("lathe::ui::TokenPopup", "end of the reply");
  QString shown = text;
  shown.replace(QLatin1Char('\n'), QStringLiteral("↵")).replace(QLatin1Char('\t'), QStringLiteral("⇥"));
  return QStringLiteral("“%1”").arg(shown);
}

} // namespace tokens

namespace {
constexpr int kGap = 12, kPad = 4;
}

TokenLegend::TokenLegend(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("token_legend"));
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  retranslate();
}

void TokenLegend::setColour(TokenColour by) {
  m_by = by;
  retranslate();
  updateGeometry();
  update();
}

int TokenLegend::stepWidth(int step) const { return QFontMetrics(style::uiFont(size::kCaption)).horizontalAdvance(tokens::stepText(step, m_by)) + 2 * kPad; }

QSize TokenLegend::sizeHint() const {
  int width = 0;
  for (int step = 0; step < tokens::kSteps; ++step)
    width += stepWidth(step) + kGap;
  return {width, QFontMetrics(style::uiFont(size::kCaption)).height() + 2 * kPad};
}

void TokenLegend::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QFont font = style::uiFont(size::kCaption);
  const QFontMetrics metrics(font);
  painter.setFont(font);
  int x = 0;
  for (int step = 0; step < tokens::kSteps; ++step) {
    const QRect box(x, 0, stepWidth(step), height());
    const QTextCharFormat look = tokens::formatOf(step);
    if (step > 0)
      painter.fillRect(box, look.background());
    painter.setPen(Style::theme().text);
    painter.drawText(box, Qt::AlignCenter, tokens::stepText(step, m_by));
    if (step > 0) {
      constexpr std::array kPens = {Qt::NoPen, Qt::DotLine, Qt::DashLine, Qt::SolidLine, Qt::DashDotLine};
      const int y = box.bottom() - kPad + 1;
      painter.setPen(QPen(look.underlineColor(), step == tokens::kSteps - 1 ? 2 : 1, kPens[static_cast<size_t>(step)]));
      painter.drawLine(box.left() + kPad, y, box.right() - kPad, y);
    }
    x += box.width() + kGap;
  }
}

void TokenLegend::retranslate() {
  QStringList steps;
  for (int step = 0; step < tokens::kSteps; ++step)
    steps << tokens::stepText(step, m_by);
  setAccessibleName(m_by == TokenColour::Probability ? tr("Probability of each token") : tr("Entropy at each token"));
  setAccessibleDescription(steps.join(QStringLiteral(", ")));
  setToolTip(m_by == TokenColour::Probability ? tr("How likely the model held each token, before temperature. The darker and the stronger underlined, the less likely.")
                                              : tr("How undecided the model was before each token. The darker and the stronger underlined, the less decided."));
}

void TokenLegend::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
