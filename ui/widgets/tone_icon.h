// SPDX-License-Identifier: GPL-3.0-or-later
// A state as a sign, so that it does not rest on colour: tick, triangle, cross, or an i.
#pragma once

#include "ui/widgets/banner.h"

#include <QIcon>

namespace lathe::ui {

/// 16 px wide; its word is the accessible name and the tooltip.
class ToneIcon : public QWidget {
  Q_OBJECT
 public:
  ToneIcon(Tone tone, const QString& word, QWidget* parent = nullptr);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QIcon m_icon;
};

} // namespace lathe::ui
