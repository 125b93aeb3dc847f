// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_quality_values.h"

#include <QWidget>

namespace lathe::ui {

/// How long the rows are, in tokens, with a line at the sequence length; what is beyond it is hatched.
class LengthHistogram : public QWidget {
  Q_OBJECT
public:
  explicit LengthHistogram(QWidget* parent = nullptr);
  void setLengths(const api::LengthStatistics& lengths);
  /// Where the line stands in a picture of this width; −1 without one. For tests.
  double lineAt() const;
  QSize sizeHint() const override { return {360, 150}; }
  QSize minimumSizeHint() const override { return {200, 110}; }

protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override; // tooltip of the bar under the pointer
  void changeEvent(QEvent* event) override;

private:
  QRectF plot() const;
  double xOf(double length) const;
  QString describe() const;
  void paintAxis(QPainter& painter, const QRectF& plot) const;
  api::LengthStatistics m_lengths;
};

} // namespace lathe::ui
