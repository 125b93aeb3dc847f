// SPDX-License-Identifier: GPL-3.0-or-later
// An engine for tests: speaks core/api/protocol.h on a local socket from its own thread, with a scripted world behind it.
#pragma once

#include "core/api/framing.h"
#include "tests/gui/fake_state.h"

#include <QLocalServer>
#include <QLocalSocket>
#include <QPointer>
#include <QThread>
#include <QTimer>

#include <functional>
#include <map>

namespace lathe::fake {

class FakeEngine : public QObject {
  Q_OBJECT
public:
  explicit FakeEngine(QString socket, State state = {});
  ~FakeEngine() override;

  // From the test's thread; each waits until the engine's thread has done it.
  void listen();
  void kill();                     // drops every connection; the world stays
  void restart(bool newProcess);   // kill, then listen again; a new process counts its cursors from 0
  void setRowsPerSecond(int rows); // of every running run
  void setPiecesPerTick(int pieces);
  void refuse(const std::string& method, const std::string& message); // answers this method with an error from now on
  void setAnswerDelay(const std::string& method, int milliseconds);
  void emitEvent(const std::string& type, const std::string& run, const Json& body);
  void sendRaw(const QByteArray& bytes);
  void change(const std::function<void(State&)>& edit);
  State state();
  Json lastParams(const std::string& method);
  int calls(const std::string& method);

private:
  struct Client {
    api::FrameReader reader;
    bool greeted = false, subscribed = false;
    size_t sent = 0; // index into m_log
  };
  void inThread(const std::function<void()>& function);
  void accept();
  void read(QLocalSocket* socket);
  void answer(QLocalSocket* socket, const Json& request);
  Json handle(QLocalSocket* socket, const std::string& method, const Json& params);
  Json handleRuns(const std::string& method, const Json& params);
  Json handlePlanning(const std::string& method, const Json& params);
  Json handleChats(const std::string& method, const Json& params);
  Json startRun(const Json& params);
  Json batchOf(const Json& params);
  Json tagRun(Run& run, const Json& params);
  void controlRun(Run& run, const std::string& action);
  void setRunState(Run& run, api::RunState state);
  Run& runOf(const Json& params);
  api::Chat& chatOf(const Json& params);
  void growChat(const std::string& method, api::Chat& chat, const Json& params);
  int64_t addTurn(api::Chat& chat, api::ChatMessage message);
  void choose(api::Chat& chat, int64_t message);
  void beginReplies(api::Chat& chat, int64_t parent, int64_t onlyPane, const std::vector<std::string>& kept = {});
  Json search(const std::string& text);
  void send(QLocalSocket* socket, const Json& message);
  void announce(const std::string& type, const std::string& run, Json body);
  void tick();
  void tickRuns();
  void tickReplies();
  void flush();
  void closeAll();

  struct Reply {
    int64_t chat = 0, message = 0;
    std::vector<std::string> left;
    std::vector<api::TokenTrace> tokens;
  };
  QThread m_thread;
  QString m_path;
  State m_state;
  QLocalServer* m_server = nullptr;
  QTimer* m_timer = nullptr;
  std::map<QLocalSocket*, Client> m_clients;
  std::vector<Json> m_log;   // events of this process, in order
  uint64_t m_cursor = 0;
  int64_t m_pid = 1000;
  std::vector<Reply> m_replies;
  double m_rowsPerSecond = 30, m_rowDebt = 0;
  int m_piecesPerTick = 1;
  std::map<int64_t, std::vector<api::TokenTrace>> m_tokens; // by message
  std::map<std::string, std::string> m_refusals;
  int m_batchAsked = 0; // in a row
  std::map<std::string, int> m_delays, m_calls;
  std::map<std::string, Json> m_lastParams;
};

} // namespace lathe::fake
