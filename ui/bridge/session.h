// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/engine_client.h"
#include "ui/models/chats_model.h"
#include "ui/models/device_history.h"
#include "ui/models/models_model.h"
#include "ui/models/runs_model.h"

#include <QElapsedTimer>

namespace lathe::ui {

class StatusModel;

/// What all pages share: the engine, the lists it keeps, and the requests that lead from one page to another.
class Session : public QObject {
  Q_OBJECT
public:
  explicit Session(EngineOptions options, QObject* parent = nullptr);

  EngineClient* client() { return &m_client; }
  RunsModel* runs() { return &m_runs; }
  ModelsModel* models() { return &m_models; }
  ChatsModel* chats() { return &m_chats; }
  DeviceHistory* devices() { return &m_devices; }
  bool runsLoaded() const { return m_runsLoaded; }
  bool isRemote() const { return m_client.isRemote(); } // files of this computer mean nothing to the engine
  bool isConnected() const { return m_client.state() == LinkState::Connected; }

  /// Feeds the status strip and obeys its buttons.
  void connectStatus(StatusModel* status);

  void control(const QString& run, const char* action);
  void resume(const QString& run);
  void rename(const QString& run, const QString& name);
  void tagRun(const QString& run, const QStringList& add, const QStringList& remove);
  void deleteRun(const QString& run);   // out of the list at once; restoreRun brings it back
  void restoreRun(const QString& run);
  void deleteChat(qint64 chat);
  void readAgain(); // the lists of runs and conversations
  void restoreChat(qint64 chat);
  void addModel(const QString& path);
  /// Opens the Train page with this run's specification.
  void duplicate(const QString& run);
  /// A conversation with base and fine-tuned model side by side: the run's result, or the adapter in one of its checkpoints.
  void chatWithRun(const QString& run, const QString& checkpoint = {});
  void startChat(const QString& title, const std::vector<api::ChatPane>& panes);

Q_SIGNALS:
  void runsRead();
  void modelsRead();
  void chatsRead();
  void modelAdded(const QString& path);
  void stopRequested(const QString& run); // by the person, from this window
  void openRunRequested(const QString& run);
  void specRequested(const lathe::Json& spec);
  void setupRequested(); // the set-up as it is
  void chatRequested(qint64 chat);
  void trouble(const QString& message); // one sentence for a banner

private:
  void readRuns();
  void readRunsAfter(qint64 reading, const std::string& last, std::shared_ptr<std::unordered_set<std::string>> seen);
  void readModels();
  void readChats();
  void showJobs();
  void showTelemetry(const TelemetryArrived& telemetry);
  template <class T = Json>
  void ask(const char* method, Json params, std::function<void(T)> done = {}) {
    m_client.call<T>(method, std::move(params), this, [this, done](Result<T> answer) {
      if (!answer)
        Q_EMIT trouble(QString::fromStdString(answer.error().message));
      else if (done)
        done(std::move(answer).value());
    });
  }

  EngineClient m_client;
  RunsModel m_runs;
  ModelsModel m_models;
  ChatsModel m_chats;
  DeviceHistory m_devices;
  QElapsedTimer m_clock; // of the devices' history
  StatusModel* m_status = nullptr;
  bool m_runsLoaded = false;
  qint64 m_runsReading = 0; // a newer reading of the list ends an older one
  QSet<QString> m_deleting; // hidden until the engine has confirmed it
};

} // namespace lathe::ui
