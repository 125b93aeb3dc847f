// SPDX-License-Identifier: GPL-3.0-or-later
// Sits before the real window, on a real engine with real workers: sets up a fine-tuning run, watches it, talks to the result, and takes
// pictures on the way. Prints a PASS or FAIL line for everything it looked at.
#pragma once

#include "tests/gui/bench.h"
#include "ui/shell/watchdog.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

#include <optional>

namespace lathe::live {

struct Options {
  QString model, data, pictures;        // folder, file, folder
  QString device = QStringLiteral("auto"); // auto | cpu | cuda:N
  QString program;                      // lathe; empty: beside this program or in ../bin
  QString prompt = QStringLiteral("Natalia sold 48 clips in April and half as many in May. How many did she sell altogether?");
  int rank = 16, sequence = 2048, tokens = 8192, sequences = 40, steps = 200;
  int rows = 25;         // steps to wait for before the pictures of the running view
  int loadSeconds = 90;  // at most until they are there
  int talkSeconds = 30;  // at most for both replies
};

class Script {
public:
  explicit Script(Options options);
  ~Script();
  /// 0 when every check passed, 1 otherwise.
  int run();

private:
  bool connectEngine();
  bool setUp();
  void writeForm();
  bool train();
  void lookAtTheRun();
  void lookAtTheStrip();
  void lookAtTheSystem();
  bool stopTheRun();
  void talk();
  void close();
  void keepRecords() const;
  QList<int> processes() const; // of this home

  void check(bool passed, const QString& what, const QString& detail);
  bool waitUntil(const std::function<bool()>& condition, int milliseconds) const;
  void typeInto(const char* field, const QString& text);
  void chooseDevice();
  /// Keeps a picture of the window, with a panel that is open over it; looks for clipped texts.
  void picture(const QString& name, QSize size, bool dark, const QWidget* over = nullptr);
  /// What the event loop costs is measured between begin and end: not while pictures are taken.
  void beginTurns() { m_watchdog.emplace(); }
  void endTurns(const QString& phase);

  ui::TrainPage* trainPage() const;
  ui::RunView* runView() const { return trainPage()->runView(); }
  const std::vector<api::MetricRow>& rows() const { return runView()->history()->rows(); }

  Options m_options;
  QTemporaryDir m_home;
  ui::Style m_style;
  std::unique_ptr<fake::Window> m_window;
  std::optional<ui::Watchdog> m_watchdog;
  QElapsedTimer m_clock;
  int m_failures = 0;
};

} // namespace lathe::live
