// SPDX-License-Identifier: GPL-3.0-or-later
// The thread side of EngineClient: socket or ssh, framing, parsing, decoding, reconnecting. Lives in its own QThread; talks to the GUI thread
// through a queue that is drained after one wake (never a signal per row).
#pragma once

#include "core/api/framing.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "ui/bridge/engine_events.h"
#include "ui/bridge/engine_link.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <deque>
#include <map>
#include <mutex>
#include <optional>

namespace lathe::ui {

struct EngineOptions {
  QString home;            // absolute folder
  QString socket;          // empty: the socket of that home
  bool startEngine = true; // start `lathe engine` when nobody listens
  QString program;         // empty: `lathe` beside this executable
  int firstRetryMs = 50, lastRetryMs = 2000;
  int lostAfterMs = 4000;  // how long the first connection may take before the window says so
  std::optional<api::Host> host; // the engine of another machine, over ssh; `socket`, `startEngine` and `program` do not count then
};

class EngineConnection : public QObject {
  Q_OBJECT
public:
  /// Takes the answer (or the error) on this thread, decodes it and gives back what to do on the GUI thread.
  using Decoder = std::function<AnswerFunction(Result<Json>)>;

  explicit EngineConnection(EngineOptions options);

  // From any thread
  void post(const char* method, Json params, Decoder decoder);
  std::deque<Incoming> takeIncoming();

  // On the connection's thread
  void start();
  void retryNow();
  void stop();

Q_SIGNALS:
  void incoming(); // something was queued after the queue was empty

private:
  void connectNow();
  void onConnected();
  void onReadable();
  void onClosed(const QString& reason, bool lasting);
  void onFailed(const QString& reason, bool nobodyListens);
  void sendRequest(const char* method, const Json& params, Decoder decoder);
  void handleBody(const std::string& body);
  void handleAnswer(const Json& message);
  void handleBatch(const Json& params);
  void handleHello(Result<Json> answer);
  void handleSubscribed(Result<Json> answer, bool sameProcess);
  void dropConnection(const QString& reason, bool lasting = false);
  void retryLater();
  void startEngine();
  void setLink(LinkState state, const QString& reason, Json hello = {}, bool continued = false);
  void push(Incoming item);

  EngineOptions m_options;
  EngineLink* m_wire = nullptr;
  QTimer* m_retry = nullptr;
  api::FrameReader m_reader;
  std::map<int64_t, Decoder> m_pending;
  int64_t m_nextId = 1;
  int m_retryMs = 0;
  QElapsedTimer m_searching, m_engineStarted;
  LinkState m_link = LinkState::Lost;
  bool m_stopped = false, m_everConnected = false, m_ready = false, m_dropping = false;
  uint64_t m_cursor = 0;
  int64_t m_pid = 0;
  Json m_hello;

  std::mutex m_mutex;
  std::deque<Incoming> m_incoming;
};

} // namespace lathe::ui
