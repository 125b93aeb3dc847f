// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/data/rows_model.h"

#include <QTimer>
#include <QWidget>

class QSplitter;
class QTableView;

namespace lathe::ui {

class NumberField;
class OpenDataset;
class RowView;
class Session;
class TextLabel;

/// All rows of the dataset, and the chosen one beside them.
class RowsView : public QWidget {
  Q_OBJECT
public:
  RowsView(Session& session, OpenDataset& dataset, QWidget* parent = nullptr);
  void showRow(qint64 row); // from 0; waits for a dataset that is being opened
  void tokensChanged();     // other tokens for the same rows
  QTableView* table() const { return m_table; }
  RowView* rowView() const { return m_row; }
  QSplitter* splitter() const { return m_split; }

protected:
  void changeEvent(QEvent* event) override;

private:
  QWidget* buildList();
  void buildTable();
  void connectParts();
  void fetch(qint64 from, int limit, qint64 epoch);
  void askRow(qint64 chipsFrom);
  void rowsKnown();
  void retranslate();
  Session& m_session;
  OpenDataset& m_dataset;
  RowsModel m_model;
  QTableView* m_table;
  TextLabel* m_goLabel;
  NumberField* m_go;
  RowView* m_row;
  QSplitter* m_split;
  QTimer m_later; // moving through the rows asks for the one where it stops
  QString m_path;
  qint64 m_current = -1, m_asked = 0, m_wanted = -1;
};

} // namespace lathe::ui
