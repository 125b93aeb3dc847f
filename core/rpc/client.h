// SPDX-License-Identifier: Apache-2.0
// Blocking client for the command line and for tests. One thread.
#pragma once

#include "core/api/framing.h"
#include "core/api/values.h"
#include "core/rpc/message.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace lathe::rpc {

class Client {
public:
  /// Connects and says hello. NotFound when nobody listens, Protocol when the other side speaks another version, Io on a timeout.
  static Client connect(const std::string& socketPath, double timeoutSeconds = 5, const std::string& name = "lathe");
  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;
  ~Client();

  /// Result of the method; throws the error the server answered, or Io on a timeout or a lost connection.
  Json call(const std::string& method, const Json& params = Json::object(), double timeoutSeconds = 30);
  /// Events after `cursor` from now on. True when older ones are gone (state has to be read again).
  bool subscribe(uint64_t cursor);
  /// Events that have arrived; waits up to the timeout for at least one. Throws Io when the connection is lost.
  std::vector<api::Event> events(double timeoutSeconds);
  /// True once after the server reported a gap in the events.
  bool takeGap();

  const Json& hello() const { return m_hello; } // {protocol, version, pid, home, cursor, oldest}
  uint64_t cursor() const { return m_cursor; }  // of the last event received

private:
  Client() = default;
  void send(const std::string& body, double deadline);
  bool receive(double deadline); // false on a timeout
  void handle(Message message);

  int m_fd = -1;
  int64_t m_nextId = 1;
  uint64_t m_cursor = 0;
  bool m_gap = false;
  api::FrameReader m_reader;
  Json m_hello;
  std::deque<api::Event> m_events;
  std::deque<Message> m_responses;
};

} // namespace lathe::rpc
