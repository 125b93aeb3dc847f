// SPDX-License-Identifier: Apache-2.0
// Following run folders; requests are in runs_methods.cpp, workers in runs_workers.cpp.
#include "core/engine/batches.h"
#include "core/engine/runs_internal.h"

#include "core/api/run_tags.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/log.h"
#include "core/base/paths.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace lathe::engine {
namespace {

constexpr size_t kSparkPoints = 64;
constexpr size_t kRowsPerEvent = 200;
constexpr size_t kSpeeds = 64, kSpeedsNeeded = 12;
constexpr size_t kFlushRows = 256;
constexpr double kFlushSeconds = 0.25;
constexpr double kAnnounceSeconds = 1.0;
constexpr auto kIndexAgain = std::chrono::seconds(5);

/// A run, and not one whose first files are being written at this moment.
bool isRunFolder(const std::string& parent, const std::string& name) {
  const std::string folder = parent + "/" + name;
  if (!RunId{name}.valid() || !fileExists(folder + "/spec.json"))
    return false;
  std::error_code code;
  const auto age = std::filesystem::file_time_type::clock::now() - std::filesystem::last_write_time(folder + "/spec.json", code);
  return fileExists(folder + "/state.json") || (!code && age > std::chrono::seconds(5));
}

} // namespace

void Spark::restore(const std::vector<double>& values, int64_t steps) {
  m_values = values;
  m_stride = values.empty() ? 1 : std::max<int64_t>(1, steps / static_cast<int64_t>(values.size()));
}

void Spark::add(double loss) {
  if (!std::isfinite(loss))
    return;
  m_sum += loss;
  if (++m_count < m_stride)
    return;
  m_values.push_back(m_sum / static_cast<double>(m_count));
  m_sum = 0;
  m_count = 0;
  if (m_values.size() <= kSparkPoints)
    return;
  for (size_t i = 0; i + 1 < m_values.size(); i += 2)
    m_values[i / 2] = (m_values[i] + m_values[i + 1]) / 2;
  m_values.resize(m_values.size() / 2);
  m_stride *= 2;
}

Runs::Runs(Context& context) : m_context(context), m_runsFolder(runsFolder(context.home)), m_binFolder(m_runsFolder + "/.bin"), m_batches(std::make_unique<Batches>(context.home, context.workerProgram)) {}
Runs::~Runs() = default;

void Runs::load(std::vector<store::RunRecord> records) {
  makeDirectories(m_binFolder);
  std::map<std::string, store::RunRecord> known;
  for (store::RunRecord& record : records)
    known[record.summary.id] = std::move(record);
  for (const bool deleted : {false, true}) {
    const std::string& folder = deleted ? m_binFolder : m_runsFolder;
    for (const std::string& name : listDirectory(folder)) {
      if (!deleted && name.starts_with(".tmp-"))
        capture([&] { removeTree(folder + "/" + name); return 0; }).ok(); // half made when the engine died
      if (!isRunFolder(folder, name))
        continue;
      const auto it = known.find(name);
      adopt(name, folder + "/" + name, deleted, it == known.end() ? nullptr : &it->second);
      known.erase(name);
    }
  }
  for (const auto& [id, record] : known) // their folders are gone
    m_context.store.post([id = id](store::Store& s) { s.removeRun(id); });
  for (const auto& [id, run] : m_runs)
    checkWorker(run);
  m_context.loop.every(std::chrono::milliseconds(100), [this] { tick(); });
}

void Runs::adopt(const std::string& id, const std::string& folder, bool deleted, const store::RunRecord* record) {
  auto run = std::make_shared<Run>();
  if (record)
    run->summary = record->summary;
  run->summary.id = id;
  run->summary.folder = folder;
  run->summary.deleted = deleted;
  describeSpec(folder, run->summary);
  run->pending.run = id;
  // Events are few and are read again every time; metrics go on where the index stops.
  run->metrics = FileFollower(folder + "/metrics.jsonl", record ? record->metrics : store::FilePosition{}, 0);
  run->events = FileFollower(folder + "/events.jsonl", {}, 0);
  run->pending.restartEvents = true;
  run->pending.restartMetrics = !record || record->metrics.offset == 0;
  run->spark.restore(run->summary.spark, run->summary.step);
  run->summary.tags = api::readTags(folder); // the folder is the truth; it may come from elsewhere
  if (record && !record->watch.empty())
    capture([&] {
      run->watch = api::decode<api::RunWatch>(parseJson(record->watch));
      return 0;
    }).ok();
  run->watchRevision = run->watch.revision();
  run->summary.alerts = run->watch.alerts();
  m_runs[id] = run;
  readStatusOf(run);
  m_context.store.post([summary = run->summary, deleted](store::Store& s) {
    s.putRun(summary);
    s.setRunDeleted(summary.id, deleted);
  });
}

