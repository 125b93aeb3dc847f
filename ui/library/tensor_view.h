// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/library/library_work.h"
#include "ui/library/tensors_model.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/stacked_bar.h"

#include <QSortFilterProxyModel>

class QLineEdit;
class QTableView;

namespace lathe::ui {

class ValueHistogram;

/// The tensors of one model, searched and sorted; extremes, deviation and histogram of the chosen one when asked for.
class TensorView : public QWidget {
  Q_OBJECT
public:
  explicit TensorView(Session& session, QWidget* parent = nullptr);
  /// Reads the table when the view is visible, or as soon as it is.
  void open(const QString& path);
  TensorsModel* model() { return &m_model; }
  QTableView* table() const { return m_table; }

protected:
  void showEvent(QShowEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  QWidget* buildMeasured();
  void buildTable();
  void connectControls();
  void read(qint64 from);
  void measure();
  void showChosen();
  void showStatistics(const api::TensorStatistics* statistics);
  void showCount();
  void fitColumns();
  void retranslate();
  QString chosen() const; // name of the tensor; empty without one

  Session& m_session;
  TensorsModel m_model;
  QSortFilterProxyModel m_filter;
  LibraryWork m_work;
  QString m_path, m_measuring;
  bool m_read = false;
  qint64 m_reading = 0, m_total = 0;
  QLineEdit* m_search;
  TextLabel* m_count;
  Banner* m_banner;
  QTableView* m_table;
  ElidedLabel* m_name;
  TextLabel *m_figures, *m_notes, *m_bin;
  Button *m_measure, *m_cancel;
  ThinProgress* m_progress;
  ValueHistogram* m_histogram;
};

} // namespace lathe::ui
