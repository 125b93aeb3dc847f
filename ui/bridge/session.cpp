// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/session.h"

#include "core/api/protocol.h"
#include "ui/models/format.h"
#include "ui/shell/status_model.h"

#include <cmath>

namespace lathe::ui {

namespace {

struct RunsAnswer {
  std::vector<api::RunSummary> runs;
  bool more = false;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("runs", s.runs);
    field("more", s.more);
  }
};
struct ModelsAnswer {
  std::vector<api::ModelSummary> models;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) { field("models", s.models); }
};
struct ChatsAnswer {
  std::vector<api::ChatSummary> chats;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) { field("chats", s.chats); }
};

constexpr int kRunsPerPage = 1000;

Json idOf(const QString& run) { return {{"id", run.toStdString()}}; }

bool worthAStatus(api::RunState state) { return isWorking(state) || state == api::RunState::Paused || state == api::RunState::Queued; }

EngineState engineState(LinkState state, bool hadConnection) {
  switch (state) {
  case LinkState::Connecting: return hadConnection ? EngineState::Reconnecting : EngineState::Starting;
  case LinkState::Connected: return EngineState::Connected;
  case LinkState::Lost: return EngineState::Lost;
  }
  return EngineState::Lost;
}

} // namespace

Session::Session(EngineOptions options, QObject* parent) : QObject(parent), m_client(std::move(options)) {
  connect(&m_client, &EngineClient::connected, this, [this] {
    readRuns();
    readModels();
    readChats();
  });
  connect(&m_client, &EngineClient::runChanged, this, [this](const api::RunSummary& run) {
    if (m_deleting.contains(fromStd(run.id)))
      return;
    m_runs.update(run);
    showJobs();
  });
  connect(&m_client, &EngineClient::modelsChanged, this, &Session::readModels);
  connect(&m_client, &EngineClient::chatsChanged, this, &Session::readChats);
  m_clock.start();
  connect(&m_client, &EngineClient::telemetryArrived, this, [this](const TelemetryArrived& telemetry) {
    m_devices.add(telemetry, static_cast<double>(m_clock.elapsed()) / 1000);
    showTelemetry(telemetry);
  });
  connect(&m_client, &EngineClient::failed, this, &Session::trouble);
}

void Session::readRuns() { readRunsAfter(++m_runsReading, {}, std::make_shared<std::unordered_set<std::string>>()); }

/// Page by page: ten thousand runs do not fit into one frame. Each page is shown as it comes; what was in none is gone.
void Session::readRunsAfter(qint64 reading, const std::string& last, std::shared_ptr<std::unordered_set<std::string>> seen) {
  Json params = {{"limit", kRunsPerPage}};
  if (!last.empty())
    params["after"] = last;
  ask<RunsAnswer>(api::method::kRunsList, std::move(params), [this, reading, seen](RunsAnswer answer) {
    if (reading != m_runsReading)
      return;
    const std::string end = answer.more && !answer.runs.empty() ? answer.runs.back().id : std::string();
    std::erase_if(answer.runs, [this](const auto& run) { return m_deleting.contains(fromStd(run.id)); });
    for (const auto& run : answer.runs)
      seen->insert(run.id);
    m_runs.merge(answer.runs);
    if (!end.empty())
      return readRunsAfter(reading, end, seen);
    m_runs.keepOnly(*seen);
    m_runsLoaded = true;
    showJobs();
    Q_EMIT runsRead();
  });
}

void Session::readModels() {
  ask<ModelsAnswer>(api::method::kModelsList, Json::object(), [this](ModelsAnswer answer) {
    m_models.setModels(std::move(answer.models));
    Q_EMIT modelsRead();
  });
}

void Session::readChats() {
  ask<ChatsAnswer>(api::method::kChatsList, Json::object(), [this](ChatsAnswer answer) {
    m_chats.setChats(std::move(answer.chats));
    Q_EMIT chatsRead();
  });
}

void Session::control(const QString& run, const char* action) {
  if (std::string_view(action) == "stop")
    Q_EMIT stopRequested(run);
  ask(api::method::kRunsControl, {{"id", run.toStdString()}, {"action", action}});
}

void Session::resume(const QString& run) { ask(api::method::kRunsResume, idOf(run)); }

void Session::rename(const QString& run, const QString& name) {
  ask(api::method::kRunsRename, {{"id", run.toStdString()}, {"name", name.toStdString()}}, std::function<void(Json)>([this](const Json&) { readRuns(); }));
}

void Session::tagRun(const QString& run, const QStringList& add, const QStringList& remove) {
  const auto list = [](const QStringList& tags) {
    Json out = Json::array();
    for (const QString& tag : tags)
      out.push_back(tag.toStdString());
    return out;
  };
  ask(api::method::kRunsTag, {{"id", run.toStdString()}, {"add", list(add)}, {"remove", list(remove)}});
}

