// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/page.h"

#include <QMainWindow>
#include <QTranslator>

#include <memory>
#include <vector>

class QStackedWidget;

namespace lathe::ui {
class Banner;
class Rail;
class StatusModel;
class StatusStrip;
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

 public Q_SLOTS:
  void showPage(const QString& key);
  void openPalette();

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void addShortcuts();
  void showEngineState();
  void retranslate();
  QList<Command> allCommands();
  std::vector<Page*> m_pages;
  StatusModel& m_status;
  WindowSettings& m_settings;
  Rail* m_rail;
  QStackedWidget* m_stack;
  StatusStrip* m_strip;
  Banner* m_banner;
};

} // namespace lathe::ui
