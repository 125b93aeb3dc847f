// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tone_icon.h"

#include "ui/style/icons.h"

#include <QPainter>

namespace lathe::ui {

namespace {
constexpr int kToneIconSide = 16;

QIcon iconOf(Tone tone) {
  switch (tone) {
  case Tone::Good:
    return style::icon(IconName::Check, IconRole::Good);
  case Tone::Warn:
    return style::icon(IconName::Warning, IconRole::Warn);
  case Tone::Error:
    return style::icon(IconName::Close, IconRole::Bad);
  case Tone::Info:
    break;
  }
  return style::icon(IconName::Info, IconRole::Muted);
}
} // namespace

ToneIcon::ToneIcon(Tone tone, const QString& word, QWidget* parent) : QWidget(parent), m_icon(iconOf(tone)) {
  setFixedSize(kToneIconSide, kToneIconSide + 2);
  setAccessibleName(word);
  setToolTip(word);
}

void ToneIcon::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  m_icon.paint(&painter, QRect(0, 1, kToneIconSide, kToneIconSide));
}

} // namespace lathe::ui
