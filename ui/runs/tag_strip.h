// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/runs_model.h"
#include "ui/widgets/labels.h"

#include <QAbstractButton>

class QCompleter;
class QLineEdit;
class QStringListModel;

namespace lathe::ui {

/// A tag that goes when it is pressed.
class TagChip : public QAbstractButton {
  Q_OBJECT
public:
  TagChip(const QString& tag, const QString& note, QWidget* parent);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }
  QString tag() const { return m_tag; }

protected:
  void paintEvent(QPaintEvent* event) override;

private:
  QString m_tag;
};

/// The tags of one run or of all ticked ones, as chips, with a field that adds another.
class TagStrip : public QWidget {
  Q_OBJECT
public:
  explicit TagStrip(RunsModel& runs, QWidget* parent = nullptr);
  void setRuns(const QStringList& ids, bool ticked); // ticked: these are the ticked ones
  const QStringList& runs() const { return m_ids; }
  void refresh(); // tags or names have changed
  QLineEdit* field() const { return m_field; }

Q_SIGNALS:
  void addRequested(const QString& tag);
  void removeRequested(const QString& tag);

protected:
  void changeEvent(QEvent* event) override;

private:
  void retranslate();
  RunsModel& m_runs;
  QStringList m_ids, m_shown; // m_shown: chips as they are, so that a live run does not make them anew
  bool m_ticked = false;
  ElidedLabel* m_title;
  QWidget* m_chips;
  QLineEdit* m_field;
  QStringListModel* m_known;
};

} // namespace lathe::ui
