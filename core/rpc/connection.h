// SPDX-License-Identifier: Apache-2.0
// Private to this folder: one framed connection with an ordered, bounded outgoing queue.
#pragma once

#include "core/rpc/io_loop_impl.h"

#include "core/api/framing.h"

#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace lathe::rpc {

class Connection : public std::enable_shared_from_this<Connection> {
public:
  using Socket = boost::asio::local::stream_protocol::socket;
  struct Handlers {
    std::function<void(std::string body)> frame;
    std::function<void(const std::string& problem)> broken; // bad header: answer it, then closeAfterWriting()
    std::function<void(const std::string& why)> closed;     // once
    std::function<void()> drained;                          // everything queued is written
  };
  explicit Connection(Socket socket) : m_socket(std::move(socket)) {}
  void start(Handlers handlers);
  void send(std::string body);
  size_t queuedBytes() const { return m_queuedBytes; }
  bool isOpen() const { return m_open; }
  void close(const std::string& why);
  void closeAfterWriting();
  /// Forgets the handlers and closes.
  void abandon();

private:
  void read();
  void deliver();
  void write();
  Socket m_socket;
  Handlers m_handlers;
  api::FrameReader m_reader;
  std::array<char, 65'536> m_input{};
  std::deque<std::string> m_output;
  size_t m_queuedBytes = 0;
  bool m_open = true, m_writing = false, m_closing = false, m_readPaused = false;
};

} // namespace lathe::rpc
