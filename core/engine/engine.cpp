// SPDX-License-Identifier: Apache-2.0
#include "core/engine/engine.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/base/version.h"
#include "core/engine/chats.h"
#include "core/engine/data_sets.h"
#include "core/engine/log_tail.h"
#include "core/engine/models.h"
#include "core/engine/preview.h"
#include "core/engine/telemetry.h"
#include "core/monitor/doctor.h"
#include "core/monitor/uses.h"
#include "core/rpc/server.h"
#include "core/rpc/start_lock.h"

#include <future>

#include <sys/stat.h>

namespace lathe::engine {
namespace method = api::method;
namespace {

constexpr uint64_t kPreviewRows = 2000; // read for the counts of a preview; more are extrapolated

rpc::StartLock takeLock(const std::string& home) {
  makeDirectories(home, 0700);
  auto lock = rpc::StartLock::tryTake(home + "/engine.lock");
  if (!lock)
    throw Exception(ErrorKind::Conflict, fmt::format("An engine already runs for {}.", home));
  return std::move(*lock);
}

api::TrainSpec specOf(const Json& params) {
  const Json* document = find(params, "spec");
  api::ParsedSpec parsed = api::parseTrainSpec(document ? *document : Json::object());
  if (!parsed.ok())
    refuse("REJ:SPEC", api::describeProblems(parsed.problems));
  return parsed.spec;
}

/// For the memory plan: what is still missing in the data section does not matter, the window asks while the person types.
api::TrainSpec planSpecOf(const Json& params) {
  const Json* document = find(params, "spec");
  api::ParsedSpec parsed = api::parseTrainSpec(document ? *document : Json::object());
  std::erase_if(parsed.problems, [](const api::Problem& problem) { return problem.path.starts_with("data."); });
  if (!parsed.ok())
    refuse("REJ:SPEC", api::describeProblems(parsed.problems));
  return parsed.spec;
}

Json checkSpec(const Json& params) {
  const Json* document = find(params, "spec");
  const api::ParsedSpec parsed = api::parseTrainSpec(document ? *document : Json::object());
  Json problems = Json::array();
  for (const api::Problem& problem : parsed.problems)
    problems.push_back({{"path", problem.path}, {"message", problem.message}, {"severity", problem.severity == api::Severity::Error ? "error" : "warning"}});
  return {{"spec", api::trainSpecToJson(parsed.spec)}, {"problems", problems}};
}

} // namespace

struct Engine::Impl {
  explicit Impl(EngineOptions engineOptions);
  ~Impl();
  void addMethods(rpc::MethodTable& table);
  void preview(const Json& params, const rpc::Reply& reply);
  void onTelemetry(TelemetrySample sample);
  void checkIdle();

  EngineOptions options;
  rpc::StartLock lock;
  std::shared_ptr<rpc::EventLog> events = std::make_shared<rpc::EventLog>();
  rpc::IoLoop loop;
  // Shutdown order, the reverse of this list: no more requests, no more samples, background work ends, what is pending is stored.
  std::unique_ptr<store::StoreThread> store;
  std::unique_ptr<Context> context;
  std::unique_ptr<ComputeThread> compute, preparation;
  std::unique_ptr<Runs> runs;
  std::unique_ptr<ModelWorkers> workers;
  std::unique_ptr<Chats> chats;
  std::unique_ptr<Models> models;
  std::unique_ptr<DataSets> dataSets;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<Telemetry> telemetry;
  double lastUse = wallClock();
};

Engine::Impl::Impl(EngineOptions engineOptions) : options(std::move(engineOptions)), lock(takeLock(options.home)) {
  if (options.workerProgram.empty())
    options.workerProgram = executableFolder() + "/lathe-worker";
  store = std::make_unique<store::StoreThread>(databaseFile(options.home));
  context = std::make_unique<Context>(Context{loop, *events, *store, options.home, options.workerProgram});
  compute = std::make_unique<ComputeThread>();
  preparation = std::make_unique<ComputeThread>();
  runs = std::make_unique<Runs>(*context);
  std::promise<std::vector<store::RunRecord>> known;
  store->post([&](store::Store& s) {
    try {
      known.set_value(s.runs());
    } catch (...) {
      known.set_exception(std::current_exception());
    }
  });
  runs->load(known.get_future().get());
  runs->onResultsChanged = [this] { events->append("models", "", Json::object()); };
  runs->onMeasured = [this](const api::RunSummary& run, double tokensPerS) {
    compute->post("", [home = options.home, run, tokensPerS](std::stop_token) { rememberSpeed(home, run, tokensPerS); });
  };
  rpc::preparePrivateFolder(runtimeFolder());
  ::setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 0); // for the workers: "cuda:N" means the same GPU to CUDA and to telemetry
  workers = std::make_unique<ModelWorkers>(*context);
  chats = std::make_unique<Chats>(*context, *workers);
  models = std::make_unique<Models>(*context, *compute, *runs);
  dataSets = std::make_unique<DataSets>(*context);
  rpc::MethodTable table;
  addMethods(table);
  server = std::make_unique<rpc::Server>(loop, rpc::ServerOptions{engineSocket(options.home), options.home, kVersion}, std::move(table), events);
  server->listen();
  if (!store->notice().empty())
    events->append("engine", "", {{"notice", store->notice()}});
  telemetry = std::make_unique<Telemetry>([this](TelemetrySample sample) {
    loop.post([this, sample = std::move(sample)]() mutable { onTelemetry(std::move(sample)); });
  });
  loop.every(std::chrono::seconds(5), [this] { checkIdle(); });
}

