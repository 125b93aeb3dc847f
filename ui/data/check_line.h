// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/data/data_work.h"
#include "ui/widgets/labels.h"

#include <QWidget>

class QHBoxLayout;

namespace lathe::ui {

class ThinProgress;

/// A check of the whole dataset on request: what it is, what came out, a button that starts it and, while it runs, stops it. The button's object
/// name is "<name>_run".
class CheckLine : public QWidget {
  Q_OBJECT
public:
  CheckLine(Session& session, const char* name, QWidget* parent = nullptr);
  void setTexts(const QString& title, const QString& button, const QString& tip); // title empty: none
  void setStatus(const QString& text, TextRole role = TextRole::Muted);
  QString status() const;
  void addWidget(QWidget* widget); // before the button
  DataWork* work() { return &m_work; }
  Button* button() const { return m_button; }

Q_SIGNALS:
  void startRequested();

private:
  void showBusy(bool busy);
  DataWork m_work;
  QHBoxLayout* m_line;
  TextLabel* m_title;
  ElidedLabel* m_status;
  ThinProgress* m_progress;
  Button* m_button;
  QString m_start, m_tip, m_before;
};

} // namespace lathe::ui
