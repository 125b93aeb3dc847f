// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_quality_values.h"
#include "core/api/data_values.h"

#include <QWidget>

class QCheckBox;
class QTreeWidget;
class QTreeWidgetItem;

namespace lathe::ui {

class Button;
class CheckLine;
class OpenDataset;
class PathField;
class PromptService;
class Session;
class TextLabel;

/// Checks of the whole dataset, each on request: unreadable rows, rows that say the same, and validation rows that training has seen.
class QualityView : public QWidget {
  Q_OBJECT
public:
  QualityView(Session& session, PromptService& prompts, OpenDataset& dataset, QWidget* parent = nullptr);
  void tokensChanged() {} // the checks look at texts

Q_SIGNALS:
  void rowRequested(qint64 row);

protected:
  void changeEvent(QEvent* event) override;

private:
  void connectChecks();
  void forget();
  Json params() const;
  void beginLeakage();
  void saveCopy();
  void showBad(const api::BadDataRows& found);
  void showDuplicates(const api::DuplicateReport& report);
  void showLeakage(const api::LeakageReport& report);
  void showCopy(const api::CleanedCopy& copy);
  QTreeWidgetItem* addRow(QTreeWidgetItem* under, qint64 row, const QString& place, const QString& text);
  void newList(const QString& title);
  void retranslate();
  Session& m_session;
  PromptService& m_prompts;
  OpenDataset& m_dataset;
  CheckLine *m_bad, *m_duplicates, *m_leakage, *m_copy;
  QCheckBox* m_near;
  PathField* m_validation;
  TextLabel* m_listTitle;
  QTreeWidget* m_list;
};

} // namespace lathe::ui
