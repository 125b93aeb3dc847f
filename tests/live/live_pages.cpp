// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of the script that look at what a run shows.
#include "tests/live/live_script.h"

#include "ui/chat/chat_page.h"
#include "ui/monitor/device_card.h"
#include "ui/shell/status_strip.h"
#include "ui/style/format.h"

#include <QLabel>
#include <QTest>

#include <cstdio>

namespace lathe::live {

using namespace ui;

namespace {

constexpr QSize kSmallSize(1280, 800), kLargeSize(1600, 1000);
constexpr int kWaitMs = 10'000, kSomeText = 80;
constexpr size_t kSamples = 20;
constexpr double kBigModel = 4.0 * 1024 * 1024 * 1024; // bytes of weights from which they outweigh everything that stays

double bytesOf(const QList<MemoryPart>& parts, MemoryCategory category) {
  for (const MemoryPart& part : parts)
    if (part.category == category)
      return part.bytes;
  return 0;
}

/// What is there between the steps: neither a step's own memory nor that of other programs.
bool stays(MemoryCategory category) {
  return category != MemoryCategory::Stash && category != MemoryCategory::Workspace && category != MemoryCategory::Held && category != MemoryCategory::Other;
}

QString partsText(const QList<MemoryPart>& parts) {
  QStringList out;
  for (const MemoryPart& part : parts)
    out << QStringLiteral("%1 %2").arg(memoryCategoryName(part.category), format::bytes(part.bytes));
  return out.join(QStringLiteral(", "));
}

} // namespace

void Script::lookAtTheRun() {
  const auto* bar = m_window->find<StackedBar>("run_memory_bar");
  const QList<MemoryPart> parts = bar->parts();
  const double weights = bytesOf(parts, MemoryCategory::Weights);
  check(parts.size() >= 4 && weights > 0, QStringLiteral("the run's memory by category"), QStringLiteral("%1; of %2").arg(partsText(parts), format::bytes(bar->total())));
  QStringList larger;
  for (const MemoryPart& part : parts)
    if (stays(part.category) && part.bytes > weights)
      larger << memoryCategoryName(part.category);
  if (weights > kBigModel)
    check(larger.isEmpty(), QStringLiteral("the weights are the largest part that stays"), larger.isEmpty() ? format::bytes(weights) : larger.join(QStringLiteral(", ")));
  check(!m_window->find<MemoryLegend>("run_memory_legend")->accessibleName().isEmpty(), QStringLiteral("the memory can be read aloud"),
        m_window->find<MemoryLegend>("run_memory_legend")->accessibleName());
  for (const QSize size : {kSmallSize, kLargeSize})
    for (const bool dark : {true, false})
      picture(QStringLiteral("run"), size, dark);
}

void Script::lookAtTheStrip() {
  auto* item = m_window->find<DeviceItem>("status_device");
  if (!item)
    return check(false, QStringLiteral("the status strip shows a device"), QStringLiteral("none"));
  waitUntil([&] { return bytesOf(item->bar()->parts(), MemoryCategory::Weights) > 0; }, kWaitMs); // figures come every half second
  const QList<MemoryPart> parts = item->bar()->parts();
  check(!item->numbers().isEmpty() && bytesOf(parts, MemoryCategory::Weights) > 0, QStringLiteral("the status strip's device"),
        item->numbers().simplified() + QStringLiteral("; ") + partsText(parts));
  const double used = item->bar()->used(), others = bytesOf(parts, MemoryCategory::Other);
  std::printf("INFO the device has %s in use; %s of it (%.1f %%) belongs to no category\n", qPrintable(format::bytes(used)), qPrintable(format::bytes(others)), 100 * others / used);
  for (const bool dark : {true, false}) {
    m_style.setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    m_window->window.resize(kSmallSize);
    QTest::qWait(100);
    QTest::mouseClick(item, Qt::LeftButton, {}, QPoint(12, item->height() / 2));
    QTest::qWait(700); // the next figures arrive in the open panel
    const auto* legend = item->panel() ? item->panel()->findChild<MemoryLegend*>() : nullptr;
    check(legend && item->panel()->isVisible() && !legend->accessibleName().isEmpty(), QStringLiteral("a click opens the device's memory"), legend ? legend->accessibleName() : QString());
    if (item->panel()) {
      picture(QStringLiteral("strip"), kSmallSize, dark, item->panel());
      item->panel()->close();
    }
  }
}

void Script::lookAtTheSystem() {
  m_window->window.showPage(QStringLiteral("system"));
  beginTurns();
  const auto* devices = m_window->session.devices();
  std::string id = m_options.device.toStdString();
  if (id == "auto")
    id = devices->devices().front().now.id;
  const auto* card = m_window->find<DeviceCard>(("device_" + id).c_str());
  QTest::qWait(2000);
  const auto samples = [&] {
    const auto* device = devices->find(QString::fromStdString(id));
    return device ? device->samples.size() : 0;
  };
  waitUntil([&] { return samples() >= kSamples; }, kWaitMs);
  endTurns(QStringLiteral("the System page follows the devices"));
  check(card && samples() >= kSamples, QStringLiteral("the System page has the device's history"), QStringLiteral("%1 with %2 samples").arg(QString::fromStdString(id)).arg(samples()));
  if (card && id != "cpu")
    for (const char* chart : {"chart_memory", "chart_load", "chart_power", "chart_temperature"}) {
      const auto* plot = card->findChild<LinePlot*>(QString::fromUtf8(chart));
      check(plot && plot->isVisibleTo(card), QString::fromUtf8(chart), plot ? plot->summaryText().simplified() : QStringLiteral("missing"));
    }
  picture(QStringLiteral("system"), kSmallSize, true);
  picture(QStringLiteral("system"), kSmallSize, false);
  picture(QStringLiteral("system"), kLargeSize, true);
}

void Script::talk() {
  beginTurns();
  m_window->click("run_chat");
  auto* chat = static_cast<ChatPage*>(m_window->window.page(QStringLiteral("chat")));
  const bool open = waitUntil([&] { return chat->pane(1) != nullptr; }, kWaitMs);
  check(open, QStringLiteral("base and adapter stand side by side"), open ? QString::fromStdString(chat->pane(1)->choice().adapterPath) : QString());
  if (!open)
    return endTurns(QStringLiteral("the chat opens"));
  QTest::keyClicks(m_window->find<QWidget>("composer"), m_options.prompt, Qt::NoModifier, 1);
  waitUntil([&] { return m_window->find<QWidget>("chat_send")->isEnabled(); }, kWaitMs);
  m_window->click("chat_send");
  const auto said = [&](int pane) {
    if (!chat->pane(pane))
      return QString();
    const QString reply = chat->pane(pane)->transcript()->toPlainText().section(QStringLiteral("Reply"), -1).trimmed();
    return reply.startsWith(QStringLiteral("Loading")) ? QString() : reply;
  };
  const auto streams = [&] { return chat->pane(1) && (chat->pane(0)->isStreaming() || chat->pane(1)->isStreaming()); };
  waitUntil(streams, kWaitMs);
  waitUntil([&] { return !streams() || (said(0).size() > kSomeText && said(1).size() > kSomeText); }, m_options.talkSeconds * 1000);
  endTurns(QStringLiteral("the replies begin"));
  picture(QStringLiteral("chat-streaming"), kSmallSize, true);
  beginTurns();
  if (!waitUntil([&] { return !streams(); }, m_options.talkSeconds * 1000) && m_window->find<QWidget>("chat_stop")->isVisible())
    m_window->click("chat_stop");
  waitUntil([&] { return !streams(); }, kWaitMs);
  endTurns(QStringLiteral("the replies stream"));
  check(!said(0).isEmpty() && !said(1).isEmpty(), QStringLiteral("both models answer"),
        QStringLiteral("%1 and %2 characters; %3; %4").arg(said(0).size()).arg(said(1).size()).arg(m_window->find<QLabel>("pane_stats_0")->text(), m_window->find<QLabel>("pane_stats_1")->text()));
  for (const bool dark : {true, false})
    picture(QStringLiteral("chat"), kSmallSize, dark);
  picture(QStringLiteral("chat"), kLargeSize, true);
}

} // namespace lathe::live
