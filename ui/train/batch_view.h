// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/train/batch_request.h"
#include "ui/train/loss_chips.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/stacked_bar.h"

class QListView;
class QStackedWidget;

namespace lathe::ui {

class BatchRowsModel;

/// The batch behind a point of the loss chart: its rows, highest loss first, and the tokens of the chosen one with what each cost.
class BatchView : public Card {
  Q_OBJECT
public:
  explicit BatchView(EngineClient* client, QWidget* parent = nullptr);
  /// Computes the batch and shows it; `last` is the newest step that the run has trained.
  void open(const QString& run, int64_t step, int64_t last);
  void close(); // ends what is being computed
  int64_t step() const { return m_step; }
  LossChipsView* chips() const { return m_chips; }

Q_SIGNALS:
  void closed(); // by the person
  void stepShown(qint64 step);

protected:
  void changeEvent(QEvent* event) override;

private:
  QWidget* buildHead();
  QWidget* buildWorking();
  QWidget* buildResult();
  void ask(int64_t step);
  void showBatch(const api::StepBatch& batch);
  void showRow(int row);
  void showTexts();
  void retranslate();
  QString m_run;
  int64_t m_step = 0, m_last = 0;
  std::optional<api::StepBatch> m_batch;
  BatchRequest m_request;
  TextLabel* m_title;
  ElidedLabel* m_figures;
  TextLabel* m_weights;
  IconButton* m_back;
  IconButton* m_next;
  IconButton* m_close;
  QStackedWidget* m_pages;
  TextLabel* m_what;
  ThinProgress* m_progress;
  Button* m_cancel;
  Banner* m_error;
  BatchRowsModel* m_model;
  QListView* m_rows;
  TextLabel* m_strongestTitle;
  QWidget* m_strongest;
  LossChipsView* m_chips;
  TextLabel* m_legend;
};

} // namespace lathe::ui
