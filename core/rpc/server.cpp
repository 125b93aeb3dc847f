// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/server.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/rpc/connection.h"
#include "core/rpc/start_lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <set>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lathe::rpc {
namespace local = boost::asio::local;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kBatchInterval = std::chrono::milliseconds(34);
constexpr size_t kBatchBytes = 1u << 20;

bool isSameUser(int socket) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 && peer.uid == ::geteuid();
}

std::string batchText(const EventLog::Slice& slice) {
  std::string out = fmt::format(R"({{"jsonrpc":"2.0","method":"{}","params":{{)", api::kEventBatch);
  if (slice.gap)
    out += "\"gap\":true,";
  out += "\"events\":[";
  for (size_t i = 0; i < slice.events.size(); ++i) {
    if (i > 0)
      out += ',';
    out += *slice.events[i];
  }
  return out + "]}}";
}

} // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  struct Client {
    std::shared_ptr<Connection> connection;
    bool greeted = false;
    bool subscribed = false;
    uint64_t cursor = 0;
  };

  Impl(IoLoop& ioLoop, ServerOptions serverOptions, MethodTable table, std::shared_ptr<EventLog> log)
      : loop(ioLoop), options(std::move(serverOptions)), methods(std::move(table)), events(std::move(log)), acceptor(loop.impl().context) {}

  void listen();
  void accept();
  void admit(local::stream_protocol::socket socket);
  void onFrame(const std::shared_ptr<Client>& client, const std::string& body);
  void dispatch(const std::shared_ptr<Client>& client, Message message);
  Json hello(Client& client, const Json& params);
  Json subscribe(Client& client, const Json& params);
  void scheduleFlush();
  void flush();
  void close();

  IoLoop& loop;
  ServerOptions options;
  MethodTable methods;
  std::shared_ptr<EventLog> events;
  local::stream_protocol::acceptor acceptor;
  std::set<std::shared_ptr<Client>> clients;
  bool flushPlanned = false, closed = false;
  Clock::time_point lastFlush{};
  ino_t inode = 0;
};

void Server::Impl::listen() {
  const std::string& path = options.socketPath;
  if (path.size() > 107)
    throw Exception(ErrorKind::Io, fmt::format("The socket path {} has {} bytes; 107 are possible. Set XDG_RUNTIME_DIR to a shorter folder.", path, path.size()));
  preparePrivateFolder(std::filesystem::path(path).parent_path().string());
  if (somebodyListens(path))
    throw Exception(ErrorKind::Conflict, fmt::format("Another process already answers on {}.", path));
  ::unlink(path.c_str());
  boost::system::error_code code;
  acceptor.open(local::stream_protocol(), code);
  const mode_t old = ::umask(0177);
  if (!code)
    acceptor.bind(local::stream_protocol::endpoint(path), code);
  ::umask(old);
  if (!code)
    acceptor.listen(64, code);
  if (code)
    throw Exception(ErrorKind::Io, fmt::format("The socket {} cannot be made: {}.", path, code.message()));
  struct stat info {};
  inode = ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
  events->setWake([weak = weak_from_this(), &io = loop] {
    io.post([weak] {
      if (const auto self = weak.lock())
        self->scheduleFlush();
    });
  });
  accept();
}

void Server::Impl::accept() {
  acceptor.async_accept([self = shared_from_this()](const boost::system::error_code& code, local::stream_protocol::socket socket) {
    if (self->closed)
      return;
    if (!code)
      self->admit(std::move(socket));
    else // out of descriptors: try again when some may be free
      logWarning("A connection could not be accepted: {}", code.message());
    if (code)
      self->loop.after(std::chrono::milliseconds(100), [weak = self->weak_from_this()] {
        if (const auto again = weak.lock(); again && !again->closed)
          again->accept();
      });
    else
      self->accept();
  });
}

void Server::Impl::admit(local::stream_protocol::socket socket) {
  if (!isSameUser(socket.native_handle()) || clients.size() >= options.maxClients)
    return; // closes it
  auto client = std::make_shared<Client>();
  client->connection = std::make_shared<Connection>(std::move(socket));
  clients.insert(client);
  const std::weak_ptr<Client> weakClient = client;
  const auto weak = weak_from_this();
  Connection::Handlers handlers;
  handlers.frame = [weak, weakClient](const std::string& body) {
    const auto self = weak.lock();
    const auto target = weakClient.lock();
    if (self && target)
      self->onFrame(target, body);
  };
  handlers.broken = [weakClient](const std::string& problem) {
    if (const auto target = weakClient.lock()) {
      target->connection->send(errorText(nullptr, kParseError, problem));
      target->connection->closeAfterWriting();
    }
  };
  handlers.closed = [weak, weakClient](const std::string&) {
    if (const auto self = weak.lock())
      self->clients.erase(weakClient.lock());
  };
  handlers.drained = [weak, weakClient] {
    const auto self = weak.lock();
    const auto target = weakClient.lock();
    if (self && target && target->subscribed && target->cursor != self->events->cursor())
      self->scheduleFlush();
  };
  client->connection->start(std::move(handlers));
}

