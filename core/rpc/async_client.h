// SPDX-License-Identifier: Apache-2.0
// Client on an IoLoop: how the engine talks to its workers.
#pragma once

#include "core/api/values.h"
#include "core/rpc/io_loop.h"
#include "core/rpc/message.h"

#include <memory>
#include <string>

namespace lathe::rpc {

class AsyncClient {
public:
  struct Handlers {
    std::function<void(const Json& hello)> connected;
    std::function<void(const api::Event& event)> event;
    std::function<void()> gap;                    // events were lost: read the state again
    std::function<void(const Error& why)> closed; // last call; also when connecting failed
  };
  /// Starts connecting; handlers run on the loop's thread, never inside this call.
  AsyncClient(IoLoop& loop, std::string socketPath, Handlers handlers, std::string name = "lathe-engine");
  /// Closes silently.
  ~AsyncClient();
  AsyncClient(const AsyncClient&) = delete;
  AsyncClient& operator=(const AsyncClient&) = delete;

  bool isConnected() const; // hello was answered
  /// `done` gets the result, the error, or Io when the connection ends or the time is over first. Waits for the connection.
  void call(const std::string& method, const Json& params, std::function<void(Result<Json>)> done, double timeoutSeconds = 30);
  void subscribe(uint64_t cursor);
  /// Right after construction: for a process that is being started, tries again so often until somebody listens or the time is over.
  void waitForListener(double seconds, std::chrono::milliseconds every);

private:
  struct Impl;
  std::shared_ptr<Impl> m_impl;
};

} // namespace lathe::rpc
