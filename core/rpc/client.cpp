// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/client.h"

#include "core/api/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace lathe::rpc {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

[[noreturn]] void lost(const std::string& why) {
  throw Exception(ErrorKind::Io, fmt::format("The connection was lost: {}. Try again; the engine starts by itself.", why));
}

/// False on a timeout.
bool waitFor(int fd, short events, double deadline) {
  for (;;) {
    pollfd item{fd, events, 0};
    const double left = std::max(0.0, deadline - now());
    const int n = ::poll(&item, 1, static_cast<int>(std::min(left * 1000 + 1, 1e9)));
    if (n > 0)
      return true;
    if (n < 0 && errno != EINTR)
      lost(std::strerror(errno));
    if (now() >= deadline)
      return false;
  }
}

int connectTo(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw Exception(ErrorKind::Io, fmt::format("The socket path {} is longer than 107 bytes.", path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    throw Exception(ErrorKind::Io, fmt::format("No socket could be made: {}.", std::strerror(errno)));
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const int code = errno;
    ::close(fd);
    throw Exception(ErrorKind::NotFound, fmt::format("Nothing answers on {}: {}.", path, std::strerror(code)));
  }
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

} // namespace

Client Client::connect(const std::string& socketPath, double timeoutSeconds, const std::string& name) {
  Client client;
  client.m_fd = connectTo(socketPath);
  client.m_hello = client.call(api::method::kHello, {{"protocol", api::kProtocolVersion}, {"client", name}}, timeoutSeconds);
  client.m_cursor = static_cast<uint64_t>(std::max<int64_t>(0, intOr(client.m_hello, "cursor", 0)));
  return client;
}

Client::Client(Client&& other) noexcept { *this = std::move(other); }

Client& Client::operator=(Client&& other) noexcept {
  std::swap(m_fd, other.m_fd);
  std::swap(m_nextId, other.m_nextId);
  std::swap(m_cursor, other.m_cursor);
  std::swap(m_gap, other.m_gap);
  std::swap(m_reader, other.m_reader);
  std::swap(m_hello, other.m_hello);
  std::swap(m_events, other.m_events);
  std::swap(m_responses, other.m_responses);
  return *this;
}

Client::~Client() {
  if (m_fd >= 0)
    ::close(m_fd);
}

void Client::send(const std::string& body, double deadline) {
  const std::string frame = api::encodeFrame(body);
  size_t done = 0;
  while (done < frame.size()) {
    const ssize_t n = ::send(m_fd, frame.data() + done, frame.size() - done, MSG_NOSIGNAL);
    if (n >= 0)
      done += static_cast<size_t>(n);
    else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!waitFor(m_fd, POLLOUT, deadline))
        throw Exception(ErrorKind::Io, "The other side takes no requests at the moment. Try again.");
    } else if (errno != EINTR)
      lost(std::strerror(errno));
  }
}

bool Client::receive(double deadline) {
  for (;;) {
    bool any = false;
    while (auto body = m_reader.next()) {
      handle(parseMessage(*body));
      any = true;
    }
    if (m_reader.isBroken())
      throw Exception(ErrorKind::Protocol, m_reader.problem());
    if (any)
      return true;
    if (!waitFor(m_fd, POLLIN, deadline))
      return false;
    char block[65'536];
    const ssize_t n = ::recv(m_fd, block, sizeof block, 0);
    if (n == 0)
      lost("the other side closed it");
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      lost(std::strerror(errno));
    if (n > 0)
      m_reader.append({block, static_cast<size_t>(n)});
  }
}

void Client::handle(Message message) {
  if (message.kind == Message::Kind::Response) {
    m_responses.push_back(std::move(message));
    return;
  }
  if (message.kind != Message::Kind::Notification || message.method != api::kEventBatch)
    return;
  m_gap = m_gap || boolOr(message.params, "gap", false);
  const Json* events = find(message.params, "events");
  if (!events || !events->is_array())
    return;
  for (const Json& item : *events) {
    m_events.push_back(api::decode<api::Event>(item));
    m_cursor = m_events.back().cursor;
  }
}

Json Client::call(const std::string& method, const Json& params, double timeoutSeconds) {
  const double deadline = now() + timeoutSeconds;
  const int64_t id = m_nextId++;
  send(requestText(id, method, params), deadline);
  for (;;) {
    while (!m_responses.empty()) {
      Message message = std::move(m_responses.front());
      m_responses.pop_front();
      if (message.id != id)
        continue; // an answer that came after its timeout
      if (message.failed)
        throw Exception(message.error);
      return std::move(message.result);
    }
    if (!receive(deadline))
      throw Exception(ErrorKind::Io, fmt::format("No answer to {} within {:.0f} s.", method, timeoutSeconds));
  }
}

bool Client::subscribe(uint64_t cursor) {
  const Json result = call(api::method::kSubscribe, {{"cursor", cursor}});
  return boolOr(result, "gap", false);
}

std::vector<api::Event> Client::events(double timeoutSeconds) {
  const double deadline = now() + timeoutSeconds;
  while (m_events.empty() && !m_gap && receive(deadline)) {
  }
  std::vector<api::Event> out(std::make_move_iterator(m_events.begin()), std::make_move_iterator(m_events.end()));
  m_events.clear();
  return out;
}

bool Client::takeGap() { return std::exchange(m_gap, false); }

} // namespace lathe::rpc
