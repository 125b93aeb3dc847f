// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/drop/dropped.h"

#include <QObject>
#include <QPointer>
#include <QTimer>
#include <QWidget>

class QMimeData;

namespace lathe::ui {

class MainWindow;
class Session;
class SetupView;

/// Says over the whole window what a drop would do. The pointer goes through it.
class DropOverlay : public QWidget {
  Q_OBJECT
 public:
  explicit DropOverlay(QWidget* window);
  void show(const QString& text, bool accepted);
  QString text() const { return m_text; }
  bool accepted() const { return m_accepted; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString m_text;
  bool m_accepted = false;
};

/// Takes models, adapters, datasets, runs and specifications that are dropped anywhere on the window; path fields keep what is dropped on
/// them. What the set-up was before comes back with Undo.
class DropTarget : public QObject {
  Q_OBJECT
 public:
  DropTarget(MainWindow& window, Session& session, SetupView& setup, QObject* parent = nullptr);
  ~DropTarget() override;
  bool eventFilter(QObject* object, QEvent* event) override;
  /// As if these had been dropped; also for files that are handed over in another way.
  void take(const QStringList& paths);

 private:
  bool isMine(const QObject* object) const;
  bool handle(QEvent* event);
  void look(const QStringList& paths, bool drop);
  void show(const DropPlan& plan);
  void perform(const DropPlan& plan);
  void fill(const DropPlan& plan);
  void chat(const Dropped& thing);
  void openRun(const Dropped& thing);
  MainWindow& m_window;
  Session& m_session;
  SetupView& m_setup;
  DropOverlay* m_overlay;
  QTimer m_hide;
  QStringList m_paths; // over the window now
  int m_look = 0;      // number of the last look
};

} // namespace lathe::ui
