// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/model_values.h"

#include <QObject>
#include <QTimer>

namespace lathe::ui {

class Session;

/// Work of the engine on model files that takes a while: begun, asked how far it is, stopped. One at a time; a newer one ends an older one.
class LibraryWork : public QObject {
  Q_OBJECT
public:
  explicit LibraryWork(Session& session, QObject* parent = nullptr);
  ~LibraryWork() override;
  void start(Json params);
  void stop(); // asks the engine; nothing more is heard of it
  bool isBusy() const { return m_busy; }

Q_SIGNALS:
  void progressed(const lathe::api::ModelWorkState& state);
  void finished(const lathe::Json& result);
  void failed(const QString& message);
  void stopped();
  void busyChanged(bool busy);

private:
  void ask();
  void take(const api::ModelWorkState& state);
  void end();
  void tellStop(qint64 work);
  Session& m_session;
  QTimer m_timer;
  qint64 m_work = 0;   // 0: not known yet
  qint64 m_number = 0; // of the last start
  bool m_busy = false;
};

} // namespace lathe::ui
