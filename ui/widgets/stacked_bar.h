// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/style/tokens.h"

#include <QList>
#include <QString>
#include <QWidget>

#include <map>
#include <string>

namespace lathe::ui {

/// One category of a memory bar, in bytes.
struct MemoryPart {
  MemoryCategory category = MemoryCategory::Other;
  double bytes = 0;
};
QString memoryCategoryName(MemoryCategory category); // translated: "Weights"
/// Category of an engine's name ("weights", "adapters", "masters", "gradients", "optimizer", "stash", "workspace", "cache", "context", "held");
/// Rest if unknown: it is Lathe's own, whatever it is.
MemoryCategory memoryCategory(const QString& name);
/// The same, sorted, one part a category, empty ones left out; bytes by the engine's names.
QList<MemoryPart> memoryParts(const std::map<std::string, int64_t>& categories);
/// Adds what the device has in use beyond the parts as Other.
QList<MemoryPart> withOthers(QList<MemoryPart> parts, double usedBytes);
double sumOf(const QList<MemoryPart>& parts); // bytes

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

/// Rows "▪ Weights … 15.0 GiB" under a bar, and further rows without a colour when told.
class MemoryLegend : public QWidget {
  Q_OBJECT
 public:
  explicit MemoryLegend(QWidget* parent = nullptr);
  void setParts(const QList<MemoryPart>& parts);
  void setExtras(const QList<std::pair<QString, QString>>& rows); // last rows: "Predicted / measured"
  const QList<std::pair<QString, QString>>& extras() const { return m_extras; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void speak();
  QList<MemoryPart> m_parts;
  QList<std::pair<QString, QString>> m_extras;
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
