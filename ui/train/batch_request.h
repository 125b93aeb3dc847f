// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/batch_values.h"
#include "ui/bridge/engine_client.h"

#include <QTimer>

namespace lathe::ui {

/// One question at a time for the batch behind a step: starts the engine's helper and asks how far it is until it has an answer.
class BatchRequest : public QObject {
  Q_OBJECT
public:
  explicit BatchRequest(EngineClient* client, QObject* parent = nullptr);
  void start(const QString& run, int64_t step); // ends what was asked before
  void cancel();
  bool isWorking() const { return m_working; }

Q_SIGNALS:
  void progress(const QString& what, double share);
  void done(const lathe::api::StepBatch& batch);
  void failed(const QString& message);

private:
  void ask();
  void take(const Result<api::BatchAnswer>& answer);
  EngineClient* m_client;
  QTimer m_again;
  QString m_run;
  int64_t m_step = 0;
  int m_question = 0; // answers to older ones are dropped
  bool m_working = false;
};

} // namespace lathe::ui
