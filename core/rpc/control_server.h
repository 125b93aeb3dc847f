// SPDX-License-Identifier: Apache-2.0
// A worker's side of the protocol: its own socket on its own thread. Emit events from any thread:
//
//   rpc::ControlHandler handler;
//   handler.status = [&] { return Json{{"state", "running"}, {"step", step.load()}}; };
//   handler.control = [&](const std::string& action) { requests.push(action); };
//   rpc::ControlServer control(workerSocket(runFolder), handler, home);
//   control.emit("text", runId, {{"request", id}, {"piece", piece}, {"index", n}});
#pragma once

#include "core/rpc/event_log.h"
#include "core/rpc/message.h"

#include <functional>
#include <memory>
#include <string>

namespace lathe::rpc {

/// Called on the control thread: take the request down and return at once. What they throw is the error the caller gets. Empty ones answer
/// "unsupported".
struct ControlHandler {
  std::function<Json()> status;                            // worker/status: {state, step, total_steps, memory:{…}, model}
  std::function<void(const std::string& action)> control;  // job/control: pause | continue | stop | save | evaluate | sample
  std::function<void(const Json& params)> generate;        // generate; returning means accepted
  std::function<void(const std::string& request)> cancel;  // generate/cancel
};

class ControlServer {
public:
  /// Listens when this returns. Conflict when another process listens there, Io when the socket cannot be made.
  ControlServer(std::string socketPath, ControlHandler handler, std::string home = {}, std::string version = {});
  /// Sends what is queued (≤ 0.2 s), then closes and removes the socket.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Any thread; never blocks on a client.
  uint64_t emit(const std::string& type, const std::string& run, const Json& body);
  size_t clientCount() const;
  const std::string& socketPath() const;

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace lathe::rpc
