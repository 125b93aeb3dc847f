// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/session.h"
#include "ui/runs/runs_filter.h"
#include "ui/shell/page.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"

#include <QTimer>

class QComboBox;
class QLineEdit;
class QStackedWidget;
class QTableView;

namespace lathe::ui {

class ChipList;
class CompareView;
class PromptService;
class TagStrip;

/// Runs: the table of everything that was trained here, with filters and tags; ticked runs are compared.
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
  CompareView* compareView() const { return m_compareView; }

protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;

private:
  struct TagChange {
    QString run;
    QStringList add, remove;
  };
  void buildTable();
  QWidget* buildList();
  void connectFilters();
  void connectSession();
  Button* addAction(const char* name, IconName icon, std::function<void()> act);
  QString current() const;      // id of the chosen run; empty without one
  QStringList taggable() const; // the ticked runs, or the chosen one
  void openCurrent();
  void renameCurrent();
  void deleteCurrent();
  void tickCurrent();
  void compareTicked();
  void openBin();
  void showList();
  void changeTags(const QStringList& add, const QStringList& remove, const QString& said);
  void filterChanged();
  void fitColumns();
  void showActions();
  void showTags();
  void showCounts();
  void showContent();
  void retranslate();
  void retranslateActions();

  Session& m_session;
  PromptService& m_prompts;
  RunsFilter m_filter;
  QTimer m_later; // what follows from changes of many runs: once
  QStackedWidget* m_views; // the list, or the comparison
  PageHeader* m_header;
  QLineEdit* m_search;
  QComboBox* m_states;
  ChipList* m_tagFilter;
  LinkButton *m_clearTicks, *m_bin;
  QWidget* m_filters;
  Button *m_open, *m_resume, *m_duplicate, *m_chat, *m_rename, *m_delete, *m_compare;
  Banner* m_banner;
  QStackedWidget* m_stack;
  QTableView* m_table;
  EmptyState* m_empty;
  TagStrip* m_tags;
  UndoBar* m_undo;
  CompareView* m_compareView;
};

} // namespace lathe::ui
