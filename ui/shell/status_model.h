// SPDX-License-Identifier: GPL-3.0-or-later
// What the status strip shows; the bridge fills it, the strip asks back through signals.
#pragma once

#include "core/api/run_state.h"
#include "ui/widgets/stacked_bar.h"

#include <QObject>

#include <limits>

namespace lathe::ui {

struct DeviceStatus {
  QString name;
  double used = 0, total = 0; // bytes
  double utilisation = std::numeric_limits<double>::quiet_NaN(); // percent
  double power = std::numeric_limits<double>::quiet_NaN();       // watt
  double temperature = std::numeric_limits<double>::quiet_NaN(); // °C
  QList<MemoryPart> parts; // of Lathe's own processes; the strip adds the rest of `used` as Other
};

struct JobStatus {
  QString id, title;
  api::RunState state = api::RunState::Running;
  double progress = 0; // 0 … 1; NaN unknown
  double secondsLeft = std::numeric_limits<double>::quiet_NaN();
};

enum class EngineState { Starting, Connected, Reconnecting, Lost };

class StatusModel : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;
  void setDevices(const QList<DeviceStatus>& devices);
  void setJobs(const QList<JobStatus>& jobs); // active ones only
  void setEngine(EngineState state, const QString& text = {}); // text: one sentence for the banner when Lost
  const QList<DeviceStatus>& devices() const { return m_devices; }
  const QList<JobStatus>& jobs() const { return m_jobs; }
  EngineState engine() const { return m_engine; }
  QString engineText() const { return m_engineText; }
  /// The machine whose engine this is (empty: this computer), and those that are known.
  void setHosts(const QString& current, const QStringList& known);
  QString host() const { return m_host; }
  QStringList hosts() const { return m_hosts; }

 Q_SIGNALS:
  void devicesChanged();
  void jobsChanged();
  void engineChanged();
  // From the strip or the banner to the bridge and the pages
  void pauseRequested(const QString& id);
  void continueRequested(const QString& id);
  void stopRequested(const QString& id);
  void openRequested(const QString& id);
  void engineRestartRequested();
  void systemRequested(); // the System page
  void hostsChanged();
  void hostChosen(const QString& name); // empty: this computer
  void addHostRequested();

 private:
  QList<DeviceStatus> m_devices;
  QList<JobStatus> m_jobs;
  EngineState m_engine = EngineState::Starting;
  QString m_engineText, m_host;
  QStringList m_hosts;
};

} // namespace lathe::ui
