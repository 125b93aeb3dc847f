// SPDX-License-Identifier: Apache-2.0
#include "core/engine/model_workers.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/engine/process.h"
#include "core/rpc/start_lock.h"

#include <signal.h>
#include <unistd.h>

namespace lathe::engine {
namespace {

constexpr double kIdleSeconds = 300;
constexpr double kStartSeconds = 60;
constexpr auto kConnectEvery = std::chrono::milliseconds(50);

} // namespace

struct ModelWorkers::Worker {
  std::string model, device = "auto", socket;
  std::unique_ptr<rpc::AsyncClient> client;
  int64_t pid = 0, child = 0;
  double started = 0, lastUse = 0;
  bool connected = false;
  std::map<std::string, int64_t> memory;
};

ModelWorkers::ModelWorkers(Context& context) : m_context(context) {
  findRunning();
  m_timer = m_context.loop.every(std::chrono::seconds(1), [this] { tick(); });
}

ModelWorkers::~ModelWorkers() { m_context.loop.cancel(m_timer); }

std::string ModelWorkers::socketOf(const std::string& modelPath, const std::string& device) const {
  const std::string what = absolutePath(modelPath) + (device == "auto" ? "" : "@" + device);
  return fmt::format("{}/{}-{}.m.sock", runtimeFolder(), hashText(m_context.home).substr(0, 12), hashText(what).substr(0, 12));
}

void ModelWorkers::findRunning() {
  if (!isDirectory(runtimeFolder()))
    return;
  const std::string prefix = hashText(m_context.home).substr(0, 12) + "-";
  for (const std::string& name : listDirectory(runtimeFolder())) {
    if (!name.starts_with(prefix) || !name.ends_with(".m.sock"))
      continue;
    const std::string socket = runtimeFolder() + "/" + name;
    if (!rpc::somebodyListens(socket)) {
      ::unlink(socket.c_str());
      continue;
    }
    auto worker = std::make_shared<Worker>();
    worker->socket = socket;
    worker->lastUse = worker->started = wallClock();
    m_workers[socket] = worker;
    connect(worker);
  }
}

void ModelWorkers::generate(const std::string& modelPath, const std::string& device, const Json& params, std::function<void(const api::Event&)> event) {
  const std::string request = stringOr(params, "request", "");
  const std::string socket = socketOf(modelPath, device);
  m_requests[request] = {socket, std::move(event)};
  auto& worker = m_workers[socket];
  if (!worker) {
    worker = std::make_shared<Worker>();
    worker->model = modelPath;
    worker->device = device;
    worker->socket = socket;
    try {
      start(worker);
    } catch (...) {
      const std::string why = currentError().message;
      m_workers.erase(socket);
      m_context.loop.post([this, request, why] { finish(request, why); });
      return;
    }
  }
  worker->lastUse = wallClock();
  worker->client->call(api::method::kGenerate, params, [this, request](const Result<Json>& result) {
    if (!result.ok())
      finish(request, result.error().message);
  }, kStartSeconds + 10);
}

void ModelWorkers::start(const std::shared_ptr<Worker>& worker) {
  worker->started = wallClock();
  worker->child = spawnWorker({m_context.workerProgram, "serve-model", "--socket", worker->socket, "--managed", "--device", worker->device, "--home", m_context.home},
                              m_context.home + "/model-workers.log");
  connect(worker);
}

void ModelWorkers::connect(const std::shared_ptr<Worker>& worker) {
  const std::weak_ptr<Worker> weak = worker;
  rpc::AsyncClient::Handlers handlers;
  handlers.connected = [this, weak](const Json& hello) {
    if (const auto target = weak.lock()) {
      target->connected = true;
      target->pid = intOr(hello, "pid", 0);
      target->client->subscribe(static_cast<uint64_t>(std::max<int64_t>(0, intOr(hello, "cursor", 0))));
    }
  };
  handlers.event = [this](const api::Event& event) { onEvent(event); };
  handlers.closed = [this, weak](const Error& why) {
    m_context.loop.post([this, weak, why] {
      if (const auto target = weak.lock())
        onClosed(target, why);
    });
  };
  worker->client = std::make_unique<rpc::AsyncClient>(m_context.loop, worker->socket, std::move(handlers));
  worker->client->waitForListener(kStartSeconds, kConnectEvery);
}

void ModelWorkers::onEvent(const api::Event& event) {
  const std::string request = stringOr(event.body, "request", "");
  const auto it = m_requests.find(request);
  if (it == m_requests.end())
    return;
  if (const auto worker = m_workers.find(it->second.model); worker != m_workers.end())
    worker->second->lastUse = wallClock();
  const auto handle = it->second.event;
  if (event.type == "text_end")
    m_requests.erase(it);
  handle(event);
}

void ModelWorkers::finish(const std::string& request, const std::string& problem) {
  const auto it = m_requests.find(request);
  if (it == m_requests.end())
    return;
  const auto handle = it->second.event;
  m_requests.erase(it);
  api::Event event;
  event.type = "text_end";
  event.body = {{"request", request}, {"state", "failed"}, {"error", problem}};
  handle(event);
}

void ModelWorkers::failAll(const std::string& model, const std::string& problem) {
  std::vector<std::string> lost;
  for (const auto& [id, request] : m_requests)
    if (request.model == model)
      lost.push_back(id);
  for (const std::string& id : lost)
    finish(id, problem);
}

void ModelWorkers::onClosed(const std::shared_ptr<Worker>& worker, const Error& why) {
  const auto it = m_workers.find(worker->socket);
  if (it == m_workers.end() || it->second != worker)
    return;
  if (worker->connected)
    logWarning("A model worker is gone: {}", why.message);
  m_workers.erase(it);
  if (worker->child > 0 && !reap(worker->child))
    m_context.loop.after(std::chrono::seconds(2), [child = worker->child] { reap(child); });
  failAll(worker->socket, worker->connected ? "The process that holds the model ended unexpectedly. Send the message again; the model is loaded afresh."
                                            : fmt::format("The model could not be loaded: the worker did not start. Its log is {}/model-workers.log.", m_context.home));
}

void ModelWorkers::cancel(const std::string& request) {
  const auto it = m_requests.find(request);
  if (it == m_requests.end())
    return;
  const auto worker = m_workers.find(it->second.model);
  if (worker != m_workers.end())
    worker->second->client->call(api::method::kGenerateCancel, {{"request", request}}, {}, 10);
}

std::vector<monitor::WorkerUse> ModelWorkers::uses() const {
  std::vector<monitor::WorkerUse> out;
  for (const auto& [socket, worker] : m_workers)
    if (worker->connected && worker->pid > 0)
      out.push_back({worker->pid, worker->device, "chat", worker->model.substr(worker->model.find_last_of('/') + 1), "", worker->memory});
  return out;
}

void ModelWorkers::tick() {
  for (const auto& [socket, worker] : std::map<std::string, std::shared_ptr<Worker>>(m_workers)) {
    if (worker->child > 0 && reap(worker->child)) {
      worker->child = 0;
      onClosed(worker, {ErrorKind::Io, "its process ended", {}, {}});
      continue;
    }
    const bool used = std::any_of(m_requests.begin(), m_requests.end(), [&, &path = socket](const auto& entry) { return entry.second.model == path; });
    if (!used && wallClock() - worker->lastUse > kIdleSeconds && worker->pid > 1) {
      ::kill(static_cast<pid_t>(worker->pid), SIGTERM);
      worker->lastUse = wallClock(); // not again every second
    }
    if (!worker->connected)
      continue;
    const std::weak_ptr<Worker> weak = worker;
    worker->client->call(api::method::kWorkerStatus, Json::object(), [weak](const Result<Json>& result) {
      const auto target = weak.lock();
      const Json* memory = target && result.ok() ? find(*result, "memory") : nullptr;
      if (!memory || !memory->is_object())
        return;
      target->memory.clear();
      for (const auto& [category, bytes] : memory->items())
        if (bytes.is_number_integer())
          target->memory[category] = bytes.get<int64_t>();
    }, 30);
  }
}

} // namespace lathe::engine
