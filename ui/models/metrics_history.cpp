// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/metrics_history.h"

#include "core/api/protocol.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kPageRows = 5000;
constexpr double kSmoothing = 0.9;

bool sameRow(const api::MetricRow& a, const api::MetricRow& b) {
  return (a.loss == b.loss || (std::isnan(a.loss) && std::isnan(b.loss))) && a.evalLoss == b.evalLoss && a.time == b.time;
}

bool before(const api::MetricRow& row, int64_t step) { return row.step < step; }

} // namespace

MetricsHistory::MetricsHistory(EngineClient* client, QString run, QObject* parent)
    : QObject(parent), m_client(client), m_run(std::move(run)) {
  connect(client, &EngineClient::metricsArrived, this, [this](const QString& id, const auto& rows) {
    if (id == m_run)
      takeLive(rows);
  });
  connect(client, &EngineClient::runEventArrived, this, [this](const QString& id, const api::RunEvent& event) {
    if (id == m_run)
      addEvent(event);
  });
  connect(client, &EngineClient::runChanged, this, [this](const api::RunSummary& summary) {
    if (QString::fromStdString(summary.id) == m_run) {
      m_summary = summary;
      Q_EMIT summaryChanged();
    }
  });
  connect(client, &EngineClient::connected, this, [this] {
    m_reading = false;
    refresh();
  });
  if (client->state() == LinkState::Connected)
    refresh();
}

void MetricsHistory::refresh() {
  readRun();
  readPage(m_rows.empty() ? 1 : m_rows.back().step + 1);
}

void MetricsHistory::readRun() {
  m_client->call<Whole>(api::method::kRunsGet, {{"id", m_run.toStdString()}}, this, [this](Result<Whole> whole) {
    if (!whole) {
      Q_EMIT failed(QString::fromStdString(whole.error().message));
      return;
    }
    m_summary = whole->run;
    m_spec = whole->spec;
    m_events = whole->events;
    Q_EMIT specLoaded();
    Q_EMIT summaryChanged();
    Q_EMIT eventsChanged();
  });
}

void MetricsHistory::readPage(int64_t fromStep) {
  if (m_reading)
    return;
  m_reading = true;
  const Json params = {{"id", m_run.toStdString()}, {"from", fromStep}, {"limit", kPageRows}};
  m_client->call<Page>(api::method::kRunsMetrics, params, this, [this](Result<Page> page) {
    m_reading = false;
    if (!page)
      return; // the next connection reads on
    take(page->rows);
    if (page->more && !page->rows.empty())
      return readPage(m_rows.back().step + 1);
    // What was live meanwhile; a step that the store does not have either is a real hole.
    take(std::exchange(m_waiting, {}));
    if (!m_complete) {
      m_complete = true;
      Q_EMIT completed();
    }
  });
}

void MetricsHistory::takeLive(const std::vector<api::MetricRow>& rows) {
  if (rows.empty())
    return;
  const int64_t next = m_rows.empty() ? 1 : m_rows.back().step + 1;
  if (m_complete && !m_reading && rows.front().step <= next)
    return take(rows);
  m_waiting.insert(m_waiting.end(), rows.begin(), rows.end());
  readPage(next);
}

void MetricsHistory::take(const std::vector<api::MetricRow>& rows) {
  const size_t first = m_rows.size();
  size_t changed = first;
  for (const api::MetricRow& row : rows) {
    if (m_rows.empty() || row.step > m_rows.back().step) {
      m_rows.push_back(row);
      continue;
    }
    const auto place = std::lower_bound(m_rows.begin(), m_rows.end(), row.step, before);
    const auto index = static_cast<size_t>(place - m_rows.begin());
    if (place->step != row.step)
      m_rows.insert(place, row);
    else if (sameRow(*place, row))
      continue;
    else
      *place = row;
    changed = std::min(changed, index);
  }
  if (m_rows.size() == first && changed == first)
    return;
  smoothFrom(changed);
  if (changed < first)
    Q_EMIT rewritten();
  else
    Q_EMIT appended(static_cast<int>(first));
}

void MetricsHistory::smoothFrom(size_t index) {
  m_smoothed.resize(m_rows.size());
  for (size_t i = index; i < m_rows.size(); ++i) {
    const double before = i == 0 ? m_rows[i].loss : m_smoothed[i - 1];
    const double loss = m_rows[i].loss;
    // Starts quickly, so that the first steps are not glued to the very first loss.
    const double keep = std::min(kSmoothing, static_cast<double>(i) / static_cast<double>(i + 4));
    m_smoothed[i] = !std::isfinite(loss) ? before : !std::isfinite(before) ? loss : keep * before + (1 - keep) * loss;
  }
}

void MetricsHistory::addEvent(const api::RunEvent& event) {
  const auto same = [&](const api::RunEvent& e) { return e.time == event.time && e.type == event.type && e.step == event.step; };
  if (std::any_of(m_events.begin(), m_events.end(), same))
    return;
  m_events.push_back(event);
  if (event.type == "resumed")
    dropAfter(event.step);
  Q_EMIT eventsChanged();
}

void MetricsHistory::dropAfter(int64_t step) {
  const auto end = std::lower_bound(m_rows.begin(), m_rows.end(), step + 1, before);
  if (end == m_rows.end())
    return;
  m_rows.erase(end, m_rows.end());
  smoothFrom(m_rows.size());
  Q_EMIT rewritten();
}

} // namespace lathe::ui
