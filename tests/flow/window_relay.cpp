// SPDX-License-Identifier: Apache-2.0
#include "tests/flow/window_relay.h"

#include "core/api/framing.h"

#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace flow {
namespace {

sockaddr_un addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), std::min(path.size() + 1, sizeof address.sun_path - 1));
  return address;
}

int connectTo(const std::string& path) {
  const sockaddr_un address = addressOf(path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return fd;
  ::close(fd);
  return -1;
}

bool sendAll(int fd, const char* data, ssize_t bytes) {
  while (bytes > 0) {
    const ssize_t n = ::send(fd, data, static_cast<size_t>(bytes), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    data += n;
    bytes -= n;
  }
  return true;
}

} // namespace

WindowRelay::WindowRelay(const std::string& listenPath, std::string engine) : m_engine(std::move(engine)), m_listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_un address = addressOf(listenPath);
  if (::bind(m_listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(m_listener, 8) != 0)
    throw lathe::Exception(lathe::ErrorKind::Io, "The relay cannot listen on " + listenPath);
  m_thread = std::thread([this] { listen(); });
}

WindowRelay::~WindowRelay() {
  m_ending = true;
  m_thread.join();
  ::close(m_listener);
}

void WindowRelay::forget() {
  std::scoped_lock lock(m_mutex);
  m_runs.clear();
  m_steps.clear();
  m_connections = 0;
}

bool WindowRelay::knowsRun(const std::string& id) const {
  std::scoped_lock lock(m_mutex);
  return m_runs.contains(id);
}

int64_t WindowRelay::wholeUpTo() const {
  std::scoped_lock lock(m_mutex);
  int64_t last = 0;
  for (const int64_t step : m_steps)
    last += step == last + 1;
  return last;
}

int64_t WindowRelay::lastStep() const {
  std::scoped_lock lock(m_mutex);
  return m_steps.empty() ? 0 : *m_steps.rbegin();
}

/// One window at a time, as there is.
void WindowRelay::listen() {
  while (!m_ending) {
    pollfd waiting{m_listener, POLLIN, 0};
    if (::poll(&waiting, 1, 50) <= 0)
      continue;
    const int window = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (window < 0)
      continue;
    ++m_connections;
    pump(window);
    ::close(window);
  }
}

void WindowRelay::pump(int window) {
  const int engine = connectTo(m_engine);
  lathe::api::FrameReader reader;
  char block[65'536];
  while (engine >= 0 && !m_ending) {
    pollfd both[2] = {{window, POLLIN, 0}, {engine, POLLIN, 0}};
    if (::poll(both, 2, 50) < 0)
      break;
    if (both[0].revents != 0) {
      const ssize_t n = ::recv(window, block, sizeof block, 0);
      if (n <= 0 || !sendAll(engine, block, n))
        break;
    }
    if (both[1].revents != 0) {
      const ssize_t n = ::recv(engine, block, sizeof block, 0);
      if (n <= 0 || !sendAll(window, block, n))
        break;
      reader.append({block, static_cast<size_t>(n)});
      while (const auto body = reader.next())
        note(lathe::parseJson(*body, {.bytes = lathe::limits::kFrameBytes}));
    }
  }
  if (engine >= 0)
    ::close(engine);
}

void WindowRelay::noteRows(const lathe::Json& rows) {
  for (const lathe::Json& row : rows)
    m_steps.insert(row["step"].get<int64_t>());
}

void WindowRelay::note(const lathe::Json& message) {
  std::scoped_lock lock(m_mutex);
  if (const lathe::Json* result = lathe::find(message, "result")) {
    if (const lathe::Json* runs = lathe::find(*result, "runs"))
      for (const lathe::Json& run : *runs)
        m_runs.insert(run["id"].get<std::string>());
    if (const lathe::Json* rows = lathe::find(*result, "rows"))
      noteRows(*rows);
  }
  const lathe::Json* params = lathe::find(message, "params");
  const lathe::Json* events = params ? lathe::find(*params, "events") : nullptr;
  if (!events)
    return;
  for (const lathe::Json& event : *events)
    if (event["type"] == "metrics")
      noteRows(event["body"]["rows"]);
}

} // namespace flow
