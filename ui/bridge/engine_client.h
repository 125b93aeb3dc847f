// SPDX-License-Identifier: GPL-3.0-or-later
// The window's only way to the engine: asynchronous JSON-RPC over its local socket. Nothing here blocks; all methods and signals belong
// to the GUI thread. Reconnects by itself and starts the engine when nobody listens.
#pragma once

#include "ui/bridge/engine_connection.h"

#include <QPointer>
#include <QStringList>
#include <QThread>

namespace lathe::ui {

class EngineClient : public QObject {
  Q_OBJECT
public:
  using State = LinkState;
  template <class T>
  using Callback = std::function<void(Result<T>)>;

  explicit EngineClient(EngineOptions options, QObject* parent = nullptr);
  ~EngineClient() override;

  void start();
  /// For the banner's button: tries at once, and may start the engine again.
  void retryNow();
  State state() const { return m_state; }
  QString reason() const { return m_reason; }
  QString home() const { return m_options.home; }
  bool isRemote() const { return m_options.host.has_value(); }
  QString hostName() const { return m_options.host ? QString::fromStdString(m_options.host->name) : QString(); } // empty: this computer
  /// Program and arguments that run `lathe ARGUMENTS` where the engine is, on its home.
  QStringList commandLine(const QStringList& arguments) const;
  /// The engine's answer to hello; empty before the first connection.
  const Json& hello() const { return m_hello; }

  /// Asks and delivers the answer on the GUI thread, unless `context` is gone by then. The answer is decoded off the GUI thread.
  /// Without a connection the callback gets an Io error.
  template <class T = Json>
  void call(const char* method, Json params, QObject* context, Callback<T> callback) {
    QPointer<QObject> guard(context);
    m_connection->post(method, std::move(params), [guard, callback = std::move(callback)](Result<Json> answer) -> AnswerFunction {
      auto decoded = std::make_shared<Result<T>>(decodeAnswer<T>(std::move(answer)));
      return [guard, callback, decoded] {
        if (guard)
          callback(std::move(*decoded));
      };
    });
  }
  /// For requests whose answer says nothing but "done"; failures go to failed().
  void tell(const char* method, Json params);

Q_SIGNALS:
  void stateChanged(lathe::ui::LinkState state, const QString& reason);
  /// Connected, subscribed; read the lists again. `continued`: events have no gap since the last connection.
  void connected(bool continued);
  void metricsArrived(const QString& run, const std::vector<lathe::api::MetricRow>& rows);
  void runEventArrived(const QString& run, const lathe::api::RunEvent& event);
  /// A run that prepares: what it does now (in English) and how much of that is done, 0 … 1.
  void runProgressed(const QString& run, const QString& what, double share);
  void runChanged(const lathe::api::RunSummary& run);
  void chatMessageArrived(qint64 chat, const lathe::api::ChatMessage& message);
  void chatPieceArrived(qint64 chat, qint64 message, const QString& piece, const std::vector<lathe::api::TokenTrace>& tokens);
  void telemetryArrived(const lathe::ui::TelemetryArrived& telemetry);
  void modelsChanged();
  void chatsChanged();
  /// Everything that had arrived is handed out: the moment to redraw, once.
  void drained();
  /// A tell() failed: one sentence for the person.
  void failed(const QString& message);

private:
  template <class T>
  static Result<T> decodeAnswer(Result<Json> answer) {
    if (!answer)
      return answer.error();
    if constexpr (std::is_same_v<T, Json>)
      return answer;
    else
      return capture([&] { return api::decode<T>(*answer); });
  }
  void drain();
  void handle(LinkChanged& change);
  void handle(AnswerFunction& answer) { answer(); }
  void handle(EngineEvent& event);

  EngineOptions m_options;
  EngineConnection* m_connection; // lives in m_thread
  QThread m_thread;
  std::deque<Incoming> m_queue;
  State m_state = State::Connecting;
  QString m_reason;
  Json m_hello;
};

} // namespace lathe::ui
