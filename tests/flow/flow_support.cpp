// SPDX-License-Identifier: Apache-2.0
#include "tests/flow/flow_support.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/paths.h"

#include <csignal>

#include <unistd.h>

namespace flow {
namespace method = ::lathe::api::method;
using ::lathe::Json;

namespace {

std::string programs() { return QCoreApplication::applicationDirPath().toStdString() + "/../bin"; }

} // namespace

QString missing(bool window) {
  if (!::lathe::isDirectory(modelFolder()))
    return "tests/data/ember is missing";
  if (!::lathe::fileExists(programs() + "/lathe-worker"))
    return "lathe-worker was not built here (LATHE_WITH_TORCH is off)";
  if (window && !::lathe::fileExists(programs() + "/lathe-workbench"))
    return "lathe-workbench was not built here";
  return {};
}

std::string modelFolder() { return std::string(LATHE_TEST_DATA) + "/ember"; }
std::string datasetFile() { return std::string(LATHE_TEST_DATA) + "/ember/polite-replies.jsonl"; }

Json spec(int steps, int saveEvery) {
  return {{"name", "flow"},
          {"model", {{"path", modelFolder()}, {"dtype", "float32"}}},
          {"method", {{"type", "lora"}, {"r", 8}, {"dropout", 0.05}}},
          {"data", {{"train", Json::array({{{"path", datasetFile()}}})}, {"validation", {{"count", 20}}}, {"max_seq_len", 256}}},
          {"training", {{"steps", steps}, {"learning_rate", 2e-3}, {"tokens_per_microbatch", 512}, {"sequences_per_step", 4}, {"deterministic", true}}},
          {"save", {{"every_steps", saveEvery}}}};
}

Output lathe(const std::string& home, const QStringList& arguments, const QByteArray& input, int milliseconds) {
  QProcess process;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert("LATHE_HOME", QString::fromStdString(home));
  process.setProcessEnvironment(environment);
  process.start(QString::fromStdString(programs()) + "/lathe", arguments);
  if (!process.waitForStarted())
    return {};
  process.write(input);
  process.closeWriteChannel();
  Output out;
  const bool ended = process.waitForFinished(milliseconds);
  if (!ended)
    process.kill();
  out.code = ended && process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
  out.out = process.readAllStandardOutput();
  out.err = process.readAllStandardError();
  return out;
}

Home::Home() : m_home(m_folder.filePath("home").toStdString()) { qputenv("XDG_RUNTIME_DIR", m_folder.path().toLocal8Bit()); }

Home::~Home() {
  m_client.reset();
  for (const int pid : processes())
    ::kill(pid, SIGKILL);
  if (m_engine)
    m_engine->waitForFinished(5000);
}

QList<int> Home::processes() const {
  QList<int> out;
  for (const QString& name : QDir("/proc").entryList(QDir::Dirs)) {
    QFile file("/proc/" + name + "/cmdline");
    const int pid = name.toInt();
    if (pid > 1 && pid != ::getpid() && file.open(QIODevice::ReadOnly) && file.readAll().contains(m_folder.path().toLocal8Bit()))
      out << pid;
  }
  return out;
}

void Home::startEngine(bool connectToo) {
  m_engine = std::make_unique<QProcess>();
  m_engine->setStandardErrorFile(m_folder.filePath("engine-stderr.txt"), QIODevice::Append);
  m_engine->start(QString::fromStdString(programs()) + "/lathe", {"engine", "--home", QString::fromStdString(m_home)});
  QVERIFY(m_engine->waitForStarted());
  if (connectToo)
    QVERIFY2(connect(), "the engine did not answer");
}

bool Home::connect() {
  m_client.reset();
  return QTest::qWaitFor([&] {
    auto client = ::lathe::capture([&] { return ::lathe::rpc::Client::connect(::lathe::engineSocket(m_home), 5); });
    if (client.ok())
      m_client.emplace(std::move(*client));
    return client.ok();
  }, 10'000);
}

void Home::killEngine() {
  m_client.reset();
  if (engineRuns()) {
    ::kill(static_cast<pid_t>(m_engine->processId()), SIGKILL);
    m_engine->waitForFinished();
    return;
  }
  for (const int pid : processes()) { // one that a window started
    QFile file(QString("/proc/%1/cmdline").arg(pid));
    if (file.open(QIODevice::ReadOnly) && file.readAll().contains(QByteArray("\0engine\0", 8)))
      ::kill(pid, SIGKILL);
  }
}

std::string Home::start(const Json& document) { return m_client->call(method::kRunsStart, {{"spec", document}})["id"].get<std::string>(); }
Json Home::run(const std::string& id) { return m_client->call(method::kRunsGet, {{"id", id}})["run"]; }

bool Home::reaches(const std::string& id, const std::string& state, int milliseconds) {
  return QTest::qWaitFor([&] { return stateOf(id) == state; }, milliseconds);
}

int64_t Home::workerPid(const std::string& id) const {
  const auto state = ::lathe::capture([&] { return ::lathe::parseJsonFile(folder(id) + "/state.json"); });
  return state.ok() ? ::lathe::intOr(*state, "pid", 0) : 0;
}

std::string Home::brokenSteps(const std::string& id, int64_t last) {
  int64_t seen = 0;
  for (bool more = true; more;) {
    const Json page = m_client->call(method::kRunsMetrics, {{"id", id}, {"from", seen + 1}, {"limit", 10'000}});
    for (const Json& row : page["rows"])
      if (row["step"] != ++seen)
        return "row " + std::to_string(seen) + " is step " + row["step"].dump();
    more = page["more"].get<bool>();
  }
  return last >= 0 && seen != last ? "the last step is " + std::to_string(seen) + ", not " + std::to_string(last) : std::string();
}

std::string Home::brokenCheckpoints(const std::string& id) const {
  const std::string checkpoints = folder(id) + "/checkpoints";
  if (!::lathe::isDirectory(checkpoints))
    return {};
  for (const std::string& name : ::lathe::listDirectory(checkpoints)) {
    if (name.starts_with(".tmp-"))
      continue;
    const std::string path = checkpoints + "/" + name;
    const auto manifest = ::lathe::capture([&] { return ::lathe::parseJsonFile(path + "/manifest.json"); });
    if (!manifest.ok())
      return path + ": " + manifest.error().message;
    for (const Json& file : (*manifest)["files"])
      if (::lathe::hashFile(path + "/" + file["name"].get<std::string>()) != file["xxh3"].get<std::string>())
        return path + "/" + file["name"].get<std::string>() + " is not what the manifest says";
  }
  return {};
}

bool Home::insideSave(const std::string& id) const {
  const std::string checkpoints = folder(id) + "/checkpoints";
  const auto names = ::lathe::capture([&] { return ::lathe::listDirectory(checkpoints); });
  return names.ok() && std::any_of(names->begin(), names->end(), [](const std::string& name) { return name.starts_with(".tmp-"); });
}

int64_t Home::savedStep(const std::string& id) const {
  int64_t step = 0;
  const auto names = ::lathe::capture([&] { return ::lathe::listDirectory(folder(id) + "/checkpoints"); });
  for (const std::string& name : names.ok() ? *names : std::vector<std::string>())
    if (!name.starts_with("."))
      step = std::max<int64_t>(step, std::atoll(name.c_str()));
  return step;
}

} // namespace flow