Engine::Impl::~Impl() {
  telemetry.reset();
  server.reset();
  compute.reset(); // their answers go nowhere now
  dataSets.reset();
  preparation.reset();
  models->endWork(); // while the store can still be told
  if (chats)
    chats->close();
  store.reset(); // finishes what was posted, while the objects its tasks refer to still live
}

void Engine::Impl::addMethods(rpc::MethodTable& table) {
  runs->addMethods(table);
  chats->addMethods(table);
  models->addMethods(table);
  dataSets->addMethods(table);
  table.add(method::kSpecCheck, checkSpec);
  table.addAsync(method::kDataPreview, [this](const Json& p, const rpc::Reply& reply) { preview(p, reply); });
  table.addAsync(method::kPlan, [this](const Json& p, const rpc::Reply& reply) {
    compute->post("plan", [spec = planSpecOf(p), home = options.home, reply](std::stop_token) { reply(capture([&] { return api::encode(planSpec(spec, home)); })); });
  });
  table.addAsync(method::kDoctor, [this](const Json&, const rpc::Reply& reply) {
    compute->post("", [home = options.home, reply](std::stop_token) { reply(capture([&] { return monitor::doctorReport(home); })); });
  });
  table.addAsync(method::kEngineLog, [this](const Json& params, const rpc::Reply& reply) {
    compute->post("", [home = options.home, lines = intOr(params, "lines", 200), reply](std::stop_token) {
      reply(capture([&] { return Json{{"lines", logTail(home, lines)}}; }));
    });
  });
  table.addAsync(method::kSettingsGet, [this](const Json&, const rpc::Reply& reply) {
    context->ask([](store::Store& s) -> Json {
      Json out = Json::object();
      for (const auto& [key, value] : s.settings())
        out[key] = value;
      return out;
    }, reply);
  });
  table.addAsync(method::kSettingsSet, [this](const Json& p, const rpc::Reply& reply) {
    context->ask([values = p](store::Store& s) -> Json {
      s.setSettings(values);
      return Json::object();
    }, reply);
  });
  table.add(method::kShutdown, [this](const Json&) -> Json {
    loop.after(std::chrono::milliseconds(50), [this] { loop.stop(); });
    return Json::object();
  });
}

void Engine::Impl::preview(const Json& params, const rpc::Reply& reply) {
  const int64_t rows = intOr(params, "rows", 5);
  preparation->post("preview", [spec = specOf(params), rows, reply](std::stop_token stop) {
    if (stop.stop_requested())
      reply(Error{ErrorKind::Cancelled, "A newer preview was asked for.", {}, {}});
    else
      reply(capture([&] { return api::encode(previewData(spec, rows, kPreviewRows, stop)); }));
  });
}

void Engine::Impl::onTelemetry(TelemetrySample sample) {
  auto uses = runs->uses();
  for (auto& use : workers->uses())
    uses.push_back(std::move(use));
  monitor::attribute(sample.devices, uses);
  runs->noteDevices(sample.devices); // also while nobody looks
  if (server->clientCount() == 0)
    return;
  events->append("telemetry", "", {{"devices", api::encode(sample.devices)},
                                   {"host", {{"memory_used", sample.memoryUsed}, {"memory_total", sample.memoryTotal}, {"cpu", api::encode(sample.cpu)}}}});
}

void Engine::Impl::checkIdle() {
  if (server->clientCount() > 0 || runs->isBusy() || workers->isBusy() || models->isBusy())
    lastUse = wallClock();
  else if (options.idleMinutes > 0 && wallClock() - lastUse > options.idleMinutes * 60)
    loop.stop();
}

Engine::Engine(EngineOptions options) : m_impl(std::make_unique<Impl>(std::move(options))) {}
Engine::~Engine() = default;
void Engine::run() { m_impl->loop.run(); }
void Engine::stop() { m_impl->loop.stop(); }

} // namespace lathe::engine