void Runs::scan() {
  for (const std::string& name : listDirectory(m_runsFolder))
    if (!m_runs.contains(name) && isRunFolder(m_runsFolder, name)) {
      adopt(name, m_runsFolder + "/" + name, false, nullptr);
      announce(*m_runs[name]);
    }
  for (auto it = m_runs.begin(); it != m_runs.end();) {
    Run& run = *it->second;
    if (isDirectory(run.summary.folder)) {
      if (statusStamp(run.summary.folder) != run.stamp || run.fresh) // an ended run that somebody resumed
        follow(it->second);
      ++it;
      continue;
    }
    m_context.store.post([id = it->first](store::Store& s) { s.removeRun(id); });
    m_context.events.append("run", it->first, {{"id", it->first}, {"gone", true}});
    it = m_runs.erase(it);
  }
}

void Runs::tick() {
  ++m_ticks;
  if (m_ticks % 20 == 1)
    scan();
  std::vector<RunPointer> busy; // of ten thousand runs a few
  for (const auto& [id, run] : m_runs)
    if (run->active() || run->fresh || run->changed || run->recount || run->pendingSince > 0 || run->child > 0)
      busy.push_back(run);
  for (const RunPointer& run : busy) {
    if (run->active() || run->fresh)
      follow(run);
    const double now = wallClock();
    const size_t waiting = run->pending.metrics.size() + run->pending.events.size();
    if (waiting >= kFlushRows || (run->pendingSince > 0 && now - run->pendingSince > kFlushSeconds))
      flush(*run);
    if (run->changed && now - run->announced > kAnnounceSeconds)
      announce(*run);
    if (m_ticks % 5 == 0 && (run->active() || run->child > 0))
      checkWorker(run);
    if (run->recount || run->active())
      countDisk(run);
  }
  if (m_ticks % 5 == 0)
    startNext();
  if (m_ticks % 10 == 0)
    pollWorkers();
}

void Runs::follow(const RunPointer& run) {
  const bool endedBefore = api::isEnded(run->status.state);
  readStatusOf(run); // first: rows that come after a final state are still read below
  FileFollower::Piece metrics = run->metrics.read();
  FileFollower::Piece events = run->events.read();
  const bool more = metrics.more || events.more;
  takeMetrics(*run, std::move(metrics));
  takeEvents(*run, std::move(events));
  run->fresh = more;
  if (!endedBefore && api::isEnded(run->status.state)) {
    run->worker.reset();
    run->memory.clear();
    run->summary.hasResult = isDirectory(run->summary.folder + "/adapter") || isDirectory(run->summary.folder + "/model");
    run->fresh = true;
    run->recount = true;
    announce(*run);
    if (onResultsChanged)
      onResultsChanged();
    if (onMeasured && run->speeds.size() >= kSpeedsNeeded) {
      auto middle = run->speeds.begin() + static_cast<std::ptrdiff_t>(run->speeds.size() / 2);
      std::nth_element(run->speeds.begin(), middle, run->speeds.end());
      onMeasured(run->summary, *middle);
    }
  }
}

void Runs::readStatusOf(const RunPointer& run) {
  const std::string stamp = statusStamp(run->summary.folder);
  if (stamp == run->stamp && !stamp.empty())
    return;
  const api::RunState before = run->status.state;
  run->stamp = stamp;
  run->status = api::readRunStatus(run->summary.folder);
  api::RunSummary& s = run->summary;
  s.state = run->status.state;
  s.error = run->status.error;
  s.created = run->status.created;
  s.ended = api::isEnded(s.state) ? (run->status.ended > 0 ? run->status.ended : run->status.updated) : 0;
  s.step = std::max(run->spark.values().empty() ? int64_t{0} : s.step, run->status.step);
  if (run->status.totalSteps > 0)
    s.totalSteps = run->status.totalSteps;
  s.hasResult = isDirectory(s.folder + "/adapter") || isDirectory(s.folder + "/model");
  run->changed = true;
  if (before != run->status.state)
    run->announced = 0; // tell at once
}

