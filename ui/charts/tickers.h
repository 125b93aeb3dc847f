// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/series_pyramid.h"

#include "ui/charts/qcustomplot_header.h"

#include <functional>
#include <optional>

namespace lathe::ui {

/// Steps, tokens or times on the x axis.
class XTicker : public QCPAxisTicker {
 public:
  explicit XTicker(XAxis axis) : m_axis(axis) { setTickCount(6); }
  /// A place that always has a label while it is in sight: where the run will end.
  void setEnd(std::optional<double> end) { m_end = end; }

 protected:
  QVector<double> createTickVector(double step, const QCPRange& range) override;
  double getTickStep(const QCPRange& range) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;
  int getSubTickCount(double) override { return 0; }

 private:
  XAxis m_axis;
  std::optional<double> m_end;
};

/// Times counted back from the tick origin: "−2 min", "now".
class AgoTicker : public QCPAxisTicker {
 public:
  AgoTicker() { setTickCount(6); }

 protected:
  double getTickStep(const QCPRange& range) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;
  int getSubTickCount(double) override { return 0; }
};

class YTicker : public QCPAxisTicker {
 public:
  explicit YTicker(std::function<QString(double)> format) : m_format(std::move(format)) { setTickCount(5); }

 protected:
  double getTickStep(const QCPRange& range) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;
  int getSubTickCount(double) override { return 0; }

 private:
  std::function<QString(double)> m_format;
  int m_decimals = 0; // that tell one tick from the next; all labels have as many
};

class YLogTicker : public QCPAxisTickerLog {
 public:
  explicit YLogTicker(std::function<QString(double)> format) : m_format(std::move(format)) {}

 protected:
  QVector<double> createTickVector(double tickStep, const QCPRange& range) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;
  int getSubTickCount(double) override { return 0; }

 private:
  std::function<QString(double)> m_format;
};

} // namespace lathe::ui
