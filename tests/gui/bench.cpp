// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/bench.h"

#include "ui/bridge/workbench.h"

#include <QAbstractButton>
#include <QTest>

namespace lathe::fake {

namespace {

ui::EngineOptions options(const Bench& bench) {
  ui::EngineOptions out;
  out.home = bench.folder.path();
  out.socket = bench.folder.filePath(QStringLiteral("e.sock"));
  out.startEngine = false;
  out.firstRetryMs = 10;
  out.lastRetryMs = 50;
  return out;
}

} // namespace

Bench::Bench(State state) : engine(folder.filePath(QStringLiteral("e.sock")), std::move(state)) {}

Window::Window(Bench& bench, QSize size) : Window(options(bench), size) {}

Window::Window(const ui::EngineOptions& options, QSize size)
    : settings(options.home), session(options), window(ui::makePages(session, prompts, settings, language), status, settings) {
  session.connectStatus(&status);
  window.resize(size);
  window.show();
  session.client()->start();
}

void Window::click(const char* name) const {
  auto* button = find<QAbstractButton>(name);
  if (!button)
    qFatal("There is no button %s", name);
  QTest::mouseClick(button, Qt::LeftButton);
}

} // namespace lathe::fake
