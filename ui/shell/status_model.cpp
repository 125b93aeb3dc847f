// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/status_model.h"

namespace lathe::ui {

void StatusModel::setDevices(const QList<DeviceStatus>& devices) {
  m_devices = devices;
  Q_EMIT devicesChanged();
}

void StatusModel::setJobs(const QList<JobStatus>& jobs) {
  m_jobs = jobs;
  Q_EMIT jobsChanged();
}

void StatusModel::setEngine(EngineState state, const QString& text) {
  if (state == m_engine && text == m_engineText)
    return;
  m_engine = state;
  m_engineText = text;
  Q_EMIT engineChanged();
}

void StatusModel::setHosts(const QString& current, const QStringList& known) {
  m_host = current;
  m_hosts = known;
  Q_EMIT hostsChanged();
}

} // namespace lathe::ui
