// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/framing.h"
#include "core/api/hosts.h"

#include <QObject>
#include <QTimer>

class QProcess;

namespace lathe::ui {

/// Tries a machine step by step: ssh, Lathe over there, its version, its engine. Nothing waits; cancel() ends it at once.
class HostCheck : public QObject {
  Q_OBJECT
public:
  explicit HostCheck(QObject* parent = nullptr);
  ~HostCheck() override;
  void start(const api::Host& host);
  void cancel();
  bool isRunning() const { return m_process != nullptr; }
  const std::vector<api::HostStep>& steps() const { return m_steps; }

Q_SIGNALS:
  void changed();
  void finished(bool works); // not after cancel()

private:
  void run(const std::vector<std::string>& command, const std::string& input);
  void probeEnded(int exitCode);
  void helloEnded(const std::string& answer);
  void processEnded(int exitCode);
  void end();
  api::Host m_host;
  std::vector<api::HostStep> m_steps;
  QProcess* m_process = nullptr;
  api::FrameReader m_reader;
  bool m_hello = false;
  QTimer m_limit;
};

} // namespace lathe::ui
