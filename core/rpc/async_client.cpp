// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/async_client.h"

#include "core/api/protocol.h"
#include "core/base/log.h"
#include "core/rpc/connection.h"

#include <fmt/format.h>

#include <map>

namespace lathe::rpc {
namespace local = boost::asio::local;

struct AsyncClient::Impl : std::enable_shared_from_this<AsyncClient::Impl> {
  struct Pending {
    std::function<void(Result<Json>)> done;
    uint64_t timer = 0;
  };
  Impl(IoLoop& ioLoop, Handlers h, std::string clientName) : loop(ioLoop), handlers(std::move(h)), name(std::move(clientName)), socket(loop.impl().context) {}

  void connect(const std::string& path);
  void greet();
  void onFrame(const std::string& body);
  void onBatch(const Json& params);
  void request(const std::string& method, const Json& params, std::function<void(Result<Json>)> done, double timeoutSeconds);
  void finish(int64_t id, Result<Json> result);
  void fail(const Error& why);
  void sendRequest(int64_t id, const std::string& method, const Json& params) { connection->send(requestText(id, method, params)); }

  IoLoop& loop;
  Handlers handlers;
  std::string name;
  local::stream_protocol::socket socket;
  std::shared_ptr<Connection> connection;
  std::map<int64_t, Pending> pending;
  std::vector<std::function<void()>> waiting; // calls made before hello was answered
  int64_t nextId = 1;
  bool greeted = false, ended = false;
  std::chrono::steady_clock::time_point patience{}; // until then a refused connection is tried again
  std::chrono::milliseconds retryEvery{0};
};

void AsyncClient::Impl::connect(const std::string& path) {
  if (path.size() > 107) {
    fail({ErrorKind::Io, fmt::format("The socket path {} is longer than 107 bytes.", path), {}, {}});
    return;
  }
  socket.async_connect(local::stream_protocol::endpoint(path), [self = shared_from_this(), path](const boost::system::error_code& code) {
    if (self->ended)
      return;
    if (code && std::chrono::steady_clock::now() < self->patience) {
      boost::system::error_code ignored;
      self->socket.close(ignored);
      self->loop.after(self->retryEvery, [weak = self->weak_from_this(), path] {
        if (const auto again = weak.lock(); again && !again->ended)
          again->connect(path);
      });
    } else if (code)
      self->fail({ErrorKind::NotFound, fmt::format("Nothing answers on {}: {}.", path, code.message()), {}, {}});
    else
      self->greet();
  });
}

void AsyncClient::Impl::greet() {
  connection = std::make_shared<Connection>(std::move(socket));
  const auto weak = weak_from_this();
  Connection::Handlers h;
  h.frame = [weak](const std::string& body) {
    if (const auto self = weak.lock())
      self->onFrame(body);
  };
  h.broken = [weak](const std::string& problem) {
    if (const auto self = weak.lock())
      self->fail({ErrorKind::Protocol, problem, {}, {}});
  };
  h.closed = [weak](const std::string& why) {
    if (const auto self = weak.lock())
      self->fail({ErrorKind::Io, fmt::format("The connection was lost: {}.", why), {}, {}});
  };
  connection->start(std::move(h));
  request(api::method::kHello, {{"protocol", api::kProtocolVersion}, {"client", name}}, [weak](const Result<Json>& hello) {
    const auto self = weak.lock();
    if (!self || self->ended)
      return;
    if (!hello.ok()) {
      self->fail(hello.error());
      return;
    }
    self->greeted = true;
    if (const auto connected = self->handlers.connected)
      connected(*hello);
    const auto calls = std::move(self->waiting);
    self->waiting.clear();
    for (const auto& call : calls)
      call();
  }, 10);
}

void AsyncClient::Impl::onFrame(const std::string& body) {
  Message message = parseMessage(body);
  if (message.kind == Message::Kind::Response && message.id.is_number_integer()) {
    const auto id = message.id.get<int64_t>();
    if (message.failed)
      finish(id, message.error);
    else
      finish(id, std::move(message.result));
  } else if (message.kind == Message::Kind::Notification && message.method == api::kEventBatch) {
    onBatch(message.params);
  }
}

void AsyncClient::Impl::onBatch(const Json& params) {
  const Json* events = find(params, "events");
  const Json* gap = find(params, "gap");
  if (gap && gap->is_boolean() && gap->get<bool>() && handlers.gap) {
    const auto lost = handlers.gap;
    lost();
  }
  if (!events || !events->is_array())
    return;
  const auto handle = handlers.event; // a handler may destroy the client
  for (const Json& item : *events) {
    if (ended)
      return;
    const Result<api::Event> event = capture([&] { return api::decode<api::Event>(item); });
    if (!event.ok())
      logWarning("An event of a worker could not be read: {}", event.error().message);
    else if (handle)
      handle(*event);
  }
}

void AsyncClient::Impl::request(const std::string& method, const Json& params, std::function<void(Result<Json>)> done, double timeoutSeconds) {
  const int64_t id = nextId++;
  const uint64_t timer = loop.after(std::chrono::milliseconds(static_cast<int64_t>(timeoutSeconds * 1000)), [weak = weak_from_this(), id, method] {
    if (const auto self = weak.lock())
      self->finish(id, Error{ErrorKind::Io, fmt::format("No answer to {} in time.", method), {}, {}});
  });
  pending[id] = {std::move(done), timer};
  sendRequest(id, method, params);
}

void AsyncClient::Impl::finish(int64_t id, Result<Json> result) {
  const auto it = pending.find(id);
  if (it == pending.end())
    return;
  const Pending entry = std::move(it->second);
  pending.erase(it);
  loop.cancel(entry.timer);
  if (entry.done)
    entry.done(std::move(result));
}

void AsyncClient::Impl::fail(const Error& why) {
  if (ended)
    return;
  ended = true;
  const auto keep = shared_from_this();
  if (connection)
    connection->abandon();
  while (!pending.empty())
    finish(pending.begin()->first, why);
  const auto calls = std::move(waiting);
  waiting.clear();
  for (const auto& call : calls)
    call(); // each sees `ended`
  const auto closed = handlers.closed;
  handlers = {};
  if (closed)
    closed(why);
}

AsyncClient::AsyncClient(IoLoop& loop, std::string socketPath, Handlers handlers, std::string name)
    : m_impl(std::make_shared<Impl>(loop, std::move(handlers), std::move(name))) {
  loop.post([impl = m_impl, path = std::move(socketPath)] {
    if (!impl->ended)
      impl->connect(path);
  });
}

AsyncClient::~AsyncClient() {
  m_impl->handlers = {};
  m_impl->ended = true;
  boost::system::error_code ignored;
  m_impl->socket.close(ignored);
  if (m_impl->connection)
    m_impl->connection->abandon();
  for (auto& [id, entry] : m_impl->pending)
    m_impl->loop.cancel(entry.timer);
  m_impl->pending.clear();
}

bool AsyncClient::isConnected() const { return m_impl->greeted && !m_impl->ended; }

void AsyncClient::call(const std::string& method, const Json& params, std::function<void(Result<Json>)> done, double timeoutSeconds) {
  if (m_impl->ended) {
    m_impl->loop.post([done = std::move(done)] {
      if (done)
        done(Error{ErrorKind::Io, "The worker is not connected.", {}, {}});
    });
    return;
  }
  if (m_impl->greeted) {
    m_impl->request(method, params, std::move(done), timeoutSeconds);
    return;
  }
  m_impl->waiting.push_back([weak = std::weak_ptr(m_impl), method, params, done = std::move(done), timeoutSeconds] {
    const auto self = weak.lock();
    if (!self)
      return;
    if (self->ended) {
      if (done)
        done(Error{ErrorKind::Io, "The worker is not connected.", {}, {}});
      return;
    }
    self->request(method, params, done, timeoutSeconds);
  });
}

void AsyncClient::waitForListener(double seconds, std::chrono::milliseconds every) {
  m_impl->patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  m_impl->retryEvery = every;
}

void AsyncClient::subscribe(uint64_t cursor) { call(api::method::kSubscribe, {{"cursor", cursor}}, {}); }

} // namespace lathe::rpc
