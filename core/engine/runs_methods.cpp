// SPDX-License-Identifier: Apache-2.0
// runs/* requests.
#include "core/engine/batches.h"
#include "core/engine/process.h"
#include "core/engine/runs_internal.h"

#include "core/api/protocol.h"
#include "core/api/run_tags.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/data/spec_data.h"

#include <algorithm>

#include <signal.h>

namespace lathe::engine {
namespace method = api::method;
namespace {

constexpr int64_t kMetricRows = 20'000; // at most in one answer
constexpr int64_t kRunRows = 2000;      // the same; about 2 KiB each

} // namespace

void Runs::addMethods(rpc::MethodTable& table) {
  table.add(method::kRunsList, [this](const Json& p) { return list(p); });
  table.addAsync(method::kRunsGet, [this](const Json& p, const rpc::Reply& reply) { get(p, reply); });
  table.addAsync(method::kRunsMetrics, [this](const Json& p, const rpc::Reply& reply) { metrics(p, reply); });
  table.add(method::kRunsStart, [this](const Json& p) { return start(p); });
  table.add(method::kRunsResume, [this](const Json& p) { return resume(p); });
  table.addAsync(method::kRunsControl, [this](const Json& p, const rpc::Reply& reply) { control(p, reply); });
  table.addAsync(method::kRunsBatch, [this](const Json& p, const rpc::Reply& reply) { batch(p, reply); });
  table.add(method::kRunsDelete, [this](const Json& p) { return moveToBin(p); });
  table.add(method::kRunsRestore, [this](const Json& p) { return restore(p); });
  table.add(method::kRunsPurge, [this](const Json& p) { return purge(p); });
  table.add(method::kRunsRename, [this](const Json& p) { return rename(p); });
  table.add(method::kRunsTag, [this](const Json& p) { return tag(p); });
}

Runs::RunPointer Runs::find(const Json& params) const {
  const std::string id = stringOr(params, "id", "");
  const auto it = m_runs.find(id);
  if (it == m_runs.end())
    throw Exception(ErrorKind::NotFound, fmt::format("There is no run \"{}\".", id.substr(0, 100)));
  return it->second;
}

Json Runs::list(const Json& params) const {
  const bool deleted = boolOr(params, "deleted", false);
  const std::string tag = stringOr(params, "tag", ""), state = stringOr(params, "state", ""), after = stringOr(params, "after", "");
  if (!state.empty() && !api::enumFromName<api::RunState>(state))
    refuse("REJ:FIELD", fmt::format("\"{}\" is no state of a run.", state.substr(0, 40)));
  std::vector<const Run*> shown;
  for (const auto& [id, run] : m_runs)
    if (run->summary.deleted == deleted && (tag.empty() || std::binary_search(run->summary.tags.begin(), run->summary.tags.end(), tag)) &&
        (state.empty() || api::enumName(run->summary.state) == state))
      shown.push_back(run.get());
  const auto newer = [](const api::RunSummary& a, const api::RunSummary& b) { return a.created != b.created ? a.created > b.created : a.id > b.id; };
  std::sort(shown.begin(), shown.end(), [&](const Run* a, const Run* b) { return newer(a->summary, b->summary); });
  size_t begin = 0;
  if (const auto last = m_runs.find(after); last != m_runs.end())
    while (begin < shown.size() && !newer(last->second->summary, shown[begin]->summary))
      ++begin;
  const auto limit = static_cast<size_t>(std::clamp<int64_t>(intOr(params, "limit", kRunRows), 1, kRunRows));
  const size_t end = std::min(shown.size(), begin + limit);
  Json runs = Json::array();
  for (size_t i = begin; i < end; ++i)
    runs.push_back(api::encode(shown[i]->summary));
  return {{"runs", runs}, {"more", end < shown.size()}};
}

void Runs::get(const Json& params, const rpc::Reply& reply) {
  const RunPointer run = find(params);
  follow(run);
  flush(*run);
  m_context.ask([summary = run->summary](store::Store& s) -> Json {
    Json events = Json::array();
    for (const std::string& row : s.events(summary.id))
      events.push_back(parseJson(row));
    return {{"run", api::encode(summary)}, {"spec", parseJsonFile(summary.folder + "/spec.json")}, {"events", events}};
  }, reply);
}

void Runs::metrics(const Json& params, const rpc::Reply& reply) {
  const RunPointer run = find(params);
  flush(*run); // what clients were told is in the answer
  const int64_t from = intOr(params, "from", 0);
  const int64_t limit = std::clamp<int64_t>(intOr(params, "limit", 5000), 1, kMetricRows);
  m_context.ask([id = run->summary.id, from, limit](store::Store& s) -> Json {
    const auto stored = s.metrics(id, from, limit + 1);
    Json rows = Json::array();
    for (size_t i = 0; i < stored.size() && static_cast<int64_t>(i) < limit; ++i)
      rows.push_back(parseJson(stored[i]));
    return {{"rows", rows}, {"more", static_cast<int64_t>(stored.size()) > limit}};
  }, reply);
}

Json Runs::start(const Json& params) {
  const Json* document = lathe::find(params, "spec");
  if (!document)
    refuse("REJ:FIELD", "runs/start needs a \"spec\".");
  api::ParsedSpec parsed = api::parseTrainSpec(*document);
  if (!parsed.ok())
    refuse("REJ:SPEC", api::describeProblems(parsed.problems));
  if (const std::string name = stringOr(params, "name", ""); !name.empty())
    parsed.spec.name = name;
  data::makePathsAbsolute(parsed.spec, m_context.home);
  const std::string id = makeRunId(parsed.spec.name).value;
  createRunFolder(m_runsFolder, id, parsed.spec);
  adopt(id, m_runsFolder + "/" + id, false, nullptr);
  announce(*m_runs[id]);
  startNext();
  return {{"id", id}};
}

Json Runs::resume(const Json& params) {
  const RunPointer run = find(params);
  readStatusOf(run);
  if (run->summary.deleted)
    throw Exception(ErrorKind::Conflict, "The run is in the bin. Restore it first.");
  if (!api::isResumable(run->status.state))
    throw Exception(ErrorKind::Conflict, fmt::format("The run is {}; only a stopped, failed or interrupted run can be resumed.", api::enumName(run->status.state)));
  RunStatus status = run->status;
  status.state = api::RunState::Queued;
  status.pid = 0;
  status.processStart = 0;
  status.reason = status.error = status.errorKind = status.errorCode = status.errorDetail = "";
  status.ended = 0;
  status.updated = wallClock();
  api::writeRunStatus(run->summary.folder, status);
  follow(run);
  announce(*run);
  startNext();
  return Json::object();
}

void Runs::control(const Json& params, const rpc::Reply& reply) {
  const RunPointer run = find(params);
  const std::string asked = stringOr(params, "action", "");
  static constexpr std::string_view kActions[] = {"pause", "continue", "stop", "save", "evaluate", "sample", "free_gpu"};
  if (std::find(std::begin(kActions), std::end(kActions), asked) == std::end(kActions))
    refuse("REJ:FIELD", fmt::format("\"{}\" is no action of a run.", asked.substr(0, 40)));
  readStatusOf(run);
  if (api::isEnded(run->status.state))
    throw Exception(ErrorKind::Conflict, fmt::format("The run is {}; nothing works on it.", api::enumName(run->status.state)));
  const bool stop = asked == "stop" || asked == "free_gpu"; // the worker's end frees its device; the run can be resumed
  if (run->status.state == api::RunState::Queued && run->child == 0 && run->status.pid == 0) {
    if (!stop)
      throw Exception(ErrorKind::Conflict, "The run still waits for its turn.");
    endRun(run, api::RunState::Stopped, "");
    reply(Json::object());
    return;
  }
  if (!run->worker)
    connectWorker(run); // it may have begun a moment ago
  const int64_t pid = run->child > 0 ? run->child : run->status.pid;
  run->worker->call(method::kJobControl, {{"action", stop ? "stop" : asked}}, [reply, stop, pid](const Result<Json>& result) {
    if (result.ok() || result.error().kind != ErrorKind::Io) {
      reply(result);
    } else if (stop && pid > 1 && ::kill(static_cast<pid_t>(pid), SIGTERM) == 0) { // saves at the next step boundary and ends
      reply(Json::object());
    } else {
      reply(Error{ErrorKind::Conflict, "The worker does not answer at the moment. Try again.", result.error().message, {}});
    }
  }, 10);
}

Json Runs::tag(const Json& params) {
  const RunPointer run = find(params);
  const auto listed = [&](const char* key) {
    std::vector<std::string> out;
    if (const Json* tags = lathe::find(params, key))
      api::decodeInto(*tags, out, key);
    return out;
  };
  const auto tags = api::changedTags(run->summary.tags, listed("add"), listed("remove"));
  if (tags != run->summary.tags) {
    api::writeTags(run->summary.folder, tags);
    run->summary.tags = tags;
    announce(*run);
  }
  return {{"tags", tags}};
}

void Runs::batch(const Json& params, const rpc::Reply& reply) {
  const RunPointer run = find(params);
  m_batches->ask(run->summary.id, run->summary.folder, params, reply);
}

Json Runs::moveToBin(const Json& params) {
  const RunPointer run = find(params);
  readStatusOf(run);
  if (run->summary.deleted)
    return Json::object();
  if (run->active())
    throw Exception(ErrorKind::Conflict, "The run is being worked on. Stop it first.");
  if (!api::isEnded(run->status.state))
    endRun(run, api::RunState::Stopped, "");
  const std::string target = m_binFolder + "/" + run->summary.id;
  renamePath(run->summary.folder, target);
  run->summary.folder = target;
  run->summary.deleted = true;
  run->metrics.moveTo(target + "/metrics.jsonl");
  run->events.moveTo(target + "/events.jsonl");
  m_context.store.post([id = run->summary.id](store::Store& s) { s.setRunDeleted(id, true); });
  announce(*run);
  if (onResultsChanged)
    onResultsChanged();
  return Json::object();
}

Json Runs::restore(const Json& params) {
  const RunPointer run = find(params);
  if (!run->summary.deleted)
    return Json::object();
  const std::string target = m_runsFolder + "/" + run->summary.id;
  if (fileExists(target))
    throw Exception(ErrorKind::Conflict, fmt::format("{} exists already, so the run cannot be put back.", target));
  renamePath(run->summary.folder, target);
  run->summary.folder = target;
  run->summary.deleted = false;
  run->metrics.moveTo(target + "/metrics.jsonl");
  run->events.moveTo(target + "/events.jsonl");
  m_context.store.post([id = run->summary.id](store::Store& s) { s.setRunDeleted(id, false); });
  announce(*run);
  if (onResultsChanged)
    onResultsChanged();
  return Json::object();
}

Json Runs::purge(const Json& params) {
  const RunPointer run = find(params);
  if (!run->summary.deleted)
    throw Exception(ErrorKind::Conflict, "Only a run in the bin can be removed for good. Delete it first.");
  removeTree(run->summary.folder);
  const std::string id = run->summary.id;
  m_runs.erase(id);
  m_context.store.post([id](store::Store& s) { s.removeRun(id); });
  m_context.events.append("run", id, {{"id", id}, {"gone", true}});
  return Json::object();
}

Json Runs::rename(const Json& params) {
  const RunPointer run = find(params);
  const std::string name = stringOr(params, "name", "");
  if (name.empty() || name.size() > 200)
    refuse("REJ:FIELD", "A run's name has 1 to 200 bytes.");
  Json spec = parseJsonFile(run->summary.folder + "/spec.json");
  spec["name"] = name;
  writeFileAtomic(run->summary.folder + "/spec.json", dumpJson(spec, 2) + "\n");
  run->summary.name = name;
  announce(*run);
  return Json::object();
}

} // namespace lathe::engine