void Session::deleteRun(const QString& run) {
  m_deleting.insert(run);
  m_runs.remove(run);
  m_client.call<Json>(api::method::kRunsDelete, idOf(run), this, [this, run](const Result<Json>& answer) {
    m_deleting.remove(run);
    if (!answer) {
      Q_EMIT trouble(fromStd(answer.error().message));
      readRuns();
    }
  });
}

void Session::restoreRun(const QString& run) {
  m_deleting.remove(run);
  ask(api::method::kRunsRestore, idOf(run), std::function<void(Json)>([this](const Json&) { readRuns(); }));
}

void Session::readAgain() {
  readRuns();
  readChats();
}

void Session::deleteChat(qint64 chat) {
  m_chats.remove(chat);
  ask(api::method::kChatsDelete, {{"id", chat}});
}

void Session::restoreChat(qint64 chat) {
  ask(api::method::kChatsRestore, {{"id", chat}}, std::function<void(Json)>([this](const Json&) { readChats(); }));
}

void Session::addModel(const QString& path) {
  ask<api::ModelSummary>(api::method::kModelsAdd, {{"path", path.toStdString()}}, [this](const api::ModelSummary& model) {
    readModels();
    Q_EMIT modelAdded(fromStd(model.path));
  });
}

void Session::duplicate(const QString& run) {
  ask(api::method::kRunsGet, idOf(run), std::function<void(Json)>([this](const Json& answer) {
        if (const Json* spec = lathe::find(answer, "spec"))
          Q_EMIT specRequested(*spec);
      }));
}

void Session::chatWithRun(const QString& run, const QString& checkpoint) {
  const api::RunSummary* summary = m_runs.find(run);
  if (!summary)
    return;
  api::ChatPane base{summary->modelPath, {}, 1.0}, tuned = base;
  if (summary->method.rfind("LoRA", 0) == 0 || summary->method.rfind("rsLoRA", 0) == 0)
    tuned.adapterPath = checkpoint.isEmpty() ? summary->folder + "/adapter" : checkpoint.toStdString();
  else
    tuned.modelPath = summary->folder + "/model";
  std::vector<api::ChatPane> panes = {base, tuned};
  if (base.modelPath.empty()) // trained from scratch: there is no base to compare with
    panes.erase(panes.begin());
  startChat(fromStd(summary->name), panes);
}

void Session::startChat(const QString& title, const std::vector<api::ChatPane>& panes) {
  const Json params = {{"title", title.toStdString()}, {"panes", api::encode(panes)}};
  ask<api::Chat>(api::method::kChatsCreate, params, [this](const api::Chat& chat) {
    readChats();
    Q_EMIT chatRequested(chat.id);
  });
}

void Session::connectStatus(StatusModel* status) {
  m_status = status;
  connect(&m_client, &EngineClient::stateChanged, status, [this, status](LinkState state, const QString& reason) {
    status->setEngine(engineState(state, !m_client.hello().is_null()), reason);
  });
  connect(status, &StatusModel::pauseRequested, this, [this](const QString& id) { control(id, "pause"); });
  connect(status, &StatusModel::continueRequested, this, [this](const QString& id) { control(id, "continue"); });
  connect(status, &StatusModel::stopRequested, this, [this](const QString& id) { control(id, "stop"); });
  connect(status, &StatusModel::openRequested, this, &Session::openRunRequested);
  connect(status, &StatusModel::engineRestartRequested, &m_client, &EngineClient::retryNow);
  status->setEngine(engineState(m_client.state(), !m_client.hello().is_null()), m_client.reason());
}

void Session::showJobs() {
  if (!m_status)
    return;
  QList<JobStatus> jobs;
  for (const auto& run : m_runs.runs()) {
    if (!worthAStatus(run.state))
      continue;
    const double share = run.totalSteps > 0 ? static_cast<double>(run.step) / static_cast<double>(run.totalSteps) : api::kNaN;
    jobs.append({fromStd(run.id), fromStd(run.name.empty() ? run.id : run.name), run.state, share, run.secondsLeft});
  }
  m_status->setJobs(jobs);
}

void Session::showTelemetry(const TelemetryArrived& telemetry) {
  if (!m_status)
    return;
  QList<DeviceStatus> devices;
  for (const auto& device : telemetry.devices) {
    if (device.id == "cpu" && !devices.isEmpty() && device.categories.empty())
      continue; // beside a GPU the processor is shown while something of Lathe's runs on it
    DeviceStatus shown{fromStd(device.name), static_cast<double>(device.memoryUsed), static_cast<double>(device.memoryTotal),
                       device.utilisation,   device.power,                            device.temperature, memoryParts(device.categories)};
    devices.append(shown);
  }
  if (devices.isEmpty() && telemetry.host.memoryTotal > 0)
    devices.append({tr("CPU"), static_cast<double>(telemetry.host.memoryUsed), static_cast<double>(telemetry.host.memoryTotal), telemetry.host.cpu,
                    api::kNaN, api::kNaN, {}});
  m_status->setDevices(devices);
}

} // namespace lathe::ui
