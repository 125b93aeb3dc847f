// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/engine_link.h"

#include <QLocalSocket>
#include <QProcess>

namespace lathe::ui {

namespace {
constexpr qsizetype kComplaintBytes = 8192;
} // namespace

SocketLink::SocketLink(QString path, QObject* parent) : EngineLink(parent), m_path(std::move(path)), m_socket(new QLocalSocket(this)) {
  connect(m_socket, &QLocalSocket::connected, this, &EngineLink::opened);
  connect(m_socket, &QLocalSocket::readyRead, this, &EngineLink::readable);
  connect(m_socket, &QLocalSocket::disconnected, this, [this] { Q_EMIT closed(tr("The connection to the engine was lost."), false); });
  connect(m_socket, &QLocalSocket::errorOccurred, this, [this](QLocalSocket::LocalSocketError error) {
    if (m_socket->state() != QLocalSocket::ConnectedState)
      Q_EMIT failed(m_socket->errorString(), error == QLocalSocket::ServerNotFoundError || error == QLocalSocket::ConnectionRefusedError);
  });
}

void SocketLink::open() { m_socket->connectToServer(m_path); }

void SocketLink::abort() {
  const QSignalBlocker quiet(m_socket);
  m_socket->abort();
}

bool SocketLink::isIdle() const { return m_socket->state() == QLocalSocket::UnconnectedState; }

QIODevice* SocketLink::device() { return m_socket; }

PipeLink::PipeLink(api::Host host, QObject* parent) : EngineLink(parent), m_host(std::move(host)) {}

PipeLink::~PipeLink() {
  constexpr int kEndMs = 1000;
  for (auto* process : findChildren<QProcess*>()) { // killed or to be killed: gone at once
    process->disconnect();
    process->kill();
    process->waitForFinished(kEndMs);
  }
}

void PipeLink::open() {
  abort();
  m_complaint.clear();
  QStringList command;
  for (const std::string& word : api::engineCommand(m_host))
    command << QString::fromStdString(word);
  m_process = new QProcess(this);
  m_process->setProgram(command.takeFirst());
  m_process->setArguments(command);
  connect(m_process, &QProcess::started, this, &EngineLink::opened);
  connect(m_process, &QProcess::readyReadStandardOutput, this, &EngineLink::readable);
  connect(m_process, &QProcess::readyReadStandardError, this, [this] { m_complaint = (m_complaint + m_process->readAllStandardError()).right(kComplaintBytes); });
  connect(m_process, &QProcess::finished, this, &PipeLink::finished);
  connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error != QProcess::FailedToStart)
      return;
    const QString reason = tr("%1 could not be started: %2").arg(m_process->program(), m_process->errorString());
    abort();
    Q_EMIT failed(reason, false);
  });
  m_process->start();
}

void PipeLink::finished() {
  if (m_process)
    m_complaint = (m_complaint + m_process->readAllStandardError()).right(kComplaintBytes);
  abort();
  const api::SshFailure failure = api::sshFailure(m_host, m_complaint.toStdString());
  Q_EMIT closed(QString::fromStdString(failure.reason + " " + failure.remedy), failure.lasting);
}

void PipeLink::abort() {
  QProcess* old = std::exchange(m_process, nullptr);
  if (!old)
    return;
  old->disconnect(this);
  connect(old, &QProcess::finished, old, &QObject::deleteLater);
  if (old->state() == QProcess::NotRunning)
    old->deleteLater();
  else
    old->kill();
}

QIODevice* PipeLink::device() { return m_process; }

} // namespace lathe::ui
