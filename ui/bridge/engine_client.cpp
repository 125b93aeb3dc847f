// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/engine_client.h"

#include "core/base/paths.h"

#include <QTimer>

namespace lathe::ui {

namespace {
constexpr int kDrainBudgetMs = 6; // per event-loop turn, so that typing stays first

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;
} // namespace

EngineClient::EngineClient(EngineOptions options, QObject* parent)
    : QObject(parent), m_options(options), m_connection(new EngineConnection(std::move(options))) {
  m_thread.setObjectName(QStringLiteral("engine-link"));
  m_connection->moveToThread(&m_thread);
  connect(&m_thread, &QThread::finished, m_connection, &QObject::deleteLater);
  connect(m_connection, &EngineConnection::incoming, this, &EngineClient::drain);
}

EngineClient::~EngineClient() {
  if (m_thread.isRunning()) {
    QMetaObject::invokeMethod(m_connection, &EngineConnection::stop);
    m_thread.quit();
    m_thread.wait();
  } else {
    delete m_connection;
  }
}

void EngineClient::start() {
  m_thread.start();
  QMetaObject::invokeMethod(m_connection, &EngineConnection::start);
}

void EngineClient::retryNow() { QMetaObject::invokeMethod(m_connection, &EngineConnection::retryNow); }

QStringList EngineClient::commandLine(const QStringList& arguments) const {
  if (!m_options.host) {
    const QString program = m_options.program.isEmpty() ? QString::fromStdString(executableFolder()) + QStringLiteral("/lathe") : m_options.program;
    return QStringList{program} + arguments + QStringList{QStringLiteral("--home"), m_options.home};
  }
  std::vector<std::string> words;
  for (const QString& word : arguments)
    words.push_back(word.toStdString());
  QStringList out;
  for (const std::string& word : api::latheCommand(*m_options.host, words))
    out << QString::fromStdString(word);
  return out;
}

void EngineClient::tell(const char* method, Json params) {
  call<Json>(method, std::move(params), this, [this](const Result<Json>& answer) {
    if (!answer)
      Q_EMIT failed(QString::fromStdString(answer.error().message));
  });
}

void EngineClient::drain() {
  QElapsedTimer clock;
  clock.start();
  while (true) {
    if (m_queue.empty())
      m_queue = m_connection->takeIncoming();
    if (m_queue.empty())
      break;
    Incoming item = std::move(m_queue.front());
    m_queue.pop_front();
    std::visit([this](auto& value) { handle(value); }, item);
    if (clock.elapsed() >= kDrainBudgetMs) {
      QTimer::singleShot(0, this, &EngineClient::drain);
      break;
    }
  }
  Q_EMIT drained();
}

void EngineClient::handle(LinkChanged& change) {
  m_state = change.state;
  m_reason = change.reason;
  if (change.state == State::Connected)
    m_hello = std::move(change.hello);
  Q_EMIT stateChanged(m_state, m_reason);
  if (change.state == State::Connected)
    Q_EMIT connected(change.continued);
}

void EngineClient::handle(EngineEvent& event) {
  std::visit(Overloaded{
                 [this](MetricsArrived& e) { Q_EMIT metricsArrived(e.run, e.rows); },
                 [this](RunEventArrived& e) { Q_EMIT runEventArrived(e.run, e.event); },
                 [this](RunProgressed& e) { Q_EMIT runProgressed(e.run, e.what, e.share); },
                 [this](RunChanged& e) { Q_EMIT runChanged(e.run); },
                 [this](ChatMessageArrived& e) { Q_EMIT chatMessageArrived(e.chat, e.message); },
                 [this](ChatPieceArrived& e) { Q_EMIT chatPieceArrived(e.chat, e.message, e.piece, e.tokens); },
                 [this](TelemetryArrived& e) { Q_EMIT telemetryArrived(e); },
                 [this](ModelsListChanged&) { Q_EMIT modelsChanged(); },
                 [this](ChatsListChanged&) { Q_EMIT chatsChanged(); },
             },
             event);
}

} // namespace lathe::ui
