// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chip_list.h"

#include "ui/style/shown_state.h"
#include "ui/style/style.h"
#include "ui/widgets/flow_layout.h"

#include <QAbstractButton>
#include <QPainter>

namespace lathe::ui {

class Chip : public QAbstractButton {
  Q_OBJECT
 public:
  Chip(const QString& key, bool mono, QWidget* parent) : QAbstractButton(parent) {
    setText(key);
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(key);
    setAttribute(Qt::WA_Hover);
    setMono(mono);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  }
  void setMono(bool mono) { setFont(mono ? style::monoFont(12) : style::uiFont(12)); }
  QSize sizeHint() const override { return {fontMetrics().horizontalAdvance(text()) + 14, 22}; }
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent*) override {
    const Theme& t = Style::theme();
    QPainter painter(this);
    const bool on = isChecked();
    const QColor fill = on ? t.accentSoft : style::showsHover(this) && isEnabled() ? t.hover : t.raised;
    style::drawBox(painter, rect(), fill, style::showsFocus(this) ? t.accent : on ? t.accentSoftBorder : t.borderStrong, size::kRadiusSmall);
    painter.setFont(font());
    painter.setPen(!isEnabled() ? t.disabled : on ? t.accentInk : t.text);
    painter.drawText(rect(), Qt::AlignCenter, text());
  }
};

ChipList::ChipList(QWidget* parent) : QWidget(parent) {
  new FlowLayout(this, 4);
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void ChipList::setChips(const QStringList& keys) {
  if (keys == chips())
    return;
  const QStringList before = ticked();
  for (Chip* chip : m_chips)
    delete chip;
  m_chips.clear();
  for (const QString& key : keys) {
    auto* chip = new Chip(key, m_mono, this);
    chip->setObjectName(QStringLiteral("chip_") + key);
    chip->setChecked(before.contains(key));
    connect(chip, &QAbstractButton::clicked, this, [this] { Q_EMIT tickedChanged(ticked()); });
    layout()->addWidget(chip);
    chip->show();
    m_chips << chip;
  }
  updateGeometry();
}

QStringList ChipList::chips() const {
  QStringList out;
  for (const Chip* chip : m_chips)
    out << chip->text();
  return out;
}

QStringList ChipList::ticked() const {
  QStringList out;
  for (const Chip* chip : m_chips)
    if (chip->isChecked())
      out << chip->text();
  return out;
}

void ChipList::setTicked(const QStringList& keys) {
  for (Chip* chip : m_chips)
    chip->setChecked(keys.contains(chip->text()));
}

void ChipList::setMono(bool mono) {
  m_mono = mono;
  for (Chip* chip : m_chips)
    chip->setMono(mono);
}

} // namespace lathe::ui

#include "chip_list.moc"
