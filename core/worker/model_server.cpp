// SPDX-License-Identifier: Apache-2.0
#include "core/worker/model_server.h"

#include "core/base/log.h"
#include "core/rpc/control_server.h"
#include "core/worker/answers.h"
#include "core/worker/device.h"
#include "core/worker/model_host.h"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <set>

namespace lathe::worker {
namespace {

std::atomic<bool> g_stop{false};

/// Nobody connected for so long: the engine is gone for good, and a new one starts workers of its own.
constexpr std::chrono::seconds kOrphanExit{20};

/// What other threads may touch.
struct Inbox {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Json> requests;
  std::set<std::string> cancelled;
  std::string model;          // shown in the status
  std::string state = "idle"; // idle | loading | generating
  std::map<std::string, uint64_t> memory;
};

class ModelServer {
public:
  explicit ModelServer(const ServeOptions& options) : m_options(options), m_control(options.socket, handler(), options.home) {}

  int run() {
    auto lastWork = std::chrono::steady_clock::now(), lastClient = lastWork;
    while (!g_stop) {
      takeRequests(m_active.empty());
      if (m_control.clientCount() > 0)
        lastClient = std::chrono::steady_clock::now();
      else if (m_active.empty() && std::chrono::steady_clock::now() - lastClient > kOrphanExit)
        break;
      if (!m_active.empty()) {
        stepAll();
        lastWork = std::chrono::steady_clock::now();
      } else if (std::chrono::steady_clock::now() - lastWork > m_options.idleExit) {
        break;
      }
    }
    return 0;
  }

private:
  rpc::ControlHandler handler() {
    rpc::ControlHandler handler;
    handler.status = [this] {
      std::scoped_lock lock(m_inbox.mutex);
      Json memory = Json::object();
      for (const auto& [name, bytes] : m_inbox.memory)
        memory[name] = bytes;
      return Json{{"state", m_inbox.state}, {"step", 0}, {"total_steps", 0}, {"memory", memory}, {"model", m_inbox.model}};
    };
    handler.generate = [this](const Json& params) {
      if (stringOr(params, "request", "").empty() || stringOr(params, "model_path", "").empty())
        throw Exception(ErrorKind::Usage, "A generation needs \"request\" and \"model_path\".");
      std::scoped_lock lock(m_inbox.mutex);
      m_inbox.requests.push_back(params);
      m_inbox.changed.notify_one();
    };
    handler.cancel = [this](const std::string& request) {
      std::scoped_lock lock(m_inbox.mutex);
      m_inbox.cancelled.insert(request);
      m_inbox.changed.notify_one();
    };
    return handler;
  }

  void takeRequests(bool wait) {
    std::deque<Json> requests;
    {
      std::unique_lock lock(m_inbox.mutex);
      if (wait)
        m_inbox.changed.wait_for(lock, std::chrono::milliseconds(200), [&] { return !m_inbox.requests.empty(); });
      requests.swap(m_inbox.requests);
    }
    for (const Json& request : requests)
      begin(request);
    if (m_active.empty())
      setState("idle");
  }

  void begin(const Json& params) {
    const std::string request = stringOr(params, "request", "");
    try {
      if (cancelled(request)) {
        emitEnd(request, endOf(request, "stopped", nullptr, {}));
        return;
      }
      load(stringOr(params, "model_path", ""));
      std::vector<AdapterUse> adapters;
      if (const Json* list = find(params, "adapters"))
        for (const Json& item : *list)
          adapters.push_back({stringOr(item, "path", ""), doubleOr(item, "strength", 1.0)});
      generate::Request generation = generationOf(params);
      generation.adapters = m_host->use(adapters);
      showMemory();
      generation.prompt = find(params, "messages") ? m_host->promptOf(params["messages"]) : m_host->promptOf(stringOr(params, "prompt", ""));
      m_active.push_back({request, m_host->generator().start(std::move(generation)), 0});
      showMemory(); // with the cache
      setState("generating");
    } catch (...) {
      emitEnd(request, endOf(request, "failed", nullptr, currentError().message));
    }
  }

  void load(const std::string& path) {
    if (m_host && m_host->folder() == path)
      return;
    if (!m_active.empty())
      throw Exception(ErrorKind::Conflict, fmt::format("This worker answers with {} right now; another model needs a worker of its own.", m_host->folder()));
    m_host.reset(); // its memory first
    setState("loading");
    const at::Device device = deviceFor(m_options.device);
    m_host = std::make_unique<ModelHost>(path, computeFor(m_options.dtype, "", device), device);
    std::scoped_lock lock(m_inbox.mutex);
    m_inbox.model = path;
  }

  void showMemory() {
    auto memory = m_host->memory();
    std::scoped_lock lock(m_inbox.mutex);
    m_inbox.memory = std::move(memory);
  }

  void stepAll() {
    for (auto it = m_active.begin(); it != m_active.end();) {
      try {
        if (cancelled(it->request))
          it->session->cancel();
        if (Json text = it->step(); !text.is_null())
          m_control.emit("text", {}, std::move(text));
        if (!it->session->done()) {
          ++it;
          continue;
        }
        emitEnd(it->request, endOf(*it));
        showMemory();
      } catch (...) {
        emitEnd(it->request, endOf(it->request, "failed", nullptr, currentError().message));
      }
      it = m_active.erase(it);
    }
  }

  void emitEnd(const std::string& request, const Json& body) {
    m_control.emit("text_end", {}, body);
    std::scoped_lock lock(m_inbox.mutex);
    m_inbox.cancelled.erase(request);
  }

  bool cancelled(const std::string& request) {
    std::scoped_lock lock(m_inbox.mutex);
    return m_inbox.cancelled.contains(request);
  }

  void setState(const char* state) {
    std::scoped_lock lock(m_inbox.mutex);
    m_inbox.state = state;
  }

  ServeOptions m_options;
  Inbox m_inbox;
  rpc::ControlServer m_control;
  std::unique_ptr<ModelHost> m_host;
  std::list<Answer> m_active; // after m_host: sessions end before their generator
};

} // namespace

int serveModel(const ServeOptions& options) {
  std::signal(SIGTERM, [](int) { g_stop = true; });
  std::signal(SIGINT, [](int) { g_stop = true; });
  return ModelServer(options).run();
}

} // namespace lathe::worker