void Runs::takeMetrics(Run& run, FileFollower::Piece piece) {
  if (piece.restarted) {
    run.pending.metrics.clear();
    run.pending.restartMetrics = true;
    run.quietStep = 0;
    run.spark.clear();
    run.summary.evalLoss = api::kNaN;
    run.watch.restart();
  }
  Json rows = Json::array();
  bool reset = piece.restarted;
  const auto send = [&] {
    if (!rows.empty() || reset)
      m_context.events.append("metrics", run.summary.id, reset ? Json{{"rows", rows}, {"reset", true}} : Json{{"rows", rows}});
    rows = Json::array();
    reset = false;
  };
  for (const std::string& line : piece.lines) {
    const auto parsed = capture([&] {
      Json json = parseJson(line);
      return std::pair(api::decode<api::MetricRow>(json), std::move(json));
    });
    if (!parsed.ok()) {
      logWarning("A line of {}/metrics.jsonl was left out: {}", run.summary.folder, parsed.error().message);
      continue;
    }
    const api::MetricRow& row = parsed->first;
    api::RunSummary& s = run.summary;
    s.step = row.step;
    s.loss = row.loss;
    if (row.evalLoss)
      s.evalLoss = *row.evalLoss;
    s.tokensPerS = row.tokensPerS;
    s.peakMemory = std::max(s.peakMemory, row.memoryAllocated);
    run.stepMs = run.stepMs == 0 ? row.stepMs : 0.9 * run.stepMs + 0.1 * row.stepMs;
    s.secondsLeft = s.totalSteps > 0 ? static_cast<double>(std::max<int64_t>(0, s.totalSteps - row.step)) * run.stepMs / 1000 : api::kNaN;
    run.spark.add(row.loss);
    run.watch.add(row);
    run.speeds.push_back(row.tokensPerS);
    if (run.speeds.size() > kSpeeds)
      run.speeds.pop_front();
    run.pending.metrics.emplace_back(row.step, line);
    if (row.step > run.quietStep)
      rows.push_back(parsed->second);
    if (rows.size() >= kRowsPerEvent)
      send();
  }
  send();
  if (piece.lines.empty() && !piece.restarted)
    return;
  run.pending.metricsPosition = run.metrics.position();
  run.summary.spark = run.spark.values();
  showAlerts(run);
  run.changed = true;
  if (run.pendingSince == 0)
    run.pendingSince = wallClock();
}

void Runs::takeEvents(Run& run, FileFollower::Piece piece) {
  if (piece.restarted) {
    run.pending.events.clear();
    run.pending.restartEvents = true;
    run.eventLines = run.quietEvents = 0;
  }
  int64_t number = piece.firstLine;
  for (const std::string& line : piece.lines) {
    const auto event = capture([&] { return api::decode<api::RunEvent>(parseJson(line)); });
    if (event.ok()) {
      run.pending.events.emplace_back(number, line);
      if (number >= run.quietEvents && (!api::isEnded(run.status.state) || event->time > wallClock() - 60)) // old history is read with runs/get
        m_context.events.append("run_event", run.summary.id, api::encode(*event));
    }
    ++number;
  }
  run.eventLines = std::max(run.eventLines, number);
  if ((!piece.lines.empty() || piece.restarted) && run.pendingSince == 0)
    run.pendingSince = wallClock();
}

void Runs::flush(Run& run) {
  if (run.pendingSince == 0)
    return;
  run.pending.metricsPosition = run.metrics.position();
  run.pending.eventsPosition = run.events.position();
  run.pending.watch = dumpJson(api::encode(run.watch));
  m_context.store.post([this, rows = std::move(run.pending), summary = run.summary](store::Store& s) {
    try {
      s.putRun(summary);
      s.addRows(rows);
    } catch (...) {
      logError("Run {} could not be indexed: {}", summary.id, currentError().message);
      m_context.loop.post([this, id = summary.id] { indexAgain(id); });
    }
  });
  run.pending = {};
  run.pending.run = run.summary.id;
  run.pendingSince = 0;
}

/// The index missed rows (a full disk, say): read the file again from the start, without telling clients twice.
void Runs::indexAgain(const std::string& id) {
  m_context.loop.after(kIndexAgain, [this, id] {
    const auto it = m_runs.find(id);
    if (it == m_runs.end())
      return;
    Run& run = *it->second;
    run.quietStep = run.summary.step;
    run.metrics = FileFollower(run.summary.folder + "/metrics.jsonl", {}, 0);
    run.events = FileFollower(run.summary.folder + "/events.jsonl", {}, 0);
    run.quietEvents = run.eventLines;
    run.pending = {};
    run.pending.run = id;
    run.pending.restartMetrics = run.pending.restartEvents = true;
    run.spark.clear();
    run.watch.restart();
    run.fresh = true;
  });
}

void Runs::announce(Run& run) {
  run.changed = false;
  run.announced = wallClock();
  m_context.events.append("run", run.summary.id, api::encode(run.summary));
  m_context.store.post([summary = run.summary](store::Store& s) { s.putRun(summary); });
}

bool Runs::isBusy() const {
  return std::any_of(m_runs.begin(), m_runs.end(), [](const auto& entry) { return !api::isEnded(entry.second->status.state); });
}

std::vector<monitor::WorkerUse> Runs::uses() const {
  std::vector<monitor::WorkerUse> out;
  for (const auto& [id, run] : m_runs)
    if (run->active() && run->status.pid > 0)
      out.push_back({run->status.pid, run->summary.device, "train", run->summary.name, id, run->memory});
  return out;
}

std::vector<Runs::ResultFolder> Runs::results() const {
  std::vector<ResultFolder> out;
  for (const auto& [id, run] : m_runs) {
    if (!run->summary.hasResult || run->summary.deleted)
      continue;
    const std::string adapter = run->summary.folder + "/adapter";
    const bool isAdapter = isDirectory(adapter);
    out.push_back({run->summary.name, isAdapter ? adapter : run->summary.folder + "/model", run->summary.modelPath, run->summary.method, isAdapter});
  }
  return out;
}

} // namespace lathe::engine
