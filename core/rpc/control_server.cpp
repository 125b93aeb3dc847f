// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/control_server.h"

#include "core/api/protocol.h"
#include "core/base/log.h"
#include "core/rpc/server.h"

#include <atomic>
#include <thread>

namespace lathe::rpc {
namespace {

MethodTable methodsOf(const ControlHandler& handler) {
  const auto need = [](bool there, const char* what) {
    if (!there)
      throw Exception(ErrorKind::Unsupported, std::string("This worker does not ") + what + ".");
  };
  MethodTable table;
  table.add(api::method::kWorkerStatus, [handler, need](const Json&) {
    need(static_cast<bool>(handler.status), "report a state");
    return handler.status();
  });
  table.add(api::method::kJobControl, [handler, need](const Json& params) -> Json {
    need(static_cast<bool>(handler.control), "run a job");
    handler.control(stringOr(params, "action", ""));
    return Json::object();
  });
  table.add(api::method::kGenerate, [handler, need](const Json& params) -> Json {
    need(static_cast<bool>(handler.generate), "generate text");
    handler.generate(params);
    return Json::object();
  });
  table.add(api::method::kGenerateCancel, [handler, need](const Json& params) -> Json {
    need(static_cast<bool>(handler.cancel), "generate text");
    handler.cancel(stringOr(params, "request", ""));
    return Json::object();
  });
  return table;
}

} // namespace

struct ControlServer::Impl {
  std::string path;
  std::shared_ptr<EventLog> events = std::make_shared<EventLog>();
  IoLoop loop;
  std::unique_ptr<Server> server;
  std::atomic<size_t> clients{0};
  std::thread thread;
};

ControlServer::ControlServer(std::string socketPath, ControlHandler handler, std::string home, std::string version)
    : m_impl(std::make_unique<Impl>()) {
  m_impl->path = socketPath;
  m_impl->server = std::make_unique<Server>(m_impl->loop, ServerOptions{std::move(socketPath), std::move(home), std::move(version)},
                                            methodsOf(handler), m_impl->events);
  m_impl->server->listen();
  m_impl->loop.every(std::chrono::milliseconds(100), [impl = m_impl.get()] { impl->clients = impl->server->clientCount(); });
  m_impl->thread = std::thread([impl = m_impl.get()] { impl->loop.run(); });
}

ControlServer::~ControlServer() {
  m_impl->loop.post([impl = m_impl.get()] {
    impl->server->close();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    impl->loop.every(std::chrono::milliseconds(5), [impl, deadline] {
      if (impl->server->clientCount() == 0 || std::chrono::steady_clock::now() > deadline)
        impl->loop.stop();
    });
  });
  m_impl->thread.join();
  m_impl->server.reset();
}

uint64_t ControlServer::emit(const std::string& type, const std::string& run, const Json& body) { return m_impl->events->append(type, run, body); }
size_t ControlServer::clientCount() const { return m_impl->clients; }
const std::string& ControlServer::socketPath() const { return m_impl->path; }

} // namespace lathe::rpc
