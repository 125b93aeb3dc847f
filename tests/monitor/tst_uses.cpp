// SPDX-License-Identifier: Apache-2.0
#include "core/api/doctor.h"
#include "core/monitor/devices.h"
#include "core/monitor/doctor.h"
#include "core/monitor/host.h"
#include "core/monitor/uses.h"

#include <QtTest>

#include <cmath>
#include <set>

using namespace lathe;

class UsesTest : public QObject {
  Q_OBJECT
private:
  static std::vector<api::DeviceTelemetry> machine() {
    std::vector<api::DeviceTelemetry> out(3);
    out[0].id = "cuda:0";
    out[1].id = "cuda:1";
    out[1].processes.push_back({4711, "lathe-worker", 1000, "", ""});
    out[1].processes.push_back({99, "python3", 500, "", ""});
    out[2].id = "cpu";
    return out;
  }
  static void write(const QString& path, const QByteArray& text) {
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
  }

private Q_SLOTS:
  void visibleDevicesFollowCuda_data() {
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QList<int>>("expected");
    QTest::newRow("not set") << QByteArray() << QList<int>{0, 1, 2};
    QTest::newRow("none") << QByteArray("") << QList<int>{};
    QTest::newRow("one") << QByteArray("2") << QList<int>{2};
    QTest::newRow("another order") << QByteArray("2,0") << QList<int>{2, 0};
    QTest::newRow("stops at the first that is none") << QByteArray("1,7,0") << QList<int>{1};
    QTest::newRow("minus one hides the rest") << QByteArray("0,-1,1") << QList<int>{0};
    QTest::newRow("twice") << QByteArray("1,1") << QList<int>{1};
    QTest::newRow("by the beginning of a UUID") << QByteArray("GPU-bb,GPU-aa") << QList<int>{1, 0};
    QTest::newRow("the prefix alone names nothing") << QByteArray("GPU-") << QList<int>{};
  }
  void visibleDevicesFollowCuda() {
    QFETCH(QByteArray, value);
    QFETCH(QList<int>, expected);
    QList<int> found;
    for (const size_t index : monitor::visibleDevices(value.isNull() ? nullptr : value.constData(), {"GPU-aa11", "GPU-bb22", "GPU-cc33"}))
      found << static_cast<int>(index);
    QCOMPARE(found, expected);
  }

  void aWorkerBelongsToTheDeviceThatHoldsItsProcess() {
    auto devices = machine();
    monitor::attribute(devices, {{4711, "auto", "train", "support tone", "run-1", {{"weights", 600}, {"stash", 300}}}});
    QVERIFY(devices[0].categories.empty());
    QCOMPARE(devices[1].categories.at("weights"), int64_t(600));
    QCOMPARE(devices[1].processes.size(), size_t(2));
    QCOMPARE(devices[1].processes[0].name, std::string("support tone"));
    QCOMPARE(devices[1].processes[0].run, std::string("run-1"));
    QCOMPARE(devices[1].processes[0].memory, int64_t(1000)); // the driver's figure stays
    QCOMPARE(devices[1].processes[1].kind, std::string());
  }

  void otherwiseToTheDeviceItAskedFor() {
    auto devices = machine();
    devices[0].problem = "driver";
    monitor::attribute(devices, {{1, "cuda", "chat", "a", "", {{"weights", 1}}}, {2, "auto", "chat", "b", "", {{"weights", 10}}}, {3, "cpu", "chat", "c", "", {{"weights", 100}}},
                                 {4, "cuda:9", "chat", "d", "", {{"weights", 1000}}}});
    QCOMPARE(devices[0].categories["weights"], int64_t(1));
    QCOMPARE(devices[1].categories["weights"], int64_t(10)); // the first that can be used
    QCOMPARE(devices[2].categories["weights"], int64_t(1100)); // a GPU that is not there cannot hold anything
    std::vector<api::DeviceTelemetry> none;
    monitor::attribute(none, {{1, "auto", "chat", "a", "", {}}});
    QVERIFY(none.empty());
  }

  void theHottestSensorOfTheProcessorCounts() {
    QTemporaryDir sys;
    QVERIFY(std::isnan(monitor::processorTemperature(sys.path().toStdString())));
    write(sys.filePath("class/thermal/thermal_zone0/type"), "x86_pkg_temp\n");
    write(sys.filePath("class/thermal/thermal_zone0/temp"), "47000\n");
    QCOMPARE(monitor::processorTemperature(sys.path().toStdString()), 47.0);
    write(sys.filePath("class/hwmon/hwmon0/name"), "nvme\n");
    write(sys.filePath("class/hwmon/hwmon0/temp1_input"), "88000\n");
    write(sys.filePath("class/hwmon/hwmon1/name"), "coretemp\n");
    write(sys.filePath("class/hwmon/hwmon1/temp1_input"), "61500\n");
    write(sys.filePath("class/hwmon/hwmon1/temp2_input"), "59000\n");
    QCOMPARE(monitor::processorTemperature(sys.path().toStdString()), 61.5);
  }

  void powerIsTheCounterOverTime() {
    QTemporaryDir sys;
    monitor::CpuPower power(sys.path().toStdString());
    QVERIFY(std::isnan(power.sample(1)));
    write(sys.filePath("class/powercap/intel-rapl:0/energy_uj"), "1000000\n");
    write(sys.filePath("class/powercap/intel-rapl:0:0/energy_uj"), "999\n");
    QVERIFY(std::isnan(power.sample(2)));
    write(sys.filePath("class/powercap/intel-rapl:0/energy_uj"), "43000000\n");
    QCOMPARE(power.sample(2.5), 84.0);
    write(sys.filePath("class/powercap/intel-rapl:0/energy_uj"), "5\n");
    QVERIFY(std::isnan(power.sample(3))); // it began again
  }

  void theClockIsTheMeanOfTheCores() {
    QTemporaryDir proc;
    QVERIFY(std::isnan(monitor::processorClock(proc.path().toStdString())));
    write(proc.filePath("cpuinfo"), "processor : 0\ncpu MHz\t\t: 2000.0\n\nprocessor : 1\ncpu MHz\t\t: 3000.0\n");
    QCOMPARE(monitor::processorClock(proc.path().toStdString()), 2500.0);
  }

  void everyTextOfTheDoctorIsInTheTableThatTheWindowTranslates() {
    std::set<std::string> texts(std::begin(api::doctor_text::kAll), std::end(api::doctor_text::kAll)), names(std::begin(api::doctor_text::kNames), std::end(api::doctor_text::kNames));
    QTemporaryDir home;
    const auto report = api::decode<api::DoctorReport>(monitor::doctorReport(home.path().toStdString()));
    for (const auto& check : report.checks) {
      QVERIFY2(names.count(check.name), check.name.c_str());
      QVERIFY2(check.message == "{}" || texts.count(check.message), check.message.c_str());
      QVERIFY2(check.remedy.empty() || texts.count(check.remedy), check.remedy.c_str());
      QVERIFY2(check.text.find("{}") == std::string::npos, check.text.c_str());
    }
  }

  void theProcessorIsWhatIsLeftWithoutAGpu() {
    const auto cpu = monitor::memoryOf("cpu");
    QCOMPARE(cpu.id, std::string("cpu"));
    QVERIFY(cpu.free > 0 && cpu.free <= cpu.total);
    const auto far = monitor::memoryOf("cuda:63");
    QCOMPARE(far.id, std::string("cpu"));
  }
};

QTEST_GUILESS_MAIN(UsesTest)
#include "tst_uses.moc"
