// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/session.h"
#include "ui/widgets/banner.h"

#include <QDialog>

class QTreeWidget;
class QTreeWidgetItem;

namespace lathe::ui {

class PromptService;

/// Deleted runs and conversations: put back, or (runs) removed for good.
class BinDialog : public QDialog {
  Q_OBJECT
public:
  BinDialog(Session& session, PromptService& prompts, QWidget* parent = nullptr);

private:
  void read();
  void readRunsAfter(int reading, const std::string& last);
  void add(const QString& name, const QString& kind, const QString& size, const QVariant& id);
  void showActions();
  void restoreChosen();
  void removeChosen();
  void ended(const Result<Json>& answer); // of one request; the last one reads the lists again
  void send(const char* method, const Json& params);
  QList<QTreeWidgetItem*> chosenRuns() const;

  Session& m_session;
  PromptService& m_prompts;
  QTreeWidget* m_list;
  TextLabel* m_sum;
  Banner* m_banner;
  Button *m_restore, *m_remove, *m_close;
  int m_open = 0;    // requests without an answer
  int m_reading = 0; // answers of an older reading are dropped
};

} // namespace lathe::ui
