// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/spec_diff.h"
#include "core/api/values.h"

#include <QAbstractTableModel>
#include <QPixmap>
#include <QStringList>

#include <vector>

namespace lathe::ui {

class MetricsHistory;

/// A column per run; rows: the fields of its specification, only those that differ or all of them, then what came out of it. A field that
/// differs is marked by a sign and bold type.
class CompareModel : public QAbstractTableModel {
  Q_OBJECT
public:
  using QAbstractTableModel::QAbstractTableModel;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  void setRuns(const QList<MetricsHistory*>& histories); // not owned
  void setSamples(const QList<QPixmap>& samples);
  void setOnlyDifferences(bool on);
  bool onlyDifferences() const { return m_onlyDifferences; }
  void readSpecs();   // a specification has come
  void readResults(); // rows or states have come
  bool isSection(int row) const { return m_rows[static_cast<size_t>(row)].kind == Kind::Section; }
  int differing() const { return m_differing; } // fields
  int fields() const { return static_cast<int>(m_fields.size()); }
  void retranslate();

private:
  enum class Kind { Section, Result, Field };
  struct Row {
    Kind kind;
    QString title, tip;
    QStringList values;
    bool differs = false;
  };
  std::vector<Row> resultRows() const;
  Row fieldRow(const api::SpecField& field) const;
  void rebuild();

  QList<MetricsHistory*> m_histories;
  QList<QPixmap> m_samples;
  std::vector<api::SpecField> m_fields;
  std::vector<Row> m_rows;
  int m_differing = 0;
  bool m_onlyDifferences = true;
};

} // namespace lathe::ui
