// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/engine_client.h"

#include <QObject>

#include <set>
#include <vector>

namespace lathe::ui {

/// Every metric row and event of one run, without gap or duplicate: the stored history in pages, then what arrives live. Rows are keyed
/// by step; a missing step is asked for, a recomputed one (after a resume) replaces the old.
class MetricsHistory : public QObject {
  Q_OBJECT
public:
  MetricsHistory(EngineClient* client, QString run, QObject* parent = nullptr);

  const QString& run() const { return m_run; }
  const std::vector<api::MetricRow>& rows() const { return m_rows; } // ascending steps
  const std::vector<api::RunEvent>& events() const { return m_events; }
  const api::RunSummary& summary() const { return m_summary; }
  const Json& spec() const { return m_spec; }
  /// The stored history has been read up to what is live.
  bool complete() const { return m_complete; }
  /// Smoothed loss at the same index as rows(): exponential mean over about 20 steps.
  const std::vector<double>& smoothed() const { return m_smoothed; }
  /// Reads again from the first missing step (after a reconnection).
  void refresh();

Q_SIGNALS:
  void appended(int firstIndex);  // rows()[firstIndex…] are new, everything before is unchanged
  void rewritten();               // rows changed in the middle: draw again from the start
  void eventsChanged();
  void summaryChanged();
  void specLoaded();
  void completed();
  void failed(const QString& message);

private:
  struct Page {
    std::vector<api::MetricRow> rows;
    bool more = false;
    template <class Self, class Visitor>
    static void visit(Self& s, Visitor&& field) {
      field("rows", s.rows);
      field("more", s.more);
    }
  };
  struct Whole {
    api::RunSummary run;
    Json spec;
    std::vector<api::RunEvent> events;
    template <class Self, class Visitor>
    static void visit(Self& s, Visitor&& field) {
      field("run", s.run);
      field("spec", s.spec);
      field("events", s.events);
    }
  };
  void readRun();
  void readPage(int64_t fromStep);
  void take(const std::vector<api::MetricRow>& rows);
  void takeLive(const std::vector<api::MetricRow>& rows);
  void addEvent(const api::RunEvent& event);
  void dropAfter(int64_t step);
  void smoothFrom(size_t index);

  EngineClient* m_client;
  QString m_run;
  std::vector<api::MetricRow> m_rows;
  std::vector<double> m_smoothed;
  std::vector<api::RunEvent> m_events;
  api::RunSummary m_summary;
  Json m_spec;
  std::vector<api::MetricRow> m_waiting; // live rows behind a gap
  bool m_complete = false, m_reading = false;
};

} // namespace lathe::ui
