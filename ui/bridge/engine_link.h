// SPDX-License-Identifier: GPL-3.0-or-later
// What carries the frames between window and engine: a local socket, or a process whose standard input and output lead to it.
#pragma once

#include "core/api/hosts.h"

#include <QObject>
#include <QString>

class QIODevice;
class QLocalSocket;
class QProcess;

namespace lathe::ui {

class EngineLink : public QObject {
  Q_OBJECT
public:
  using QObject::QObject;
  virtual void open() = 0;  // answers with opened() or failed()
  virtual void abort() = 0; // quietly; open() works again at once
  virtual bool isIdle() const = 0;
  virtual QIODevice* device() = 0; // nullptr while idle

Q_SIGNALS:
  void opened();
  void readable();
  /// After opened(). `lasting`: coming back by itself will not help.
  void closed(const QString& reason, bool lasting);
  /// Instead of opened(). `nobodyListens`: an engine may be started.
  void failed(const QString& reason, bool nobodyListens);
};

class SocketLink : public EngineLink {
  Q_OBJECT
public:
  SocketLink(QString path, QObject* parent);
  void open() override;
  void abort() override;
  bool isIdle() const override;
  QIODevice* device() override;

private:
  QString m_path;
  QLocalSocket* m_socket;
};

/// ssh to the relay of another machine.
class PipeLink : public EngineLink {
  Q_OBJECT
public:
  PipeLink(api::Host host, QObject* parent);
  ~PipeLink() override;
  void open() override;
  void abort() override;
  bool isIdle() const override { return m_process == nullptr; }
  QIODevice* device() override;

private:
  void finished();
  api::Host m_host;
  QProcess* m_process = nullptr;
  QByteArray m_complaint; // standard error, its last part
};

} // namespace lathe::ui
