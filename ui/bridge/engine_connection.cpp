// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/engine_connection.h"

#include "core/api/protocol.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "ui/models/engine_texts.h"

#include <QFileInfo>
#include <QIODevice>
#include <QProcess>

namespace lathe::ui {

namespace {

constexpr int kStartAgainMs = 5000;

Error lostError() {
  return {ErrorKind::Io, engineText("The engine is not reachable at the moment. The window reconnects by itself.").toStdString(), {}, {}};
}

Error errorFromWire(const Json& wire) {
  Error error{ErrorKind::Internal, stringOr(wire, "message", "The engine answered with an error without a text."), {}, {}};
  if (const Json* data = find(wire, "data"); data && data->is_object()) {
    error.kind = errorKindFromName(stringOr(*data, "kind", "internal"));
    error.message = stringOr(*data, "message", error.message);
    error.detail = stringOr(*data, "detail", "");
    error.code = stringOr(*data, "code", "");
  }
  error.message = engineText(error.message).toStdString();
  return error;
}

} // namespace

EngineConnection::EngineConnection(EngineOptions options) : m_options(std::move(options)) {
  if (m_options.socket.isEmpty())
    m_options.socket = QString::fromStdString(engineSocket(m_options.home.toStdString()));
  if (m_options.program.isEmpty())
    m_options.program = QString::fromStdString(executableFolder()) + QStringLiteral("/lathe");
}

void EngineConnection::start() {
  if (m_options.host)
    m_wire = new PipeLink(*m_options.host, this);
  else
    m_wire = new SocketLink(m_options.socket, this);
  m_retry = new QTimer(this);
  m_retry->setSingleShot(true);
  connect(m_retry, &QTimer::timeout, this, &EngineConnection::connectNow);
  connect(m_wire, &EngineLink::opened, this, &EngineConnection::onConnected);
  connect(m_wire, &EngineLink::readable, this, &EngineConnection::onReadable);
  connect(m_wire, &EngineLink::closed, this, &EngineConnection::onClosed);
  connect(m_wire, &EngineLink::failed, this, &EngineConnection::onFailed);
  m_searching.start();
  setLink(LinkState::Connecting, {});
  connectNow();
}

void EngineConnection::stop() {
  m_stopped = true;
  if (m_retry)
    m_retry->stop();
  if (m_wire)
    m_wire->abort();
}

void EngineConnection::retryNow() {
  if (!m_wire || !m_wire->isIdle())
    return;
  m_retryMs = 0;
  m_engineStarted.invalidate();
  m_searching.restart();
  setLink(LinkState::Connecting, {});
  m_retry->stop();
  connectNow();
}

void EngineConnection::connectNow() {
  if (!m_stopped && m_wire->isIdle())
    m_wire->open();
}

void EngineConnection::onConnected() {
  m_reader = api::FrameReader();
  m_ready = false;
  const Json params = {{"protocol", api::kProtocolVersion}, {"client", "workbench"}};
  sendRequest(api::method::kHello, params, [this](Result<Json> answer) -> AnswerFunction {
    handleHello(std::move(answer));
    return {};
  });
}

void EngineConnection::handleHello(Result<Json> answer) {
  if (!answer)
    return dropConnection(QString::fromStdString(answer.error().message));
  m_hello = *answer;
  const auto cursor = static_cast<uint64_t>(intOr(m_hello, "cursor", 0));
  const int64_t pid = intOr(m_hello, "pid", 0);
  const bool same = m_everConnected && pid == m_pid && cursor >= m_cursor;
  m_pid = pid;
  if (!same)
    m_cursor = cursor;
  sendRequest(api::method::kSubscribe, {{"cursor", m_cursor}}, [this, same](Result<Json> reply) -> AnswerFunction {
    handleSubscribed(std::move(reply), same);
    return {};
  });
}

void EngineConnection::handleSubscribed(Result<Json> answer, bool sameProcess) {
  if (!answer)
    return dropConnection(QString::fromStdString(answer.error().message));
  m_retryMs = 0;
  m_ready = true;
  const bool continued = sameProcess && !boolOr(*answer, "gap", false);
  m_everConnected = true;
  setLink(LinkState::Connected, {}, m_hello, continued);
}

void EngineConnection::onReadable() {
  const QByteArray bytes = m_wire->device()->readAll();
  m_reader.append({bytes.constData(), static_cast<size_t>(bytes.size())});
  while (auto body = m_reader.next())
    handleBody(*body);
  if (m_reader.isBroken())
    dropConnection(QString::fromStdString(m_reader.problem()));
}

void EngineConnection::handleBody(const std::string& body) {
  JsonLimits frameLimits;
  frameLimits.bytes = limits::kFrameBytes;
  frameLimits.what = "A message of the engine";
  auto message = capture([&] { return parseJson(body, frameLimits); });
  if (!message)
    return dropConnection(QString::fromStdString(message.error().message));
  if (find(*message, "id"))
    handleAnswer(*message);
  else if (const Json* method = find(*message, "method"); method && *method == api::kEventBatch)
    if (const Json* params = find(*message, "params"))
      handleBatch(*params);
}

void EngineConnection::handleAnswer(const Json& message) {
  const Json& id = message.at("id");
  const auto found = id.is_number_integer() ? m_pending.find(id.get<int64_t>()) : m_pending.end();
  if (found == m_pending.end())
    return;
  Decoder decoder = std::move(found->second);
  m_pending.erase(found);
  const Json* error = find(message, "error");
  const Json* result = find(message, "result");
  AnswerFunction deliver = error && !error->is_null() ? decoder(errorFromWire(*error)) : decoder(result ? *result : Json());
  if (deliver)
    push(std::move(deliver));
}

void EngineConnection::handleBatch(const Json& params) {
  const Json* events = find(params, "events");
  if (!events || !events->is_array())
    return;
  std::vector<EngineEvent> decoded;
  for (const Json& item : *events) {
    auto event = capture([&] { return api::decode<api::Event>(item); });
    // A repeated cursor was already handled before the connection broke.
    if (!event || (event->cursor != 0 && event->cursor <= m_cursor))
      continue;
    if (event->cursor != 0)
      m_cursor = event->cursor;
    appendEvent(*event, decoded);
  }
  for (EngineEvent& event : decoded)
    push(std::move(event));
}

void EngineConnection::onFailed(const QString& reason, bool nobodyListens) {
  if (m_stopped)
    return;
  if (nobodyListens)
    startEngine();
  if (m_searching.isValid() && m_searching.elapsed() > m_options.lostAfterMs && m_link == LinkState::Connecting)
    setLink(LinkState::Lost, tr("The engine does not answer: %1").arg(reason));
  if (m_options.host)
    dropConnection(reason, true);
  else
    retryLater();
}

void EngineConnection::onClosed(const QString& reason, bool lasting) {
  if (!m_stopped)
    dropConnection(reason, lasting);
}

void EngineConnection::dropConnection(const QString& reason, bool lasting) {
  if (m_stopped || m_dropping)
    return;
  m_ready = false;
  m_reader = api::FrameReader();
  auto pending = std::move(m_pending);
  m_pending.clear();
  m_dropping = true; // the handshake's own answers fail here too and must not begin the next try
  for (auto& [id, decoder] : pending)
    if (AnswerFunction deliver = decoder(lostError()))
      push(std::move(deliver));
  m_dropping = false;
  setLink(LinkState::Lost, reason);
  m_searching.start();
  m_wire->abort();
  if (!lasting)
    retryLater();
}

void EngineConnection::retryLater() {
  m_retryMs = m_retryMs == 0 ? m_options.firstRetryMs : std::min(m_retryMs * 2, m_options.lastRetryMs);
  m_retry->start(m_retryMs);
}

void EngineConnection::startEngine() {
  if (!m_options.startEngine || (m_engineStarted.isValid() && m_engineStarted.elapsed() < kStartAgainMs))
    return;
  m_engineStarted.start();
  if (!QFileInfo(m_options.program).isExecutable()) {
    setLink(LinkState::Lost, tr("The engine is not installed beside this program (%1).").arg(m_options.program));
    return;
  }
  QProcess process;
  process.setProgram(m_options.program);
  process.setArguments({QStringLiteral("engine"), QStringLiteral("--home"), m_options.home, QStringLiteral("--detach")});
  process.setStandardOutputFile(QProcess::nullDevice());
  process.setStandardErrorFile(QProcess::nullDevice());
  process.setStandardInputFile(QProcess::nullDevice());
  if (!process.startDetached())
    setLink(LinkState::Lost, tr("The engine could not be started: %1").arg(process.errorString()));
}

void EngineConnection::sendRequest(const char* method, const Json& params, Decoder decoder) {
  const int64_t id = m_nextId++;
  m_pending.emplace(id, std::move(decoder));
  const std::string bytes = api::encodeFrame(dumpJson({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}));
  m_wire->device()->write(bytes.data(), static_cast<qint64>(bytes.size()));
}

void EngineConnection::post(const char* method, Json params, Decoder decoder) {
  QMetaObject::invokeMethod(this, [this, method, params = std::move(params), decoder = std::move(decoder)]() mutable {
    if (m_ready)
      sendRequest(method, params, std::move(decoder));
    else if (AnswerFunction deliver = decoder(lostError()))
      push(std::move(deliver));
  });
}

void EngineConnection::setLink(LinkState state, const QString& reason, Json hello, bool continued) {
  m_link = state;
  push(LinkChanged{state, reason, std::move(hello), continued});
}

void EngineConnection::push(Incoming item) {
  bool wake = false;
  {
    std::scoped_lock lock(m_mutex);
    wake = m_incoming.empty();
    m_incoming.push_back(std::move(item));
  }
  if (wake)
    Q_EMIT incoming();
}

std::deque<Incoming> EngineConnection::takeIncoming() {
  std::scoped_lock lock(m_mutex);
  return std::exchange(m_incoming, {});
}

} // namespace lathe::ui
