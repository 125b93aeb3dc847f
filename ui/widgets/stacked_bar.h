// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/style/tokens.h"

#include <QList>
#include <QString>
#include <QWidget>

namespace lathe::ui {

/// One category of a memory bar, in bytes.
struct MemoryPart {
  MemoryCategory category = MemoryCategory::Other;
  double bytes = 0;
};
QString memoryCategoryName(MemoryCategory category); // translated: "Weights"
/// Category of an engine's name ("weights", "adapters", "gradients", "optimizer", "stash", "workspace", "context"); Other if unknown.
MemoryCategory memoryCategory(const QString& name);

/// A bar of parts against a total. More parts than the total: the bar is full and edged red.
class StackedBar : public QWidget {
  Q_OBJECT
 public:
  explicit StackedBar(QWidget* parent = nullptr, int height = 16);
  void setParts(const QList<MemoryPart>& parts, double totalBytes);
  const QList<MemoryPart>& parts() const { return m_parts; }
  double used() const;
  double total() const { return m_total; }
  QSize sizeHint() const override { return {160, m_height}; }
  QSize minimumSizeHint() const override { return {60, m_height}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override; // tooltip of the part under the pointer

 private:
  QString describe() const;
  QList<MemoryPart> m_parts;
  double m_total = 0;
  int m_height;
};

/// Rows "▪ Weights … 15.0" under a bar, in GiB, with a caption at the bottom when told.
class MemoryLegend : public QWidget {
  Q_OBJECT
 public:
  explicit MemoryLegend(QWidget* parent = nullptr);
  void setParts(const QList<MemoryPart>& parts);
  void setExtra(const QString& name, const QString& value); // last row: "Predicted / measured"; empty name removes it
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QList<MemoryPart> m_parts;
  QString m_extraName, m_extraValue;
};

/// A thin progress bar in the accent colour; NaN: unknown (empty track).
class ThinProgress : public QWidget {
  Q_OBJECT
 public:
  explicit ThinProgress(QWidget* parent = nullptr);
  void setShare(double share); // 0 … 1
  double share() const { return m_share; }
  QSize sizeHint() const override { return {140, 6}; }
  QSize minimumSizeHint() const override { return {40, 6}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  double m_share = 0;
};

/// A small line without axes; also paints inside item views.
class Sparkline : public QWidget {
  Q_OBJECT
 public:
  explicit Sparkline(QWidget* parent = nullptr);
  void setValues(const QList<double>& values);
  static void paint(QPainter& painter, const QRectF& rect, const QList<double>& values, const QColor& color);
  QSize sizeHint() const override { return {80, 20}; }
  QSize minimumSizeHint() const override { return {40, 16}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QList<double> m_values;
};

} // namespace lathe::ui
