// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/page.h"

#include <QMainWindow>
#include <QTranslator>

#include <functional>
#include <memory>
#include <vector>

class QStackedWidget;

namespace lathe::ui {
class Banner;
class Rail;
class StatusModel;
class StatusStrip;
class UndoBar;
class WindowSettings;

/// Places rail, pages and status strip, and nothing else. Takes the pages in the order of the rail and owns them.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(std::vector<Page*> pages, StatusModel& status, WindowSettings& settings, QWidget* parent = nullptr);
  ~MainWindow() override;
  Page* currentPage() const;
  Page* page(const QString& key) const; // nullptr: none
  QStringList pageKeys() const;
  /// Commands of the palette that belong to no page.
  void setMoreCommands(std::function<QList<Command>()> commands) { m_moreCommands = std::move(commands); }
  /// Asked before the window closes; false keeps it open.
  void setCloseQuestion(std::function<bool()> question) { m_closeQuestion = std::move(question); }

 public Q_SLOTS:
  void showPage(const QString& key);
  void openPalette();
  /// A page that would like to be seen first; it is not when the person has gone somewhere or begun to type.
  void suggestPage(const QString& key);
  /// One sentence over every page, until it is closed.
  void showNotice(const QString& text);
  /// "Base model changed. [Undo]" at the bottom for a while.
  void offerUndo(const QString& text, std::function<void()> undo);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void connectFrame();
  void restore();
  void addShortcuts();
  void showEngineState();
  void retranslate();
  QList<Command> allCommands();
  std::function<QList<Command>()> m_moreCommands;
  std::function<bool()> m_closeQuestion;
  bool m_navigated = false;
  std::vector<Page*> m_pages;
  StatusModel& m_status;
  WindowSettings& m_settings;
  Rail* m_rail;
  QStackedWidget* m_stack;
  StatusStrip* m_strip;
  Banner* m_banner;
  Banner* m_notice;
  UndoBar* m_undo;
};

} // namespace lathe::ui
