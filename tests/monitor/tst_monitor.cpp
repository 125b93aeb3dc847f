// SPDX-License-Identifier: Apache-2.0
#include "core/monitor/devices.h"
#include "core/monitor/doctor.h"
#include "core/monitor/host.h"

#include <QtTest>

#include <unistd.h>

using namespace lathe;

class MonitorTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void memoryFiguresAreConsistent() {
    const auto memory = monitor::hostMemory();
    QVERIFY(memory.total > 0);
    QVERIFY2(memory.available > 0 && memory.available <= memory.total, qPrintable(QString("%1 of %2").arg(memory.available).arg(memory.total)));
    QVERIFY(monitor::residentBytes(::getpid()) > 1'000'000);
    QCOMPARE(monitor::residentBytes(-1), int64_t(0));
  }
  void loadIsAPercentage() {
    monitor::CpuLoad load;
    QVERIFY(std::isnan(load.sample()));
    QElapsedTimer timer;
    for (timer.start(); timer.elapsed() < 100;) {
    }
    const double value = load.sample();
    QVERIFY2(value > 0 && value <= 100, qPrintable(QString::number(value)));
  }
  void devicesAreEmptyWithoutADriver() {
    const monitor::Devices devices;
    if (!devices.available()) {
      QVERIFY(!devices.problem().empty());
      QVERIFY(devices.sample().empty());
      QVERIFY(devices.driverVersion().empty());
      return;
    }
    for (const auto& device : devices.sample())
      QVERIFY(!device.name.empty() && device.memoryTotal > 0 && device.memoryUsed <= device.memoryTotal);
  }
  void doctorNamesEveryCheckAndARemedyForEveryFailure() {
    QTemporaryDir home;
    const Json report = monitor::doctorReport(home.path().toStdString() + "/not/yet/there");
    QStringList names;
    for (const Json& check : report["checks"]) {
      names << QString::fromStdString(check["name"].get<std::string>());
      const std::string status = check["status"];
      QVERIFY(status == "ok" || status == "warn" || status == "fail");
      QVERIFY(!check["text"].get<std::string>().empty());
      if (status == "fail")
        QVERIFY2(!check["remedy"].get<std::string>().empty(), qPrintable(names.back()));
    }
    for (const char* name : {"processor", "memory", "swap", "huge pages", "governor", "disk", "GPU", "lathe-worker", "LibTorch"})
      QVERIFY2(names.contains(name), name);
    QVERIFY(monitor::doctorText(report).find("processor") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(MonitorTest)
#include "tst_monitor.moc"
