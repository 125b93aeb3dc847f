// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/session.h"
#include "ui/shell/page.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"

#include <QSortFilterProxyModel>

class QLineEdit;
class QStackedWidget;
class QTableView;

namespace lathe::ui {

class PromptService;

/// Filters by any column's text, sorts by RunsModel::SortRole.
class RunsFilter : public QSortFilterProxyModel {
  Q_OBJECT
public:
  using QSortFilterProxyModel::QSortFilterProxyModel;
  void setWords(const QString& text);

protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
  QStringList m_words;
};

/// Runs: the table of everything that was trained here.
class RunsPage : public Page {
  Q_OBJECT
public:
  RunsPage(Session& session, PromptService& prompts, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("runs"); }
  QString title() const override { return tr("Runs"); }
  IconName icon() const override { return IconName::Runs; }
  void opened() override;
  QList<Command> commands() override;
  QTableView* table() const { return m_table; }

protected:
  void changeEvent(QEvent* event) override;

private:
  void buildTable();
  Button* addAction(const char* name, IconName icon, std::function<void()> act);
  QString current() const; // id of the chosen run; empty without one
  void openCurrent();
  void renameCurrent();
  void deleteCurrent();
  void showActions();
  void showContent();
  void retranslate();

  Session& m_session;
  PromptService& m_prompts;
  RunsFilter m_filter;
  PageHeader* m_header;
  QLineEdit* m_search;
  Button *m_open, *m_resume, *m_duplicate, *m_chat, *m_rename, *m_delete;
  Banner* m_banner;
  QStackedWidget* m_stack;
  QTableView* m_table;
  EmptyState* m_empty;
  UndoBar* m_undo;
};

} // namespace lathe::ui
