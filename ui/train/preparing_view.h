// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/card.h"
#include "ui/widgets/stacked_bar.h"

#include <QElapsedTimer>

namespace lathe::ui {

/// What a run does before its first step: the stage ("2 of 3 · Tokenizing"), how much of it is done, the time left, and Cancel.
class PreparingView : public Card {
  Q_OBJECT
public:
  explicit PreparingView(QWidget* parent = nullptr);
  void begin(); // of another run: nothing is known yet
  /// `what` as the worker says it; `share` 0 … 1, NaN when unknown.
  void show(const QString& what, double share);
  using Card::show;
  void setCancelling(); // Cancel has been pressed

Q_SIGNALS:
  void cancelRequested();

protected:
  void changeEvent(QEvent* event) override;

private:
  void retranslate();
  void showTexts();
  QString m_what;
  double m_share = 0, m_firstShare = 0;
  bool m_cancelling = false;
  QElapsedTimer m_sinceStage; // began with the stage
  TextLabel* m_stage;
  TextLabel* m_left;
  ThinProgress* m_progress;
  Button* m_cancel;
};

} // namespace lathe::ui
