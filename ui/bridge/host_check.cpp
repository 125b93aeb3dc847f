// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/host_check.h"

#include <QProcess>

namespace lathe::ui {

namespace {
constexpr int kCheckLimitMs = 30000; // of each of the two commands
} // namespace

HostCheck::HostCheck(QObject* parent) : QObject(parent) {
  m_limit.setSingleShot(true);
  connect(&m_limit, &QTimer::timeout, this, [this] {
    if (m_process)
      m_process->kill();
  });
}

HostCheck::~HostCheck() { end(); }

void HostCheck::start(const api::Host& host) {
  cancel();
  m_host = host;
  m_steps = api::readProbe(host, 0, {}, {}); // for the words of the steps that wait
  m_steps[0] = {api::StepState::Running, "ssh reaches " + host.target, {}};
  m_steps.push_back({api::StepState::Waiting, "The engine answers", {}});
  m_hello = false;
  run(api::probeCommand(host), {});
  Q_EMIT changed();
}

void HostCheck::cancel() {
  end();
  m_steps.clear();
}

void HostCheck::run(const std::vector<std::string>& command, const std::string& input) {
  QStringList words;
  for (const std::string& word : command)
    words << QString::fromStdString(word);
  m_process = new QProcess(this);
  const QString program = words.takeFirst();
  connect(m_process, &QProcess::finished, this, &HostCheck::processEnded);
  connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart)
      processEnded(127);
  });
  if (m_hello)
    connect(m_process, &QProcess::readyReadStandardOutput, this, [this] {
      m_reader.append(m_process->readAllStandardOutput().toStdString());
      if (const auto body = m_reader.next())
        helloEnded(*body);
    });
  m_limit.start(kCheckLimitMs);
  m_process->start(program, words);
  if (m_process && !input.empty()) // it may have failed already
    m_process->write(input.data(), static_cast<qint64>(input.size()));
}

void HostCheck::processEnded(int exitCode) {
  if (m_hello)
    helloEnded({});
  else
    probeEnded(exitCode);
}

void HostCheck::probeEnded(int exitCode) {
  const std::string out = m_process->readAllStandardOutput().toStdString(), err = m_process->readAllStandardError().toStdString();
  end();
  m_steps = api::readProbe(m_host, exitCode, out, err);
  m_steps.push_back({api::StepState::Waiting, "The engine answers", {}});
  const bool goOn = m_steps[1].state == api::StepState::Ok;
  if (goOn) {
    m_steps[3].state = api::StepState::Running;
    m_hello = true;
    m_reader = api::FrameReader();
    run(api::engineCommand(m_host), api::helloFrame("workbench"));
  }
  Q_EMIT changed();
  if (!goOn)
    Q_EMIT finished(false);
}

void HostCheck::helloEnded(const std::string& answer) {
  const std::string err = m_process->readAllStandardError().toStdString();
  end();
  m_steps[3] = api::readHello(m_host, answer, err);
  Q_EMIT changed();
  Q_EMIT finished(m_steps[3].state == api::StepState::Ok);
}

void HostCheck::end() {
  m_limit.stop();
  QProcess* old = std::exchange(m_process, nullptr);
  if (!old)
    return;
  old->disconnect(this);
  old->setParent(nullptr); // it may outlive this by a moment; nobody waits
  old->kill();
  connect(old, &QProcess::finished, old, &QObject::deleteLater);
  if (old->state() == QProcess::NotRunning)
    old->deleteLater();
}

} // namespace lathe::ui
