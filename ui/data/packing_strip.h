// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_quality_values.h"

#include <QWidget>

#include <optional>

namespace lathe::ui {

/// The first microbatches, one line each: their rows side by side against the room there is, the learned share of each row filled. Arrow keys
/// move from row to row, Enter or a click asks for one.
class PackingStrip : public QWidget {
  Q_OBJECT
public:
  explicit PackingStrip(QWidget* parent = nullptr);
  static constexpr int kMost = 8; // lines
  void setReport(const api::PackingReport& report);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

Q_SIGNALS:
  void rowRequested(qint64 row);

protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  struct Place {
    int line = 0, row = 0; // of the microbatch; within it
  };
  int lines() const;
  double capacity() const; // of the widest line, in tokens
  QRectF lineRect(int line) const;
  QRectF rowRect(Place place) const;
  std::optional<Place> placeAt(const QPointF& point) const;
  const api::PackedRow& at(Place place) const { return m_report.first[static_cast<size_t>(place.line)].rows[static_cast<size_t>(place.row)]; }
  QString say(Place place) const;
  void describe();
  api::PackingReport m_report;
  Place m_current;
};

} // namespace lathe::ui
