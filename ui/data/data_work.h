// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"

#include <QObject>
#include <QTimer>

namespace lathe::ui {

class Session;

/// A long work of the engine on a dataset: started, asked how far it is, stopped. One at a time; a newer one ends an older one.
class DataWork : public QObject {
  Q_OBJECT
public:
  explicit DataWork(Session& session, QObject* parent = nullptr);
  ~DataWork() override;
  void start(const char* kind, Json params);
  void stop(); // without a word
  bool isBusy() const { return m_busy; }

Q_SIGNALS:
  void progressed(const QString& what, double share); // share NaN: unknown
  void finished(const lathe::Json& result);
  void failed(const QString& message);
  void busyChanged(bool busy);

private:
  void ask();
  void take(const api::DataWorkState& state);
  void setBusy(bool busy);
  void tellStop(qint64 work);
  Session& m_session;
  QTimer m_timer;
  qint64 m_work = 0;   // 0: not known yet
  qint64 m_number = 0; // of the last start
  bool m_busy = false;
};

} // namespace lathe::ui
