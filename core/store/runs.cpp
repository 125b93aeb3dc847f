// SPDX-License-Identifier: Apache-2.0
#include "core/store/store.h"

namespace lathe::store {
namespace {
const JsonLimits kRowLimits{.bytes = 64ull << 20, .code = "REJ:STORE_ROW", .what = "A row of the database"};
} // namespace

std::vector<RunRecord> Store::runs() {
  std::vector<RunRecord> out;
  Statement statement(*m_database, "SELECT summary, deleted, metrics_offset, metrics_tail, events_offset, events_tail, id, watch FROM runs");
  while (statement.step()) {
    RunRecord record;
    const auto summary = capture([&] { return api::decode<api::RunSummary>(parseJson(statement.text(0), kRowLimits)); });
    if (summary.ok()) { // otherwise everything is read again from the folder
      record.summary = *summary;
      record.metrics = {statement.integer(2), statement.text(3)};
      record.events = {statement.integer(4), statement.text(5)};
      record.watch = statement.text(7);
    }
    record.summary.id = statement.text(6);
    record.deleted = statement.integer(1) != 0;
    out.push_back(std::move(record));
  }
  return out;
}

void Store::putRun(const api::RunSummary& summary) {
  Statement(*m_database, "INSERT INTO runs(id, summary) VALUES(?1, ?2) ON CONFLICT(id) DO UPDATE SET summary = ?2")
      .bindAll(summary.id, dumpJson(api::encode(summary)))
      .run();
}

void Store::setRunDeleted(const std::string& run, bool deleted) {
  Statement(*m_database, "UPDATE runs SET deleted = ?2 WHERE id = ?1").bindAll(run, int64_t{deleted}).run();
}

void Store::removeRun(const std::string& run) { Statement(*m_database, "DELETE FROM runs WHERE id = ?1").bindAll(run).run(); }

void Store::addRows(const RunRows& rows) {
  m_database->transaction([&] {
    if (rows.restartMetrics)
      Statement(*m_database, "DELETE FROM metrics WHERE run = ?1").bindAll(rows.run).run();
    if (rows.restartEvents)
      Statement(*m_database, "DELETE FROM events WHERE run = ?1").bindAll(rows.run).run();
    Statement metric(*m_database, "INSERT OR REPLACE INTO metrics(run, step, row) VALUES(?1, ?2, ?3)");
    for (const auto& [step, row] : rows.metrics)
      metric.bindAll(rows.run, step, row).run();
    Statement event(*m_database, "INSERT OR REPLACE INTO events(run, number, row) VALUES(?1, ?2, ?3)");
    for (const auto& [number, row] : rows.events)
      event.bindAll(rows.run, number, row).run();
    Statement position(*m_database, "UPDATE runs SET metrics_offset = ?2, metrics_tail = ?3, events_offset = ?4, events_tail = ?5, watch = ?6 WHERE id = ?1");
    position.bind(1, rows.run).bind(2, rows.metricsPosition.offset).bindBlob(3, rows.metricsPosition.tail);
    position.bind(4, rows.eventsPosition.offset).bindBlob(5, rows.eventsPosition.tail).bind(6, rows.watch).run();
  });
}

std::vector<std::string> Store::metrics(const std::string& run, int64_t from, int64_t limit) {
  std::vector<std::string> out;
  Statement statement(*m_database, "SELECT row FROM metrics WHERE run = ?1 AND step >= ?2 ORDER BY step LIMIT ?3");
  statement.bindAll(run, from, limit);
  while (statement.step())
    out.push_back(statement.text(0));
  return out;
}

std::vector<std::string> Store::events(const std::string& run) {
  std::vector<std::string> out;
  Statement statement(*m_database, "SELECT row FROM events WHERE run = ?1 ORDER BY number");
  statement.bindAll(run);
  while (statement.step())
    out.push_back(statement.text(0));
  return out;
}

std::vector<std::string> Store::models() {
  std::vector<std::string> out;
  Statement statement(*m_database, "SELECT path FROM models ORDER BY added");
  while (statement.step())
    out.push_back(statement.text(0));
  return out;
}

void Store::addModel(const std::string& path, double now) {
  Statement(*m_database, "INSERT OR IGNORE INTO models(path, added) VALUES(?1, ?2)").bindAll(path, now).run();
}

void Store::removeModel(const std::string& path) { Statement(*m_database, "DELETE FROM models WHERE path = ?1").bindAll(path).run(); }

std::map<std::string, Json> Store::settings() {
  std::map<std::string, Json> out;
  Statement statement(*m_database, "SELECT key, value FROM settings");
  while (statement.step()) {
    const auto value = capture([&] { return parseJson(statement.text(1), kRowLimits); });
    if (value.ok())
      out[statement.text(0)] = *value;
  }
  return out;
}

void Store::setSettings(const Json& values) {
  m_database->transaction([&] {
    for (const auto& [key, value] : values.items()) {
      if (value.is_null())
        Statement(*m_database, "DELETE FROM settings WHERE key = ?1").bindAll(key).run();
      else
        Statement(*m_database, "INSERT OR REPLACE INTO settings(key, value) VALUES(?1, ?2)").bindAll(key, dumpJson(value)).run();
    }
  });
}

} // namespace lathe::store
