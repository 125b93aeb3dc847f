// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/support_gui.h"
#include "ui/charts/chart_group.h"
#include "ui/charts/line_plot.h"
#include "ui/charts/plot_legend.h"
#include "ui/charts/series_pyramid.h"
#include "ui/style/style.h"
#include "ui/widgets/labels.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QGridLayout>
#include <QImage>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

#include <cmath>
#include <ctime>
#include <random>

#include "ui/charts/qcustomplot_header.h"

using namespace lathe::ui;

namespace {

double threadCpuMs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

XValue at(double step) { return {step, step * 8192, step * 0.46}; }

/// A loss as it looks: falling, noisy.
double lossAt(double step, std::mt19937& random) { return 1.0 + 2.0 * std::exp(-step / 30000.0) + std::normal_distribution<double>(0, 0.05)(random); }

int pixelsLike(const QImage& image, const QRect& area, const QColor& wanted, int tolerance) {
  int count = 0;
  for (int y = area.top(); y <= area.bottom(); ++y)
    for (int x = area.left(); x <= area.right(); ++x) {
      const QColor c = image.pixelColor(x, y);
      count += std::abs(c.red() - wanted.red()) + std::abs(c.green() - wanted.green()) + std::abs(c.blue() - wanted.blue()) <= tolerance;
    }
  return count;
}

} // namespace

