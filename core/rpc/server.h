// SPDX-License-Identifier: Apache-2.0
// JSON-RPC server on a local stream socket: folder 0700, peer of the same user only, `hello` first, frames ≤ 16 MiB. A broken frame
// gets an error and at most costs that connection. Subscribed clients get event/batch at most 30 times a second; a slow client
// reads on from its cursor later, and is told (params.gap = true) when events it had not read are gone.
#pragma once

#include "core/rpc/event_log.h"
#include "core/rpc/io_loop.h"
#include "core/rpc/message.h"

#include <memory>
#include <string>

namespace lathe::rpc {

struct ServerOptions {
  std::string socketPath; // ≤ 107 bytes
  std::string home;       // told in hello
  std::string version;    // program version, told in hello
  size_t maxClients = 64;
};

class Server {
public:
  /// All calls on the loop's thread (or before it runs).
  Server(IoLoop& loop, ServerOptions options, MethodTable methods, std::shared_ptr<EventLog> events);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Creates the folder, removes a socket nobody listens on, binds and accepts. Conflict when somebody listens; Io otherwise.
  void listen();
  /// Stops accepting, removes the socket, and closes every connection once what is queued for it is written.
  void close();
  size_t clientCount() const;

private:
  struct Impl;
  std::shared_ptr<Impl> m_impl;
};

} // namespace lathe::rpc
