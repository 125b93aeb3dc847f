// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/live/live_script.h"

#include "core/api/protocol.h"
#include "tests/gui/support_gui.h"
#include "ui/chat/chat_page.h"
#include "ui/style/format.h"
#include "ui/widgets/device_combo.h"
#include "ui/widgets/number_field.h"
#include "ui/widgets/path_field.h"

#include <QApplication>
#include <QDir>
#include <QPainter>
#include <QTest>

#include <cmath>
#include <csignal>
#include <cstdio>

namespace lathe::live {

using namespace ui;

namespace {

constexpr QSize kSmall(1280, 800), kLarge(1600, 1000);
constexpr int kStartMs = 20'000, kPlanMs = 60'000, kStopMs = 60'000, kEndMs = 10'000, kPollMs = 20, kSettleMs = 150, kLayoutMs = 2000, kKeyMs = 1; // a key at a time, or all of a form would be one turn of the event loop
constexpr double kTurnMs = 50;

EngineOptions engineOptions(const Options& options, const QString& home) {
  EngineOptions out;
  out.home = home;
  out.program = options.program;
  for (const char* place : {"/lathe", "/../bin/lathe"})
    if (out.program.isEmpty() && QFileInfo(QApplication::applicationDirPath() + QLatin1String(place)).isExecutable())
      out.program = QApplication::applicationDirPath() + QLatin1String(place);
  return out;
}

} // namespace

Script::Script(Options options) : m_options(std::move(options)), m_style(*qApp) {
  m_style.setMode(ThemeMode::Light);
  QDir().mkpath(m_options.pictures);
  m_clock.start();
}

Script::~Script() = default;

int Script::run() {
  m_window = std::make_unique<fake::Window>(engineOptions(m_options, m_home.path()), kSmall);
  m_window->language.set(QStringLiteral("en"));
  if (connectEngine() && setUp() && train()) {
    lookAtTheRun();
    lookAtTheStrip();
    lookAtTheSystem();
    if (stopTheRun())
      talk();
  }
  keepRecords();
  close();
  std::printf("%s after %.1f s: %d of the checks failed\n", m_failures == 0 ? "PASS" : "FAIL", static_cast<double>(m_clock.elapsed()) / 1000, m_failures);
  return m_failures == 0 ? 0 : 1;
}

void Script::check(bool passed, const QString& what, const QString& detail) {
  m_failures += passed ? 0 : 1;
  std::printf("%s %6.1f s  %s: %s\n", passed ? "PASS" : "FAIL", static_cast<double>(m_clock.elapsed()) / 1000, qPrintable(what), qPrintable(detail));
}

bool Script::waitUntil(const std::function<bool()>& condition, int milliseconds) const {
  QElapsedTimer waited;
  waited.start();
  while (!condition()) {
    if (waited.elapsed() > milliseconds)
      return false;
    QTest::qWait(kPollMs);
  }
  return true;
}

void Script::endTurns(const QString& phase) {
  const double cpu = m_watchdog->longestCpuMs(), wall = m_watchdog->longestWallMs();
  const auto turns = m_watchdog->turns();
  m_watchdog.reset();
  check(cpu <= kTurnMs, QStringLiteral("the window answers while ") + phase,
        QStringLiteral("longest of %1 turns %2 ms of its thread's time, %3 ms by the clock").arg(turns).arg(cpu, 0, 'f', 1).arg(wall, 0, 'f', 1));
}

TrainPage* Script::trainPage() const { return static_cast<TrainPage*>(m_window->window.page(QStringLiteral("train"))); }

void Script::picture(const QString& name, QSize size, bool dark, const QWidget* over) {
  m_style.setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
  m_window->window.resize(size);
  QTest::qWait(kSettleMs);
  waitUntil([this] { return test::clippedTexts(m_window->window).isEmpty(); }, kLayoutMs); // texts wrap anew over a few turns of the event loop
  QPixmap shot = m_window->window.grab();
  if (over) {
    QPainter painter(&shot);
    painter.drawPixmap(m_window->window.mapFromGlobal(over->mapToGlobal(QPoint())), const_cast<QWidget*>(over)->grab());
  }
  const QString file = QStringLiteral("%1-%2x%3-%4.png").arg(name).arg(size.width()).arg(size.height()).arg(dark ? QStringLiteral("dark") : QStringLiteral("light"));
  const QStringList clipped = test::clippedTexts(m_window->window);
  const bool kept = shot.save(QDir(m_options.pictures).filePath(file)) && m_window->window.size() == size;
  check(kept && clipped.isEmpty(), file, clipped.isEmpty() ? QStringLiteral("kept, no text is clipped") : clipped.join(QStringLiteral(" | ")));
}

bool Script::connectEngine() {
  beginTurns();
  const bool connected = waitUntil([this] { return m_window->session.isConnected() && m_window->session.devices()->devices().size() > 0; }, kStartMs);
  QStringList devices;
  for (const auto& device : m_window->session.devices()->devices())
    devices << QString::fromStdString(device.now.id + " " + device.now.name + (device.now.problem.empty() ? "" : ", not usable: " + device.now.problem));
  check(connected, QStringLiteral("an empty home gets an engine"), connected ? devices.join(QStringLiteral("; ")) : m_window->session.client()->reason());
  endTurns(QStringLiteral("the engine starts"));
  return connected;
}

void Script::typeInto(const char* field, const QString& text) {
  auto* edit = m_window->find<QLineEdit>(field);
  if (auto* path = m_window->find<PathField>(field))
    edit = path->edit();
  if (!edit)
    return check(false, QString::fromUtf8(field), QStringLiteral("there is no such field"));
  edit->setFocus();
  edit->selectAll();
  QTest::keyClicks(edit, text, Qt::NoModifier, kKeyMs);
  QTest::keyClick(edit, Qt::Key_Return, Qt::NoModifier, kKeyMs);
  edit->clearFocus();
}

void Script::chooseDevice() {
  auto* box = m_window->find<DeviceCombo>("field_training.device");
  box->setFocus();
  for (int i = 0; box->device() != m_options.device && i < box->count(); ++i)
    QTest::keyClick(box, Qt::Key_Down, Qt::NoModifier, kKeyMs);
  check(box->device() == m_options.device && box->isUsable(), QStringLiteral("the device can be chosen"), box->currentText());
}

void Script::writeForm() {
  const auto number = [](int value) { return QString::number(value); };
  QTest::keyClick(m_window->find<QWidget>("option_level"), Qt::Key_Right, Qt::NoModifier, kKeyMs);
  typeInto("field_model.path", m_options.model);
  typeInto("dataset_0", m_options.data);
  typeInto("field_method.r", number(m_options.rank));
  typeInto("field_data.max_seq_len", number(m_options.sequence));
  typeInto("field_training.tokens_per_microbatch", number(m_options.tokens));
  typeInto("field_training.sequences_per_step", number(m_options.sequences));
  typeInto("field_training.steps", number(m_options.steps));
  typeInto("run_name", QStringLiteral("live window"));
  chooseDevice();
  QTest::keyClick(m_window->find<QWidget>("option_level"), Qt::Key_Left, Qt::NoModifier, kKeyMs);
}

bool Script::setUp() {
  beginTurns();
  writeForm();
  const bool ready = waitUntil([this] { return m_window->find<QWidget>("start")->isEnabled() && trainPage()->setup()->requests()->isSettled(); }, kPlanMs);
  const QString plan = m_window->find<QLabel>("plan_total")->text();
  check(ready, QStringLiteral("the run can start"), ready ? QStringLiteral("planned ") + plan : m_window->find<QLabel>("start_reason")->text());
  endTurns(QStringLiteral("the form is filled"));
  picture(QStringLiteral("setup"), kSmall, false);
  picture(QStringLiteral("setup"), kLarge, true);
  m_window->window.resize(kSmall);
  return ready;
}

bool Script::train() {
  beginTurns();
  m_window->click("start");
  const bool arrived = waitUntil([this] {
    const auto* history = runView()->history();
    return history && (static_cast<int>(history->rows().size()) >= m_options.rows || api::isEnded(history->summary().state));
  }, m_options.loadSeconds * 1000);
  const bool enough = arrived && static_cast<int>(rows().size()) >= m_options.rows;
  const auto& summary = runView()->history()->summary();
  check(enough, QStringLiteral("rows arrive"), QStringLiteral("%1 rows, run %2 %3").arg(rows().size()).arg(runStateName(summary.state), QString::fromStdString(summary.error)));
  if (rows().empty())
    return false;
  std::vector<double> speeds;
  bool finite = true;
  for (const auto& row : rows()) {
    finite = finite && std::isfinite(row.loss) && std::isfinite(row.gradNorm);
    speeds.push_back(row.tokensPerS);
  }
  std::sort(speeds.begin(), speeds.end());
  const auto& last = rows().back();
  check(finite, QStringLiteral("loss and gradient norm are numbers"), QStringLiteral("loss %1 then %2, gradient norm %3").arg(rows().front().loss).arg(last.loss).arg(last.gradNorm));
  std::printf("INFO median %.0f tok/s, step %.0f ms, %lld tokens in it\n", speeds[speeds.size() / 2], last.stepMs, static_cast<long long>(last.tokens));
  endTurns(QStringLiteral("the run trains"));
  return enough;
}

bool Script::stopTheRun() {
  m_style.setMode(ThemeMode::Light);
  m_window->window.resize(kSmall);
  m_window->window.showPage(QStringLiteral("train"));
  beginTurns();
  if (!m_window->find<QWidget>("run_chat")->isVisible()) {
    m_window->prompts.answer(QStringLiteral("yes"));
    m_window->click("run_stop");
  }
  const bool ended = waitUntil([this] { return m_window->find<QWidget>("run_chat")->isVisible() && api::isEnded(runView()->history()->summary().state); }, kStopMs);
  check(ended, QStringLiteral("the run can be talked to"), runStateName(runView()->history()->summary().state));
  endTurns(QStringLiteral("the run stops"));
  return ended;
}

/// What the engine and the run wrote, without the weights.
void Script::keepRecords() const {
  const QDir to(m_options.pictures);
  QStringList folders{m_home.path()};
  for (const QString& run : QDir(m_home.filePath(QStringLiteral("runs"))).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
    folders << m_home.filePath(QStringLiteral("runs/") + run);
  for (const QString& folder : folders)
    for (const QFileInfo& file : QDir(folder).entryInfoList({QStringLiteral("*.jsonl"), QStringLiteral("*.json"), QStringLiteral("*.log"), QStringLiteral("*.txt")}, QDir::Files))
      if (file.size() < (1 << 20))
        QFile::copy(file.filePath(), to.filePath(QStringLiteral("record-") + file.fileName()));
}

QList<int> Script::processes() const {
  QList<int> out;
  for (const QString& name : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
    QFile file(QStringLiteral("/proc/%1/cmdline").arg(name));
    if (name.toInt() > 1 && name.toInt() != QCoreApplication::applicationPid() && file.open(QIODevice::ReadOnly) && file.readAll().contains(m_home.path().toUtf8()))
      out << name.toInt();
  }
  return out;
}

void Script::close() {
  m_window->window.close();
  m_window.reset();
  EngineOptions last = engineOptions(m_options, m_home.path());
  last.startEngine = false; // or the client would start it again at once
  {
    EngineClient client(last);
    client.start();
    if (waitUntil([&] { return client.state() == LinkState::Connected; }, kEndMs))
      client.tell(api::method::kShutdown, Json::object());
    QTest::qWait(500);
  }
  for (const int pid : processes()) // a model that was talked to outlives the engine
    ::kill(pid, SIGTERM);
  const bool gone = waitUntil([this] { return processes().isEmpty(); }, kEndMs);
  check(gone, QStringLiteral("everything ends"), gone ? QStringLiteral("no process of this home is left") : QStringLiteral("%1 processes are left").arg(processes().size()));
  for (const int pid : processes())
    ::kill(pid, SIGKILL);
}

} // namespace lathe::live
