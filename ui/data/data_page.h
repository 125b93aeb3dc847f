// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"
#include "ui/data/datasets_model.h"
#include "ui/shell/page.h"

#include <QSet>

#include <functional>

class QLineEdit;
class QListView;
class QStackedWidget;

namespace lathe::ui {

class Banner;
class Button;
class DatasetView;
class DropOverlay;
class EmptyState;
class PageHeader;
class PromptService;
class Session;
class UndoBar;
class WindowSettings;

/// Data: the datasets that a person works with, and the chosen one in full.
class DataPage : public Page {
  Q_OBJECT
public:
  DataPage(Session& session, PromptService& prompts, WindowSettings& settings, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("data"); }
  QString title() const override { return tr("Data"); }
  IconName icon() const override { return IconName::Data; }
  void opened() override;
  QList<Command> commands() override;
  /// Paths that the Train page names; they come into the list when this page is opened.
  void setTrainFiles(std::function<QStringList()> files) { m_trainFiles = std::move(files); }
  /// Files of the engine's computer; the last of them is shown.
  void add(const QStringList& paths);
  void showDataset(const QString& path);
  DatasetView* view() const { return m_view; }

Q_SIGNALS:
  /// Fields of the Train page's form: this data, the choices that it was looked at with, and the model.
  void trainingRequested(const std::vector<std::pair<std::string, lathe::Json>>& values);

protected:
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

private:
  QWidget* buildList();
  void connectParts();
  void read(const QString& thenShow = {});
  void addNext(QStringList paths, const QString& show);
  void addFromTraining();
  void browse(bool folder);
  void removeCurrent();
  void fineTune();
  QString current() const;
  void showCurrent();
  void showContent();
  void retranslate();
  Session& m_session;
  PromptService& m_prompts;
  std::function<QStringList()> m_trainFiles;
  QSet<QString> m_offered; // by the Train page, in this session
  DatasetsModel m_datasets;
  DatasetsFilter m_filter;
  PageHeader* m_header;
  Button *m_addFile, *m_addFolder, *m_train;
  Banner* m_banner;
  QLineEdit* m_search;
  QListView* m_list;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  DatasetView* m_view;
  UndoBar* m_undo;
  DropOverlay* m_overlay;
  bool m_read = false;
};

} // namespace lathe::ui
