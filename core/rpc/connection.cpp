// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace lathe::rpc {
namespace {
// Above this many unsent bytes no further requests of that client are read.
constexpr size_t kPauseReadingBytes = 32u << 20;
} // namespace

void Connection::start(Handlers handlers) {
  m_handlers = std::move(handlers);
  read();
}

void Connection::read() {
  m_socket.async_read_some(boost::asio::buffer(m_input), [self = shared_from_this()](const boost::system::error_code& code, size_t bytes) {
    if (!self->m_open)
      return;
    if (code) {
      self->close(code.message());
      return;
    }
    self->m_reader.append({self->m_input.data(), bytes});
    self->deliver();
  });
}

void Connection::deliver() {
  const Handlers handlers = m_handlers; // close() inside a handler must not destroy the handler that runs
  while (m_open && !m_closing) {
    if (m_queuedBytes > kPauseReadingBytes) {
      m_readPaused = true;
      return;
    }
    auto body = m_reader.next();
    if (!body)
      break;
    handlers.frame(std::move(*body));
  }
  if (!m_open || m_closing)
    return;
  if (m_reader.isBroken()) {
    handlers.broken(m_reader.problem());
    return;
  }
  read();
}

void Connection::send(std::string body) {
  if (!m_open || m_closing)
    return;
  m_output.push_back(api::encodeFrame(body));
  m_queuedBytes += m_output.back().size();
  if (!m_writing)
    write();
}

void Connection::write() {
  m_writing = true;
  boost::asio::async_write(m_socket, boost::asio::buffer(m_output.front()), [self = shared_from_this()](const boost::system::error_code& code, size_t) {
    self->m_writing = false;
    if (!self->m_open)
      return;
    if (code) {
      self->close(code.message());
      return;
    }
    self->m_queuedBytes -= self->m_output.front().size();
    self->m_output.pop_front();
    if (!self->m_output.empty()) {
      self->write();
      return;
    }
    if (self->m_closing) {
      self->close("closed");
      return;
    }
    if (self->m_readPaused) {
      self->m_readPaused = false;
      self->deliver();
    }
    const auto drained = self->m_handlers.drained;
    if (self->m_open && drained)
      drained();
  });
}

void Connection::close(const std::string& why) {
  if (!m_open)
    return;
  m_open = false;
  boost::system::error_code ignored;
  m_socket.close(ignored);
  const auto closed = std::move(m_handlers.closed);
  m_handlers = {};
  if (closed)
    closed(why);
}

void Connection::closeAfterWriting() {
  m_closing = true;
  if (!m_writing && m_open)
    close("closed");
}

void Connection::abandon() {
  m_handlers = {};
  close("abandoned");
}

} // namespace lathe::rpc