void Server::Impl::onFrame(const std::shared_ptr<Client>& client, const std::string& body) {
  Message message = parseMessage(body);
  Connection& connection = *client->connection;
  switch (message.kind) {
  case Message::Kind::Invalid:
    connection.send(errorText(message.id, message.errorCode, message.problem));
    return;
  case Message::Kind::Response: // we never ask clients anything
  case Message::Kind::Notification:
    return;
  case Message::Kind::Request:
    break;
  }
  if (!client->greeted && message.method != api::method::kHello) {
    connection.send(errorText(message.id, kInvalidRequest, "The first request has to be hello."));
    return;
  }
  dispatch(client, std::move(message));
}

void Server::Impl::dispatch(const std::shared_ptr<Client>& client, Message message) {
  const bool isHello = message.method == api::method::kHello;
  if (isHello || message.method == api::method::kSubscribe) {
    const Result<Json> result = capture([&] { return isHello ? hello(*client, message.params) : subscribe(*client, message.params); });
    client->connection->send(result.ok() ? resultText(message.id, *result) : errorText(message.id, result.error()));
    return;
  }
  const Method* method = methods.find(message.method);
  if (!method) {
    client->connection->send(errorText(message.id, kMethodNotFound, fmt::format("There is no method \"{}\".", message.method.substr(0, 80))));
    return;
  }
  const std::weak_ptr<Connection> connection = client->connection;
  const auto answered = std::make_shared<std::atomic<bool>>(false);
  const Reply reply = [connection, id = message.id, &io = loop, answered](const Result<Json>& result) {
    if (answered->exchange(true))
      return;
    std::string text = result.ok() ? resultText(id, *result) : errorText(id, result.error());
    if (text.size() > limits::kFrameBytes)
      text = errorText(id, Error{ErrorKind::Protocol, fmt::format("The answer has {} bytes; a frame may have {}. Ask for fewer rows.", text.size(), limits::kFrameBytes), {}, {}});
    io.post([connection, text = std::move(text)]() mutable {
      if (const auto target = connection.lock())
        target->send(std::move(text));
    });
  };
  try {
    (*method)(message.params, reply);
  } catch (...) {
    reply(currentError());
  }
}

Json Server::Impl::hello(Client& client, const Json& params) {
  const int64_t protocol = intOr(params, "protocol", 0);
  if (protocol != api::kProtocolVersion)
    throw Exception(ErrorKind::Protocol, fmt::format("This side speaks protocol {} and the other one {}. Update both to the same version of Lathe.", api::kProtocolVersion, protocol));
  client.greeted = true;
  return {{"protocol", api::kProtocolVersion}, {"version", options.version}, {"pid", ::getpid()}, {"home", options.home},
          {"cursor", events->cursor()}, {"oldest", events->oldest()}};
}

Json Server::Impl::subscribe(Client& client, const Json& params) {
  const Json* cursor = find(params, "cursor");
  client.cursor = cursor && !cursor->is_null() ? static_cast<uint64_t>(std::max<int64_t>(0, intOr(params, "cursor", 0))) : events->cursor();
  client.subscribed = true;
  const uint64_t newest = events->cursor();
  const bool gap = client.cursor > newest || client.cursor + 1 < events->oldest();
  if (gap)
    client.cursor = events->oldest() - 1;
  scheduleFlush();
  return {{"cursor", client.cursor}, {"gap", gap}};
}

void Server::Impl::scheduleFlush() {
  if (flushPlanned || closed)
    return;
  flushPlanned = true;
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(lastFlush + kBatchInterval - Clock::now());
  loop.after(std::max(wait, std::chrono::milliseconds(0)), [weak = weak_from_this()] {
    if (const auto self = weak.lock())
      self->flush();
  });
}

void Server::Impl::flush() {
  flushPlanned = false;
  lastFlush = Clock::now();
  events->rearm();
  bool more = false;
  const auto now = clients; // a failing send removes its client
  for (const auto& client : now) {
    if (!client->subscribed || client->connection->queuedBytes() > kBatchBytes)
      continue; // a slow one: its drained handler comes back here
    const EventLog::Slice slice = events->after(client->cursor, kBatchBytes);
    client->cursor = slice.cursor;
    more = more || slice.more;
    if (!slice.events.empty() || slice.gap)
      client->connection->send(batchText(slice));
  }
  if (more)
    scheduleFlush();
}

void Server::Impl::close() {
  if (closed)
    return;
  flush();
  closed = true;
  events->setWake({});
  boost::system::error_code ignored;
  acceptor.close(ignored);
  const auto now = clients;
  for (const auto& client : now)
    client->connection->closeAfterWriting();
  struct stat info {};
  if (inode != 0 && ::stat(options.socketPath.c_str(), &info) == 0 && info.st_ino == inode)
    ::unlink(options.socketPath.c_str());
}

Server::Server(IoLoop& loop, ServerOptions options, MethodTable methods, std::shared_ptr<EventLog> events)
    : m_impl(std::make_shared<Impl>(loop, std::move(options), std::move(methods), std::move(events))) {}

Server::~Server() { m_impl->close(); }
void Server::listen() { m_impl->listen(); }
void Server::close() { m_impl->close(); }
size_t Server::clientCount() const { return m_impl->clients.size(); }

} // namespace lathe::rpc
