// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/fake_engine.h"

#include "core/api/protocol.h"
#include "core/api/run_tags.h"
#include "core/api/train_spec.h"
#include "tests/gui/fake_data.h"
#include "tests/gui/fake_models.h"

#include <cmath>

namespace lathe::fake {

namespace {
constexpr int kTickMs = 33;
}

FakeEngine::FakeEngine(QString socket, State state) : m_path(std::move(socket)), m_state(std::move(state)) {
  moveToThread(&m_thread);
  m_thread.start();
}

FakeEngine::~FakeEngine() {
  inThread([this] {
    closeAll();
    delete m_timer;
    m_timer = nullptr;
    moveToThread(nullptr);
  });
  m_thread.quit();
  m_thread.wait();
}

void FakeEngine::inThread(const std::function<void()>& function) {
  if (QThread::currentThread() == &m_thread)
    function();
  else
    QMetaObject::invokeMethod(this, function, Qt::BlockingQueuedConnection);
}

void FakeEngine::listen() {
  inThread([this] {
    if (!m_timer) {
      m_timer = new QTimer(this);
      connect(m_timer, &QTimer::timeout, this, &FakeEngine::tick);
      m_timer->start(kTickMs);
    }
    QLocalServer::removeServer(m_path);
    m_server = new QLocalServer(this);
    connect(m_server, &QLocalServer::newConnection, this, &FakeEngine::accept);
    if (!m_server->listen(m_path))
      qFatal("The fake engine cannot listen on %s", qPrintable(m_path));
  });
}

void FakeEngine::closeAll() {
  for (auto& [socket, client] : m_clients) {
    socket->disconnect(this);
    socket->abort();
    socket->deleteLater();
  }
  m_clients.clear();
  delete m_server;
  m_server = nullptr;
}

void FakeEngine::kill() {
  inThread([this] { closeAll(); });
}

void FakeEngine::restart(bool newProcess) {
  kill();
  inThread([&] {
    if (newProcess) {
      ++m_pid;
      m_cursor = 0;
      m_log.clear();
    }
  });
  listen();
}

void FakeEngine::setRowsPerSecond(int rows) {
  inThread([&] { m_rowsPerSecond = rows; });
}
void FakeEngine::setPiecesPerTick(int count) {
  inThread([&] { m_piecesPerTick = count; });
}
void FakeEngine::refuse(const std::string& method, const std::string& message) {
  inThread([&] { m_refusals[method] = message; });
}
void FakeEngine::setAnswerDelay(const std::string& method, int milliseconds) {
  inThread([&] { m_delays[method] = milliseconds; });
}
void FakeEngine::emitEvent(const std::string& type, const std::string& run, const Json& body) {
  inThread([&] { announce(type, run, body); });
}
void FakeEngine::sendRaw(const QByteArray& bytes) {
  inThread([&] {
    for (auto& [socket, client] : m_clients)
      socket->write(bytes);
  });
}
void FakeEngine::change(const std::function<void(State&)>& edit) {
  inThread([&] { edit(m_state); });
}
State FakeEngine::state() {
  State copy;
  inThread([&] { copy = m_state; });
  return copy;
}
Json FakeEngine::lastParams(const std::string& method) {
  Json copy;
  inThread([&] { copy = m_lastParams[method]; });
  return copy;
}
int FakeEngine::calls(const std::string& method) {
  int count = 0;
  inThread([&] { count = m_calls[method]; });
  return count;
}

void FakeEngine::accept() {
  while (QLocalSocket* socket = m_server->nextPendingConnection()) {
    m_clients[socket];
    connect(socket, &QLocalSocket::readyRead, this, [this, socket] { read(socket); });
    connect(socket, &QLocalSocket::disconnected, this, [this, socket] {
      m_clients.erase(socket);
      socket->deleteLater();
    });
  }
}

void FakeEngine::read(QLocalSocket* socket) {
  const QByteArray bytes = socket->readAll();
  auto& reader = m_clients[socket].reader;
  reader.append({bytes.constData(), static_cast<size_t>(bytes.size())});
  while (auto body = reader.next()) {
    const Json request = parseJson(*body, {limits::kFrameBytes});
    const auto delay = m_delays.find(request.at("method").get<std::string>());
    if (delay == m_delays.end())
      answer(socket, request);
    else
      QTimer::singleShot(delay->second, this, [this, guard = QPointer<QLocalSocket>(socket), request] {
        if (guard && m_clients.count(guard))
          answer(guard, request);
      });
  }
}

void FakeEngine::answer(QLocalSocket* socket, const Json& request) {
  const std::string method = request.at("method").get<std::string>();
  const Json params = request.value("params", Json::object());
  ++m_calls[method];
  m_lastParams[method] = params;
  auto result = capture([&] { return handle(socket, method, params); });
  Json reply = {{"jsonrpc", "2.0"}, {"id", request.at("id")}};
  if (result)
    reply["result"] = *result;
  else
    reply["error"] = {{"code", -32000},
                      {"message", result.error().message},
                      {"data", {{"kind", errorKindName(result.error().kind)}, {"message", result.error().message}, {"detail", ""}, {"code", ""}}}};
  send(socket, reply);
}

void FakeEngine::send(QLocalSocket* socket, const Json& message) {
  const std::string bytes = api::encodeFrame(dumpJson(message));
  socket->write(bytes.data(), static_cast<qint64>(bytes.size()));
}

Json FakeEngine::handle(QLocalSocket* socket, const std::string& method, const Json& params) {
  auto& client = m_clients[socket];
  if (const auto refusal = m_refusals.find(method); refusal != m_refusals.end())
    throw Exception(ErrorKind::Refused, refusal->second);
  if (method == api::method::kHello) {
    client.greeted = true;
    return {{"protocol", api::kProtocolVersion}, {"version", "0.1.0"}, {"pid", m_pid}, {"home", "/home"}, {"cursor", m_cursor}, {"oldest", 1}};
  }
  if (!client.greeted)
    throw Exception(ErrorKind::Protocol, "Say hello first.");
  if (method == api::method::kSubscribe) {
    client.subscribed = true;
    client.sent = static_cast<size_t>(intOr(params, "cursor", 0));
    return {{"cursor", m_cursor}, {"gap", false}};
  }
  if (method.rfind("runs/", 0) == 0)
    return handleRuns(method, params);
  if (method.rfind("chats/", 0) == 0)
    return handleChats(method, params);
  return handlePlanning(method, params);
}

Run& FakeEngine::runOf(const Json& params) {
  const auto found = m_state.runs.find(stringOr(params, "id", ""));
  if (found == m_state.runs.end())
    throw Exception(ErrorKind::NotFound, "There is no such run.");
  return found->second;
}

Json FakeEngine::handleRuns(const std::string& method, const Json& params) {
  if (method == api::method::kRunsList) {
    Json list = Json::array();
    const auto limit = static_cast<size_t>(intOr(params, "limit", 1 << 30));
    const std::string after = stringOr(params, "after", "");
    bool more = false;
    for (auto run = m_state.runs.rbegin(); run != m_state.runs.rend() && !more; ++run) // newest first: ids begin with the time
      if (run->second.summary.deleted == boolOr(params, "deleted", false) && (after.empty() || run->first < after)) {
        more = list.size() == limit;
        if (!more)
          list.push_back(api::encode(run->second.summary));
      }
    return {{"runs", list}, {"more", more}};
  }
  if (method == api::method::kRunsStart)
    return startRun(params);
  Run& run = runOf(params);
  if (method == api::method::kRunsGet)
    return {{"run", api::encode(run.summary)}, {"spec", run.spec}, {"events", api::encode(run.events)}};
  if (method == api::method::kRunsMetrics) {
    const auto from = static_cast<size_t>(std::max<int64_t>(intOr(params, "from", 1), 1) - 1);
    const size_t end = std::min(run.rows.size(), from + static_cast<size_t>(intOr(params, "limit", 1000)));
    Json rows = Json::array();
    for (size_t i = from; i < end; ++i)
      rows.push_back(api::encode(run.rows[i]));
    return {{"rows", rows}, {"more", end < run.rows.size()}};
  }
  if (method == api::method::kRunsBatch)
    return batchOf(params);
  if (method == api::method::kRunsControl)
    controlRun(run, stringOr(params, "action", ""));
  else if (method == api::method::kRunsResume)
    setRunState(run, api::RunState::Running);
  else if (method == api::method::kRunsRename)
    run.summary.name = stringOr(params, "name", "");
  else if (method == api::method::kRunsTag)
    return tagRun(run, params);
  else if (method == api::method::kRunsDelete)
    run.summary.deleted = true;
  else if (method == api::method::kRunsRestore)
    run.summary.deleted = false;
  else if (method == api::method::kRunsPurge)
    m_state.runs.erase(stringOr(params, "id", ""));
  return Json::object();
}

Json FakeEngine::tagRun(Run& run, const Json& params) {
  const auto listed = [&](const char* key) {
    std::vector<std::string> out;
    for (const Json& tag : params.value(key, Json::array()))
      out.push_back(tag.get<std::string>());
    return out;
  };
  run.summary.tags = api::changedTags(run.summary.tags, listed("add"), listed("remove"));
  announce("run", run.summary.id, api::encode(run.summary));
  return {{"tags", run.summary.tags}};
}

Json FakeEngine::startRun(const Json& params) {
  const std::string name = stringOr(params.at("spec"), "name", "run");
  const std::string id = "20261122-150000-new-" + std::to_string(m_state.nextId++);
  Run run = makeRun(id, name, api::RunState::Preparing, 0, 4000);
  run.spec = params.at("spec");
  m_state.runs[id] = run;
  announce("run", id, api::encode(run.summary));
  QTimer::singleShot(80, this, [this, id] { setRunState(m_state.runs[id], api::RunState::Running); });
  return {{"id", id}};
}

void FakeEngine::setRunState(Run& run, api::RunState state) {
  run.summary.state = state;
  const api::RunEvent event{1795356000.0 + static_cast<double>(m_cursor), run.summary.step, "state", std::string("The run is ") + api::enumName(state) + ".",
                            Json::object()};
  run.events.push_back(event);
  announce("run_event", run.summary.id, api::encode(event));
  announce("run", run.summary.id, api::encode(run.summary));
}

void FakeEngine::controlRun(Run& run, const std::string& action) {
  if (action == "pause")
    setRunState(run, api::RunState::Paused);
  else if (action == "continue")
    setRunState(run, api::RunState::Running);
  else if (action == "stop")
    setRunState(run, api::RunState::Stopped);
  if (action == "sample")
    for (const auto& event : sampleEvents(run.summary.step, false, 1795356000.0 + static_cast<double>(m_cursor))) {
      run.events.push_back(event);
      announce("run_event", run.summary.id, api::encode(event));
    }
  if (action != "save" && action != "evaluate")
    return;
  const bool save = action == "save";
  const api::RunEvent event{1795356000.0 + static_cast<double>(m_cursor), run.summary.step, save ? "saved" : "evaluated",
                            save ? "Saved a checkpoint." : "Measured on 368 validation rows.", Json::object()};
  run.events.push_back(event);
  announce("run_event", run.summary.id, api::encode(event));
}

Json FakeEngine::batchOf(const Json& params) {
  if (boolOr(params, "stop", false)) {
    m_batchAsked = 0;
    return {{"state", "stopped"}};
  }
  if (++m_batchAsked < 3)
    return {{"state", "working"}, {"what", "Loading the model"}, {"share", 0.4 * m_batchAsked}};
  m_batchAsked = 0;
  return {{"state", "done"}, {"batch", api::encode(batchFor(intOr(params, "step", 1)))}};
}

Json FakeEngine::handlePlanning(const std::string& method, const Json& params) {
  if (auto answer = answerModels(m_state, method, params)) {
    if (std::exchange(m_state.modelsChanged, false))
      announce("models", "", Json::object());
    return *answer;
  }
  if (auto answer = answerData(method, params))
    return *answer;
  if (method == api::method::kModelsList)
    return {{"models", api::encode(m_state.models)}};
  if (method == api::method::kModelsAdd) {
    api::ModelSummary model;
    model.path = stringOr(params, "path", "");
    model.name = model.path.substr(model.path.rfind('/') + 1);
    model.kind = "base";
    model.origin = "added";
    if (boolOr(params, "even_missing", false))
      for (const auto& known : libraryModels())
        if (known.path == model.path)
          model = known;
    m_state.models.push_back(model);
    announce("models", "", Json::object());
    return api::encode(model);
  }
  if (method == api::method::kSpecCheck) {
    const auto parsed = api::parseTrainSpec(params.at("spec"));
    Json problems = Json::array();
    for (const auto& problem : parsed.problems)
      problems.push_back({{"path", problem.path}, {"message", problem.message}, {"severity", problem.severity == api::Severity::Error ? "error" : "warning"}});
    return {{"spec", api::trainSpecToJson(parsed.spec)}, {"problems", problems}};
  }
  if (method == api::method::kPlan)
    return api::encode(planFor(params.at("spec")));
  if (method == api::method::kDataPreview)
    return api::encode(previewFor(params.at("spec"), intOr(params, "rows", 1)));
  if (method == api::method::kSettingsGet)
    return m_state.settings;
  if (method == api::method::kEngineLog)
    return {{"lines", m_state.engineLog}};
  if (method == api::method::kDoctor)
    return api::encode(m_state.doctor);
  throw Exception(ErrorKind::Unsupported, "Unknown method " + method + ".");
}

void FakeEngine::announce(const std::string& type, const std::string& run, Json body) {
  api::Event event;
  event.cursor = ++m_cursor;
  event.type = type;
  event.run = run;
  event.body = std::move(body);
  m_log.push_back(api::encode(event));
}

void FakeEngine::tick() {
  tickRuns();
  tickReplies();
  flush();
}

void FakeEngine::tickRuns() {
  m_rowDebt += m_rowsPerSecond * kTickMs / 1000;
  const int count = static_cast<int>(m_rowDebt);
  m_rowDebt -= count;
  if (count == 0)
    return;
  for (auto& [id, run] : m_state.runs) {
    if (run.summary.state != api::RunState::Running)
      continue;
    std::vector<api::MetricRow> rows;
    for (int i = 0; i < count && run.summary.step + i < run.summary.totalSteps; ++i)
      rows.push_back(rowAt(static_cast<int64_t>(run.rows.size()) + i + 1, run.summary.totalSteps));
    run.rows.insert(run.rows.end(), rows.begin(), rows.end());
    summarize(run);
    announce("metrics", id, {{"rows", api::encode(rows)}});
    if (run.summary.step >= run.summary.totalSteps) {
      run.summary.hasResult = true;
      setRunState(run, api::RunState::Finished);
    } else {
      announce("run", id, api::encode(run.summary));
    }
  }
}

void FakeEngine::flush() {
  for (auto& [socket, client] : m_clients) {
    if (!client.subscribed || client.sent >= m_log.size())
      continue;
    Json events = Json::array();
    for (; client.sent < m_log.size(); ++client.sent)
      events.push_back(m_log[client.sent]);
    send(socket, {{"jsonrpc", "2.0"}, {"method", api::kEventBatch}, {"params", {{"events", events}}}});
  }
}

} // namespace lathe::fake
