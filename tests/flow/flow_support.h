// SPDX-License-Identifier: Apache-2.0
// The real programs in a home folder of their own: an engine that can be killed, runs followed over its socket, commands with their output.
#pragma once

#include "core/base/json.h"
#include "core/rpc/client.h"

#include <QtTest/QtTest>

#include <memory>
#include <optional>
#include <string>

namespace flow {

/// Why the real programs cannot be tested here, or empty.
QString missing(bool window = false);

std::string modelFolder();
std::string datasetFile();
/// A deterministic LoRA run of the bundled model on the bundled data.
lathe::Json spec(int steps, int saveEvery);

struct Output {
  int code = -1;
  QByteArray out, err;
};
/// A command of the built `lathe`, with the home folder in its environment.
Output lathe(const std::string& home, const QStringList& arguments, const QByteArray& input = {}, int milliseconds = 120'000);

/// A home folder, its engine and a client of it.
class Home {
public:
  Home();
  /// Ends the engine and whatever carries this home on its command line.
  ~Home();
  const std::string& path() const { return m_home; }
  QString file(const QString& name) const { return m_folder.filePath(name); }

  void startEngine(bool connect = true);
  /// SIGKILL; the client is gone with it.
  void killEngine();
  bool engineRuns() const { return m_engine && m_engine->state() == QProcess::Running; }
  /// Waits up to ten seconds for an engine, whoever started it.
  bool connect();
  lathe::rpc::Client& client() { return *m_client; }
  /// Pids of engines, workers and windows of this home.
  QList<int> processes() const;

  std::string start(const lathe::Json& spec);
  lathe::Json run(const std::string& id);
  int64_t stepOf(const std::string& id) { return run(id)["step"].get<int64_t>(); }
  std::string stateOf(const std::string& id) { return run(id)["state"].get<std::string>(); }
  bool reaches(const std::string& id, const std::string& state, int milliseconds = 120'000);
  int64_t workerPid(const std::string& id) const;
  std::string folder(const std::string& id) const { return m_home + "/runs/" + id; }
  /// Empty when the index holds steps 1 to `last` once each and nothing else; `last` −1: up to whatever is there.
  std::string brokenSteps(const std::string& id, int64_t last);
  /// Empty when every checkpoint with a final name is complete and hashes as its manifest says.
  std::string brokenCheckpoints(const std::string& id) const;
  /// Whether a save was cut off: a temporary folder is left.
  bool insideSave(const std::string& id) const;
  /// Step of the newest complete checkpoint, 0 without one.
  int64_t savedStep(const std::string& id) const;

private:
  QTemporaryDir m_folder;
  std::string m_home;
  std::unique_ptr<QProcess> m_engine;
  std::optional<lathe::rpc::Client> m_client;
};

} // namespace flow
