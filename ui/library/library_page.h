// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/session.h"
#include "ui/library/library_model.h"
#include "ui/shell/page.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/segmented_switch.h"

class QLineEdit;
class QPlainTextEdit;
class QSplitter;
class QStackedWidget;
class QTreeView;

namespace lathe::ui {

class ConvertView;
class ModelCard;
class PromptService;
class ScanView;
class TemplateTrialView;
class TensorView;
class TokenizerTrialView;

/// Models: a tree of base models with what was made from them, and everything about the chosen one.
class LibraryPage : public Page {
  Q_OBJECT
public:
  LibraryPage(Session& session, PromptService& prompts, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("models"); }
  QString title() const override { return tr("Models"); }
  IconName icon() const override { return IconName::Models; }
  void opened() override;
  QList<Command> commands() override;
  QTreeView* tree() const { return m_tree; }
  ScanView* scanView() const { return m_scan; }
  void showModel(const QString& path); // chooses it in the tree, now or as soon as it is there

Q_SIGNALS:
  void fineTuneRequested(const QString& model, const QString& adapter); // adapter empty: the model itself

protected:
  void changeEvent(QEvent* event) override;

private:
  QWidget* buildList();
  QWidget* buildDetail();
  QWidget* buildSheet();
  void buildEmpty();
  void buildSplitter();
  void connectTree();
  void connectActions();
  Button* addAction(const char* name, IconName icon, std::function<void()> act);
  void addFolder();
  void addFile();
  void addPaths(const QStringList& paths);
  void scan();
  void removeCurrent();
  void chat();
  void fineTune();
  void showInFolder();
  void readModels();
  void choose(const QString& path);
  void showChosen();
  void inspect();
  void showView(const QString& key);
  void showActions();
  void showCounts();
  void showContent();
  void readText(const char* what, const QString& title);
  void showTrouble(const QString& text);
  void retranslate();
  void retranslateActions();
  const api::ModelSummary* current() const;
  QString textPath() const; // whose tokenizer and template count for the chosen model

  Session& m_session;
  PromptService& m_prompts;
  LibraryModel m_model;
  LibraryFilter m_filter;
  QString m_path, m_wanted; // chosen; to be chosen as soon as it is there
  qint64 m_inspecting = 0;
  bool m_read = false;
  QStackedWidget* m_views; // the list with its detail, or the scan
  PageHeader* m_header;
  Button *m_addFolder, *m_addFile, *m_scanButton;
  Banner* m_banner;
  QStackedWidget* m_content; // list and detail, or the empty state
  QWidget* m_empty;
  TextLabel *m_emptyTitle, *m_emptyText;
  Button *m_emptyAdd, *m_emptyScan;
  QSplitter* m_splitter;
  QLineEdit* m_search;
  QTreeView* m_tree;
  ElidedLabel *m_name, *m_place;
  Button *m_fineTune, *m_chat, *m_show, *m_remove;
  SegmentedSwitch* m_switch;
  QStackedWidget* m_detail;
  ModelCard* m_card;
  TensorView* m_tensors;
  TokenizerTrialView* m_tokenizer;
  TemplateTrialView* m_template;
  ConvertView* m_convert;
  QWidget* m_sheet; // a text of the model: licence, template
  TextLabel* m_sheetTitle;
  Button* m_sheetBack;
  QPlainTextEdit* m_sheetText;
  ScanView* m_scan;
  UndoBar* m_undo;
};

} // namespace lathe::ui
