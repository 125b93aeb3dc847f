// SPDX-License-Identifier: Apache-2.0
// Rates of transformers' get_{constant,linear,cosine}_schedule_with_warmup(total 10, warm-up 3), read from the library.
#include "core/train/schedule.h"

#include <QTest>

#include <cmath>

using namespace lathe;

class TestSchedule : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void warmsUpAndDecaysAsTransformersDoes_data();
  void warmsUpAndDecaysAsTransformersDoes();
  void warmupRatioIsRoundedUp();
};

void TestSchedule::warmsUpAndDecaysAsTransformersDoes_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QList<double>>("factors");
  const double third = 1.0 / 3.0, two = 2.0 / 3.0;
  QTest::newRow("constant") << "constant" << QList<double>{0, third, two, 1, 1, 1, 1, 1, 1, 1};
  QTest::newRow("linear") << "linear" << QList<double>{0, third, two, 1, 6 / 7.0, 5 / 7.0, 4 / 7.0, 3 / 7.0, 2 / 7.0, 1 / 7.0};
  QTest::newRow("cosine") << "cosine"
                          << QList<double>{0, third, two, 1, 0.9504844339512095, 0.8117449009293668, 0.6112604669781572, 0.3887395330218429,
                                           0.1882550990706332, 0.04951556604879043};
}

void TestSchedule::warmsUpAndDecaysAsTransformersDoes() {
  QFETCH(QString, name);
  QFETCH(QList<double>, factors);
  api::TrainSpec::Training training;
  training.schedule = name.toStdString();
  training.learningRate = 2e-4;
  training.warmupSteps = 3;
  const train::Schedule schedule = train::scheduleFor(training, 10);
  for (int step = 0; step < 10; ++step)
    QVERIFY2(std::abs(schedule.rateAt(step) - 2e-4 * factors[step]) < 1e-16,
             qPrintable(QString("step %1: expected %2, got %3").arg(step).arg(2e-4 * factors[step]).arg(schedule.rateAt(step))));
}

void TestSchedule::warmupRatioIsRoundedUp() {
  api::TrainSpec::Training training;
  training.warmupRatio = 0.03;
  QCOMPARE(train::scheduleFor(training, 100).warmupSteps, int64_t(3));
  QCOMPARE(train::scheduleFor(training, 101).warmupSteps, int64_t(4));
  training.warmupSteps = 7;
  QCOMPARE(train::scheduleFor(training, 101).warmupSteps, int64_t(7));
}

QTEST_APPLESS_MAIN(TestSchedule)
#include "tst_schedule.moc"