class TestCharts : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() { m_style->setMode(ThemeMode::Light); }

  void labelsOfAnAxisHaveAsManyDecimalsAsItsStepNeeds() {
    LinePlot plot;
    plot.addSeries({});
    const auto labels = [&](double from, double to) {
      QVector<double> ticks;
      QVector<QString> texts;
      plot.plot()->yAxis->ticker()->generate(QCPRange(from, to), QLocale::c(), u'g', 6, ticks, nullptr, &texts);
      return QStringList(texts.begin(), texts.end()).join(QLatin1Char(' '));
    };
    QVERIFY2(labels(11.82, 11.94).contains(QStringLiteral("11.825 11.850 11.875 11.900")), qPrintable(labels(11.82, 11.94)));
    QVERIFY2(labels(0.9, 3.1).contains(QStringLiteral("1.0 1.5 2.0 2.5")), qPrintable(labels(0.9, 3.1)));
    QVERIFY2(labels(0, 80).contains(QStringLiteral("0 20 40 60")), qPrintable(labels(0, 80)));
  }

  void extremesOfAnyRangeEqualThoseOfThePoints() {
    std::mt19937 random(7);
    SeriesPyramid points;
    std::vector<double> all;
    for (int i = 0; i < 5003; ++i) {
      const double y = i % 97 == 0 ? std::nan("") : std::normal_distribution<double>(0, 1)(random);
      points.append(at(i), y);
      all.push_back(y);
      if (i % 611 != 0 && i != 5002)
        continue;
      for (int k = 0; k < 300; ++k) {
        size_t a = random() % all.size(), b = random() % (all.size() + 1);
        if (a > b)
          std::swap(a, b);
        SeriesPyramid::Range expected;
        for (size_t n = a; n < b; ++n)
          expected.add(all[n]);
        const auto got = points.extremes(a, b);
        QCOMPARE(got.empty, expected.empty);
        QVERIFY2(got.lower == expected.lower && got.upper == expected.upper,
                 qPrintable(QStringLiteral("[%1, %2): got %3 … %4, expected %5 … %6").arg(a).arg(b).arg(got.lower).arg(got.upper).arg(expected.lower).arg(expected.upper)));
      }
    }
  }

  void columnsCoverEveryPointOnce() {
    std::mt19937 random(9);
    SeriesPyramid points;
    for (int i = 0; i < 20000; ++i)
      points.append(at(i), lossAt(i, random));
    std::vector<SeriesPyramid::Column> columns;
    points.columns(XAxis::Step, 0, 20000, 400, columns);
    QCOMPARE(columns.size(), size_t(400));
    SeriesPyramid::Range seen;
    for (const auto& column : columns) {
      seen.add(column.lower);
      seen.add(column.upper);
    }
    const auto whole = points.extremes(0, points.size());
    QCOMPARE(seen.lower, whole.lower);
    QCOMPARE(seen.upper, whole.upper);
    points.columns(XAxis::Tokens, 100 * 8192.0, 200 * 8192.0, 400, columns);
    QCOMPARE(columns.size(), size_t(103)); // every point of the range and one beyond each end
    QCOMPARE(columns.front().x, 99 * 8192.0);
  }

  void oneStepSpikeStaysVisibleAtFullZoomOut() {
    LinePlot plot(QStringLiteral("Loss"));
    const int series = plot.addSeries({QStringLiteral("loss"), SeriesStyle::RawAndSmooth, 0, {}});
    std::mt19937 random(3);
    for (int i = 0; i < 100000; ++i)
      plot.append(series, at(i), i == 63211 ? 9.0 : 1.0 + std::normal_distribution<double>(0, 0.02)(random));
    test::settle(plot, {600, 260});
    plot.drawNow();
    QCoreApplication::processEvents();
    const QImage image = plot.plot()->toPixmap().toImage();
    const QRect area = plot.plot()->axisRect()->rect();
    const int x = int(plot.plot()->xAxis->coordToPixel(63211));
    const QRect spike(x - 1, int(plot.plot()->yAxis->coordToPixel(8.5)), 3, int(plot.plot()->yAxis->coordToPixel(3) - plot.plot()->yAxis->coordToPixel(8.5)));
    QVERIFY(area.contains(spike));
    int height = 0;
    for (int y = spike.top(); y <= spike.bottom(); ++y) {
      bool differs = false;
      for (int k = spike.left(); k <= spike.right(); ++k) {
        const QColor c = image.pixelColor(k, y);
        differs = differs || std::abs(c.blue() - c.red()) > 25; // the series is blue, grid and ground are neutral
      }
      height += differs;
    }
    QVERIFY2(height >= spike.height() * 9 / 10, qPrintable(QStringLiteral("%1 of %2 rows of the spike are painted").arg(height).arg(spike.height())));
    const QRect beside(x + 8, spike.top(), 3, spike.height());
    QCOMPARE(pixelsLike(image, beside, lightTheme().series[0], 120), 0);
  }

  void fiveChartsOfAMillionPointsPanAndZoomAtSixtyFrames() {
    QWidget window;
    auto* grid = new QGridLayout(&window);
    ChartGroup group;
    QList<LinePlot*> plots;
    std::mt19937 random(5);
    std::vector<double> noise(65536);
    for (double& n : noise)
      n = std::normal_distribution<double>(0, 0.05)(random);
    for (int p = 0; p < 5; ++p) {
      auto* plot = new LinePlot(QStringLiteral("Chart %1").arg(p), &window);
      plot->addSeries({QStringLiteral("value"), p == 0 ? SeriesStyle::RawAndSmooth : SeriesStyle::Line, p, {}});
      grid->addWidget(plot, p == 0 ? 0 : 1 + (p - 1) / 2, p == 0 ? 0 : (p - 1) % 2, 1, p == 0 ? 2 : 1);
      group.add(plot);
      plots << plot;
    }
    int64_t next = 0;
    const auto feed = [&](int rows) {
      for (int i = 0; i < rows; ++i, ++next)
        for (LinePlot* plot : plots)
          plot->append(0, at(double(next)), 1.0 + 2.0 * std::exp(-double(next) / 200000.0) + noise[size_t(next * 7919) % noise.size()]);
    };
    feed(1000000);
    test::settle(window, {1000, 640});
    group.drawNow();
    QCoreApplication::processEvents();
    constexpr int kFrames = 120;
    std::vector<double> cpu;
    QElapsedTimer wall;
    wall.start();
    const double before = threadCpuMs();
    for (int frame = 0; frame < kFrames; ++frame) {
      const double start = threadCpuMs();
      feed(17); // 1,000 steps a second
      const auto [from, to] = plots[0]->xRange();
      const double middle = (from + to) / 2 + (to - from) * 0.03 * std::sin(frame * 0.4), half = (to - from) / 2 * (frame % 30 < 15 ? 0.85 : 1 / 0.85);
      for (LinePlot* plot : plots) {
        plot->setXRange(middle - half, middle + half);
        QVERIFY(plot->drawNow());
      }
      QCoreApplication::processEvents();
      cpu.push_back(threadCpuMs() - start);
    }
    const double meanCpu = (threadCpuMs() - before) / kFrames, meanWall = double(wall.elapsed()) / kFrames;
    std::sort(cpu.begin(), cpu.end());
    qInfo("five charts, 1M points each: %.2f ms CPU per frame (95 %%: %.2f), %.2f ms wall, %.0f frames/s", meanCpu, cpu[cpu.size() * 95 / 100], meanWall, 1000 / meanCpu);
    QVERIFY2(meanCpu <= 1000.0 / 60, qPrintable(QStringLiteral("%1 ms CPU per frame").arg(meanCpu)));
    test::screenshot(window, QStringLiteral("charts_million"));
  }

  void aHiddenOrUnchangedChartIsNotDrawn() {
    LinePlot plot(QStringLiteral("Loss"));
    const int series = plot.addSeries({QStringLiteral("loss"), SeriesStyle::Line, 0, {}});
    plot.append(series, at(1), 1);
    QVERIFY(!plot.drawNow()); // hidden
    test::settle(plot, {400, 200});
    plot.append(series, at(2), 2);
    QVERIFY(plot.drawNow());
    QVERIFY(!plot.drawNow()); // nothing new
  }

  void manyPointsAreDrawnAtMostThirtyTimesASecond() {
    LinePlot plot(QStringLiteral("Loss"));
    const int series = plot.addSeries({QStringLiteral("loss"), SeriesStyle::Line, 0, {}});
    test::settle(plot, {400, 200});
    QSignalSpy drawn(plot.plot(), &QCustomPlot::afterReplot);
    QElapsedTimer timer;
    timer.start();
    int step = 0;
    while (timer.elapsed() < 500) {
      plot.append(series, at(step), step % 7);
      ++step;
      QCoreApplication::processEvents();
    }
    const double allowed = double(timer.elapsed()) / 33.0 + 2;
    QVERIFY2(drawn.count() <= allowed, qPrintable(QStringLiteral("%1 drawings, allowed %2").arg(drawn.count()).arg(allowed)));
    QVERIFY(drawn.count() >= 5);
  }

  void theWheelZoomsAllLinkedChartsAboutThePointer() {
    QWidget window;
    auto* grid = new QGridLayout(&window);
    ChartGroup group;
    LinePlot a(QStringLiteral("a")), b(QStringLiteral("b"));
    for (LinePlot* plot : {&a, &b}) {
      plot->setParent(&window);
      grid->addWidget(plot, grid->rowCount(), 0);
      plot->addSeries({QStringLiteral("v"), SeriesStyle::Line, 0, {}});
      for (int i = 0; i <= 1000; ++i)
        plot->append(0, at(i), i);
      group.add(plot);
    }
    test::settle(window, {600, 420});
    group.drawNow();
    QVERIFY(group.isFollowing());
    const double x = a.plot()->xAxis->coordToPixel(400);
    QWheelEvent wheel(QPointF(x, 40), a.plot()->mapToGlobal(QPointF(x, 40)), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(a.plot(), &wheel);
    QVERIFY(!group.isFollowing());
    QVERIFY(a.xRange().second - a.xRange().first < 1000 * 0.9);
    QVERIFY(std::fabs(a.plot()->xAxis->coordToPixel(400) - x) < 1);
    QCOMPARE(b.xRange(), a.xRange());
    for (LinePlot* plot : {&a, &b})
      plot->append(0, at(5000), 1); // no longer followed
    group.drawNow();
    QVERIFY(a.xRange().second < 1100);
    QTest::mouseDClick(a.plot(), Qt::LeftButton, {}, {200, 40});
    group.drawNow();
    QVERIFY(b.xRange().second >= 5000);
    a.setParent(nullptr);
    b.setParent(nullptr);
  }

  void draggingPansAndShiftDraggingZoomsIntoTheBrush() {
    LinePlot plot(QStringLiteral("Loss"));
    plot.addSeries({QStringLiteral("v"), SeriesStyle::Line, 0, {}});
    for (int i = 0; i <= 1000; ++i)
      plot.append(0, at(i), i);
    test::settle(plot, {600, 220});
    plot.drawNow();
    const auto drag = [&](double from, double to, Qt::KeyboardModifiers keys) {
      const QPoint a(int(plot.plot()->xAxis->coordToPixel(from)), 60), b(int(plot.plot()->xAxis->coordToPixel(to)), 60);
      QTest::mousePress(plot.plot(), Qt::LeftButton, keys, a);
      QTest::mouseMove(plot.plot(), b);
      QTest::mouseRelease(plot.plot(), Qt::LeftButton, keys, b);
      plot.drawNow();
    };
    drag(300, 600, Qt::ShiftModifier);
    QVERIFY2(std::fabs(plot.xRange().first - 300) < 4 && std::fabs(plot.xRange().second - 600) < 4,
             qPrintable(QStringLiteral("%1 … %2").arg(plot.xRange().first).arg(plot.xRange().second)));
    drag(400, 350, Qt::NoModifier);
    QVERIFY(std::fabs(plot.xRange().first - 350) < 4);
  }

  void theCrosshairShowsTheValuesOfAllChartsAtThatStep() {
    LinePlot loss(QStringLiteral("Loss")), speed(QStringLiteral("Throughput"));
    loss.addSeries({QStringLiteral("loss"), SeriesStyle::Line, 0, {}});
    speed.addSeries({QStringLiteral("speed"), SeriesStyle::Line, 2, [](double v) { return QStringLiteral("%1 tok/s").arg(v); }});
    for (int i = 1; i <= 100; ++i) {
      loss.append(0, at(i), 1.0 / i);
      speed.append(0, at(i), 1000 + i);
    }
    QCOMPARE(loss.valuesAt(50.3), QStringList{QStringLiteral("loss 0.020")});
    QCOMPARE(speed.valuesAt(50.3), QStringList{QStringLiteral("speed 1050 tok/s")});
    QCOMPARE(loss.xAt(50.3)->tokens, 50 * 8192.0);
  }

  void xAxisSwitchesBetweenStepTokensAndTime() {
    LinePlot plot(QStringLiteral("Loss"));
    plot.addSeries({QStringLiteral("v"), SeriesStyle::Line, 0, {}});
    for (int i = 0; i <= 100; ++i)
      plot.append(0, at(i), i);
    test::settle(plot, {600, 220});
    for (const auto& [axis, end] : {std::pair{XAxis::Step, 100.0}, std::pair{XAxis::Tokens, 819200.0}, std::pair{XAxis::Time, 46.0}}) {
      plot.setXAxis(axis);
      plot.drawNow();
      QCOMPARE(plot.xRange().second, end);
    }
    plot.setXEnd(at(200));
    plot.drawNow();
    QCOMPARE(plot.xRange().second, 92.0);
  }

  void exportsHoldThePoints() {
    QTemporaryDir folder;
    LinePlot plot(QStringLiteral("Loss"));
    plot.addSeries({QStringLiteral("train"), SeriesStyle::RawAndSmooth, 0, {}});
    plot.addSeries({QStringLiteral("eval"), SeriesStyle::Points, 1, {}});
    for (int i = 1; i <= 3; ++i)
      plot.append(0, at(i), i * 0.5);
    plot.append(1, at(2), 7.25);
    test::settle(plot, {400, 200});
    QCOMPARE(plot.toCsv(), QStringLiteral("step,tokens,seconds,\"train\",\"eval\"\n1,8192,0.46,0.5,\n2,16384,0.92,1,7.25\n3,24576,1.38,1.5,\n"));
    for (const char* name : {"a.png", "a.svg", "a.csv"}) {
      const QString path = folder.filePath(QLatin1String(name));
      QVERIFY2(plot.exportTo(path), name);
      QVERIFY(QFile(path).size() > 60);
    }
    QFile svg(folder.filePath(QStringLiteral("a.svg")));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    const QByteArray drawing = svg.readAll();
    QVERIFY2(drawing.count("<polyline") + drawing.count("<path") >= 2, drawing.left(2000).constData());
    QVERIFY(plot.summaryText().contains(QStringLiteral("7.25")));
    const std::unique_ptr<QWidget> table(plot.makeTable(nullptr));
    QVERIFY(table);
  }

  void whereTheRunEndsHasALabelAndItsNeighbourGivesWay() {
    LinePlot plot(QStringLiteral("Loss"));
    plot.addSeries({QStringLiteral("v"), SeriesStyle::Line, 0, {}});
    for (int i = 0; i <= 100; ++i)
      plot.append(0, at(i), i);
    test::settle(plot, {600, 220});
    for (const auto& [end, label] : {std::pair{1200.0, QStringLiteral("1\u202F200")}, std::pair{1128.0, QStringLiteral("1\u202F128")}, std::pair{1010.0, QStringLiteral("1\u202F010")}}) {
      plot.setXEnd(at(end));
      plot.drawNow();
      QCOMPARE(plot.plot()->xAxis->tickVectorLabels().last(), label);
      const QVector<double> ticks = plot.plot()->xAxis->tickVector();
      QVERIFY(ticks.last() - ticks[ticks.size() - 2] > 0.6 * (ticks[1] - ticks[0]));
      const double labelEnds = plot.plot()->xAxis->coordToPixel(end) + QFontMetrics(plot.plot()->xAxis->tickLabelFont()).horizontalAdvance(label) / 2.0;
      QVERIFY2(labelEnds < plot.plot()->width(), "QCustomPlot leaves out labels that do not fit");
    }
  }

  void theLegendHidesASeriesAndTheScaleForgetsIt() {
    LinePlot plot(QStringLiteral("Loss"));
    plot.addSeries({QStringLiteral("train"), SeriesStyle::Line, 0, {}});
    plot.addSeries({QStringLiteral("eval"), SeriesStyle::Points, 1, {}});
    for (int i = 0; i <= 100; ++i)
      plot.append(0, at(i), 1);
    plot.append(1, at(50), 9);
    plot.showLegend();
    test::settle(plot, {600, 220});
    plot.drawNow();
    QVERIFY(plot.yRange().second > 9);
    auto* entry = plot.legend()->entry(1);
    QVERIFY(entry && entry->text() == QStringLiteral("eval"));
    QTest::mouseClick(entry, Qt::LeftButton);
    QVERIFY(!plot.isSeriesVisible(1));
    plot.drawNow();
    QVERIFY(plot.yRange().second < 2);
    QCOMPARE(plot.valuesAt(50).size(), 1);
    QVERIFY(plot.toCsv().contains(QStringLiteral("eval"))); // files have everything
    entry->setFocus();
    QTest::keyClick(entry, Qt::Key_Space);
    QVERIFY(plot.isSeriesVisible(1));
    QCOMPARE(controlsWithoutName(plot), QStringList());
  }

  void twoLinesInGreyAreStillTwo() {
    const auto inked = [](int series) { // pixels of one of two lines, each at its own height
      LinePlot plot(QStringLiteral("Loss"));
      for (int k = 0; k < 2; ++k) {
        plot.addSeries({QStringLiteral("run"), SeriesStyle::Line, k, {}});
        for (int i = 0; i <= 100; ++i)
          plot.append(k, at(i), k);
      }
      test::settle(plot, {600, 220});
      plot.drawNow();
      plot.plot()->replot(QCustomPlot::rpImmediateRefresh);
      const QImage image = plot.plot()->grab().toImage();
      const QRect area = plot.plot()->axisRect()->rect();
      const int y = qRound(plot.plot()->yAxis->coordToPixel(series));
      int columns = 0;
      for (int x = area.left() + 2; x < area.right() - 2; ++x) {
        bool any = false;
        for (int dy = -1; dy <= 1; ++dy)
          any = any || contrastRatio(image.pixelColor(x, y + dy), Style::theme().raised) > 2;
        columns += any;
      }
      return double(columns) / (area.width() - 4);
    };
    const double solid = inked(0), dashed = inked(1);
    QVERIFY2(solid > 0.97, qPrintable(QString::number(solid)));
    QVERIFY2(dashed > 0.5 && dashed < 0.9, qPrintable(QString::number(dashed)));
  }

  void whoHearsTheChartGetsItsValuesAndATable() {
    LinePlot plot(QStringLiteral("Loss"));
    plot.addSeries({QStringLiteral("train"), SeriesStyle::Line, 0, {}});
    for (int i = 1; i <= 5000; ++i)
      plot.append(0, at(i), i);
    test::settle(plot, {600, 220});
    plot.plot()->setFocus();
    QVERIFY2(plot.plot()->accessibleDescription().contains(QStringLiteral("last 5000")), qPrintable(plot.plot()->accessibleDescription()));
    QTest::keyClick(plot.plot(), Qt::Key_T);
    QTableWidget* table = nullptr;
    for (QWidget* window : QApplication::topLevelWidgets())
      if (auto* found = window->findChild<QTableWidget*>())
        table = found;
    QVERIFY(table && table->rowCount() > 1000 && table->rowCount() <= 2000);
    QCOMPARE(table->item(0, 1)->text(), QStringLiteral("1.000"));
    table->window()->close();
  }

  void aTableOfAMillionPointsIsMadeWithinAFrameOrTwo() {
    LinePlot plot(QStringLiteral("Loss"));
    plot.addSeries({QStringLiteral("train"), SeriesStyle::Line, 0, {}});
    for (int i = 0; i < 1000000; ++i)
      plot.append(0, at(i), i);
    const double before = threadCpuMs();
    const std::unique_ptr<QWidget> table(plot.makeTable(nullptr));
    const double spent = threadCpuMs() - before;
    QVERIFY2(spent < 50, qPrintable(QStringLiteral("%1 ms").arg(spent)));
    QVERIFY(qobject_cast<QTableWidget*>(table.get())->rowCount() > 1000);
  }

  void logarithmicScaleSurvivesZeros() {
    LinePlot plot(QStringLiteral("Loss"));
    plot.addSeries({QStringLiteral("v"), SeriesStyle::Line, 0, {}});
    for (int i = 0; i <= 100; ++i)
      plot.append(0, at(i), i == 50 ? 0.0 : std::pow(10.0, -i / 25.0));
    plot.setLogY(true);
    test::settle(plot, {400, 200});
    plot.drawNow();
    QVERIFY(plot.yRange().first > 0);
    QVERIFY(plot.yRange().second >= 1);
  }

  void smoothingIsTheBiasCorrectedExponentialMean() {
    LinePlot plot(QStringLiteral("Loss"));
    plot.setSmoothing(0.5);
    plot.addSeries({QStringLiteral("v"), SeriesStyle::RawAndSmooth, 0, [](double v) { return QString::number(v, 'f', 4); }});
    plot.append(0, at(1), 4);
    plot.append(0, at(2), 1);
    // weights 1/4 and 1/2 over 3/4
    QCOMPARE(plot.valuesAt(2), QStringList{QStringLiteral("v 2.0000 (raw 1.0000)")});
  }

  void pictureOfARun_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void pictureOfARun() {
    QFETCH(bool, dark);
    m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    QWidget window;
    window.setObjectName(QStringLiteral("charts"));
    auto* grid = new QGridLayout(&window);
    grid->setSpacing(12);
    ChartGroup group;
    auto* loss = new LinePlot(QStringLiteral("Loss"), &window);
    auto* speed = new LinePlot(QStringLiteral("Throughput"), &window);
    auto* memory = new LinePlot(QStringLiteral("Memory"), &window);
    auto* norm = new LinePlot(QStringLiteral("Gradient norm"), &window);
    auto* rate = new LinePlot(QStringLiteral("Learning rate"), &window);
    grid->addWidget(loss, 0, 0, 1, 2);
    grid->addWidget(speed, 1, 0);
    grid->addWidget(memory, 1, 1);
    grid->addWidget(norm, 2, 0);
    grid->addWidget(rate, 2, 1);
    grid->setRowStretch(0, 3);
    grid->setRowStretch(1, 2);
    grid->setRowStretch(2, 2);
    for (LinePlot* plot : {loss, speed, memory, norm, rate})
      group.add(plot);
    loss->addSeries({QStringLiteral("loss"), SeriesStyle::RawAndSmooth, 0, {}});
    loss->addSeries({QStringLiteral("eval"), SeriesStyle::Points, 1, {}});
    speed->addSeries({QStringLiteral("speed"), SeriesStyle::Line, 2, {}});
    speed->setYFromZero(true);
    norm->addSeries({QStringLiteral("grad"), SeriesStyle::Line, 3, {}});
    rate->addSeries({QStringLiteral("lr"), SeriesStyle::Line, 5, {}});
    rate->addSeries({QStringLiteral("predicted"), SeriesStyle::Dashed, 0, {}});
    memory->setStack({MemoryCategory::Weights, MemoryCategory::Adapters, MemoryCategory::Optimizer, MemoryCategory::Stash, MemoryCategory::Workspace});
    std::mt19937 random(11);
    std::normal_distribution<double> noise(0, 1);
    for (int i = 1; i <= 864; ++i) {
      const double y = 1.0 + 1.9 * std::exp(-i / 300.0);
      loss->append(0, at(i), i == 696 ? 2.6 : y + noise(random) * 0.07);
      speed->append(0, at(i), 17600 + noise(random) * 120);
      norm->append(0, at(i), 0.4 + 0.7 * std::exp(-i / 400.0) + noise(random) * 0.05);
      rate->append(0, at(i), i < 60 ? 2e-4 * i / 60 : 1e-4 * (1 + std::cos(M_PI * (i - 60) / 1140)));
      memory->appendStack(at(i), {15.0, 0.3, 0.3, i < 10 ? i * 2.2 : 22.9, 2.4});
      if (i % 144 == 0)
        loss->append(1, at(i), y - 0.05);
    }
    std::vector<std::pair<XValue, double>> ahead;
    for (int i = 864; i <= 1200; ++i)
      ahead.push_back({at(i), 1e-4 * (1 + std::cos(M_PI * (i - 60) / 1140))});
    rate->setPoints(1, ahead);
    group.setXEnd(at(1200));
    group.setMarks({{at(288), QStringLiteral("saved")}, {at(576), QStringLiteral("saved · eval")}, {at(790), QStringLiteral("lr → 1e-4")}});
    loss->setSummary(QStringLiteral("train 1.042   eval 1.21 (best, step 720)"));
    speed->setSummary(QStringLiteral("17.6k tok/s"));
    test::settle(window, {1000, 700});
    group.drawNow();
    const QPointF pointer(loss->plot()->xAxis->coordToPixel(600), 60);
    QMouseEvent move(QEvent::MouseMove, pointer, loss->plot()->mapToGlobal(pointer), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QCoreApplication::sendEvent(loss->plot(), &move);
    QTest::qWait(30);
    QCOMPARE(test::clippedTexts(window), QStringList());
    const QImage image = memory->plot()->toPixmap().toImage();
    QVERIFY(pixelsLike(image, memory->plot()->axisRect()->rect(), style::mix(Style::theme().raised, Style::theme().memoryColor(MemoryCategory::Stash), 0.85), 12) > 2000);
    test::screenshot(window, dark ? QStringLiteral("charts_dark") : QStringLiteral("charts_light"));
  }

 public:
  TestCharts() : m_style(new Style(*qApp)) { m_style->setParent(this); }

 private:
  Style* m_style;
};

QTEST_MAIN(TestCharts)
#include "tst_charts.moc"
