// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/model_values.h"

#include <QWidget>

namespace lathe::ui {

/// How the values of a tensor are distributed. ← and → (or the pointer) go through the bins and say each; L changes between counts and their logarithm.
class ValueHistogram : public QWidget {
  Q_OBJECT
public:
  explicit ValueHistogram(QWidget* parent = nullptr);
  void setStatistics(const api::TensorStatistics& statistics);
  void clear();
  void setLogarithmic(bool on);
  bool isLogarithmic() const { return m_logarithmic; }
  int current() const { return m_current; } // bin that is said; −1: none
  QString binText(int bin) const;
  QSize sizeHint() const override { return {320, 150}; }
  QSize minimumSizeHint() const override { return {160, 64}; }

Q_SIGNALS:
  void currentChanged(const QString& text); // what the bin holds; empty: none

protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

private:
  QRectF plotRect() const;
  int binAt(double x) const;
  double heightOf(int64_t count) const; // 0 … 1
  void choose(int bin);
  api::TensorStatistics m_statistics;
  int m_current = -1;
  bool m_logarithmic = false;
};

} // namespace lathe::ui
