// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/line_plot.h"

#include <QAbstractButton>

namespace lathe::ui {

/// One series in a legend: a piece of its line, its name (elided in the middle), pressed in while it is shown.
class LegendEntry : public QAbstractButton {
  Q_OBJECT
 public:
  LegendEntry(const LinePlot* plot, int series, QWidget* parent);
  int series() const { return m_series; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }
  /// A value behind the name ("1.042"); empty: none.
  void setNote(const QString& note);

 Q_SIGNALS:
  void onlyRequested(); // double click

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void describe();
  const LinePlot* m_plot;
  int m_series;
  QString m_note;
};

/// The legend of a plot: a button per series that shows and hides it; a double click shows it alone, and all again. Wraps into lines.
/// Follows the names and the visibility of the plot's series; several plots of the same series obey one legend through toggled().
class PlotLegend : public QWidget {
  Q_OBJECT
 public:
  explicit PlotLegend(LinePlot* plot, QWidget* parent = nullptr);
  LegendEntry* entry(int series) const; // nullptr: none
  void setNote(int series, const QString& note);

 Q_SIGNALS:
  void toggled(int series, bool shown); // by the person or by one of the plots

 private:
  void rebuild();
  void showOnly(int series);
  LinePlot* m_plot;
  QList<LegendEntry*> m_entries;
};

} // namespace lathe::ui
