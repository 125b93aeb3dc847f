// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/style/icons.h"

#include <QList>
#include <QString>
#include <QWidget>

#include <functional>

namespace lathe::ui {

/// Something the command palette can do.
struct Command {
  QString text;
  QString note; // shown right: "Runs", "Ctrl+N"
  std::function<void()> run;
};

/// A page of the main window. It fills everything between rail and status strip (its header and, where it has one, an InspectorPanel at
/// the right are its own). Texts are set again in changeEvent(QEvent::LanguageChange).
class Page : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;
  virtual QString key() const = 0;   // "train": object name of the rail button is "rail_train"
  virtual QString title() const = 0; // word in the rail, translated; asked again after a change of language
  virtual IconName icon() const = 0;
  virtual bool atBottom() const { return false; } // Settings sits at the bottom of the rail
  virtual bool inRail() const { return true; }    // otherwise reached by the palette or by itself, and never the page of the next start
  virtual void opened() {}                        // became the visible page
  virtual QList<Command> commands() { return {}; }
  /// 0: none; −1: a dot (work is running); otherwise a number (alerts).
  int badge() const { return m_badge; }

 Q_SIGNALS:
  void badgeChanged();
  void pageRequested(const QString& key); // asks the window to show another page
  void pageSuggested(const QString& key); // the same, unless the person has chosen one meanwhile

 protected:
  void setBadge(int badge);

 private:
  int m_badge = 0;
};

} // namespace lathe::ui
