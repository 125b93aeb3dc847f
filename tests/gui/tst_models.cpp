// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/api/train_spec.h"
#include "tests/gui/fake_state.h"
#include "ui/models/chats_model.h"
#include "ui/models/engine_texts.h"
#include "ui/models/models_model.h"
#include "ui/models/run_events_model.h"
#include "ui/models/runs_model.h"
#include "ui/runs/runs_page.h"
#include "ui/widgets/banner.h"

#include <QAbstractItemModelTester>
#include <QTest>
#include <QTranslator>

using namespace lathe;
using namespace lathe::ui;

namespace {
std::vector<api::RunSummary> demoRuns() {
  std::vector<api::RunSummary> out;
  for (const auto& [id, run] : fake::demoState().runs)
    out.push_back(run.summary);
  return out;
}

struct MarkingTranslator : QTranslator {
  QString translate(const char* context, const char* source, const char*, int) const override {
    return qstrcmp(context, "Engine") == 0 ? QStringLiteral("» ") + QString::fromUtf8(source) : QString();
  }
  bool isEmpty() const override { return false; }
};
} // namespace

class TestModels : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void runsModelKeepsItsPromisesWhileRunsComeChangeAndGo() {
    RunsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    auto runs = demoRuns();
    model.setRuns(runs);
    QCOMPARE(model.rowCount(), static_cast<int>(runs.size()));
    auto changed = runs[2];
    changed.name = "other";
    changed.spark.clear();
    model.update(changed);
    QCOMPARE(model.index(2, RunsModel::Name).data().toString(), QStringLiteral("other"));
    QVERIFY(!model.index(2, RunsModel::Name).data(RunsModel::SparkRole).value<QVector<double>>().isEmpty());
    changed.deleted = true;
    model.update(changed);
    QCOMPARE(model.rowCount(), static_cast<int>(runs.size()) - 1);
    model.setRuns({runs[0]});
    QCOMPARE(model.rowCount(), 1);
    model.setRuns({});
    QCOMPARE(model.rowCount(), 0);
  }
  void runsSortByNumberNotByText() {
    RunsModel model;
    auto runs = demoRuns();
    runs.resize(3);
    runs[0].tokensPerS = 900;
    runs[1].tokensPerS = 15900;
    runs[2].tokensPerS = 3150;
    model.setRuns(runs);
    RunsFilter filter;
    QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
    filter.setSourceModel(&model);
    filter.setSortRole(RunsModel::SortRole);
    filter.sort(RunsModel::Speed, Qt::AscendingOrder);
    QList<double> speeds;
    for (int row = 0; row < filter.rowCount(); ++row)
      speeds << filter.index(row, RunsModel::Speed).data(RunsModel::SortRole).toDouble();
    QCOMPARE(speeds, (QList<double>{900, 3150, 15900}));
  }
  void theFilterWantsEveryWord() {
    RunsModel model;
    model.setRuns(demoRuns());
    RunsFilter filter;
    filter.setSourceModel(&model);
    filter.setWords(QStringLiteral("tone r32"));
    QCOMPARE(filter.rowCount(), 1);
    filter.setWords(QStringLiteral("no such run"));
    QCOMPARE(filter.rowCount(), 0);
    filter.setWords({});
    QCOMPARE(filter.rowCount(), model.rowCount());
  }
  void aLossThatIsNotANumberIsNeverTheBest() {
    RunsModel model;
    auto runs = demoRuns();
    runs.resize(2);
    runs[0].loss = api::kNaN;
    runs[1].loss = 2;
    model.setRuns(runs);
    QVERIFY(model.index(0, RunsModel::Loss).data(RunsModel::SortRole).toDouble() > model.index(1, RunsModel::Loss).data(RunsModel::SortRole).toDouble());
  }
  void adaptersStandBehindTheirBase() {
    ModelsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setModels(fake::demoState().models);
    QCOMPARE(model.index(0).data().toString(), QStringLiteral("SmolLM2-135M-Instruct"));
    QCOMPARE(model.index(1).data(ModelsModel::KindRole).toString(), QStringLiteral("adapter"));
    QCOMPARE(model.index(2).data().toString(), QStringLiteral("lathe-tiny"));
  }
  void chatsAreOrderedByTheirLastChangeAndGoOneByOne() {
    ChatsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setChats({{1, "a", 10, 1, 0, false}, {2, "b", 30, 1, 0, false}, {3, "c", 20, 1, 0, true}});
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0).data().toString(), QStringLiteral("b"));
    model.remove(2);
    QCOMPARE(model.index(0).data().toString(), QStringLiteral("a"));
  }
  void eventsAreToldByTheirDataAndOthersInTheEnginesWords() {
    const auto text = [](const char* type, const char* words, const Json& data, int64_t step = 20) { return eventText({1, step, type, words, data}); };
    QCOMPARE(text("state", "paused", {{"state", "paused"}}), runStateName(api::RunState::Paused));
    QCOMPARE(text("state", "The engine ended.", {{"state", "interrupted"}}), QStringLiteral("The engine ended.")); // a reason is more than the state
    QCOMPARE(text("saved", "Checkpoint of step 20.", {{"path", "/runs/a/checkpoints/20"}}), QStringLiteral("Checkpoint saved."));
    QCOMPARE(text("saved", "The result is in /runs/a/adapter.", {{"path", "/runs/a/adapter"}, {"result", true}}), QStringLiteral("The result is saved."));
    QCOMPARE(text("saved", "Step 20 is saved already.", Json()), QStringLiteral("Step 20 is saved already."));
    QCOMPARE(text("evaluated", "Validation loss 1.2500 over 10 tokens.", {{"eval_loss", 1.25}}), QStringLiteral("Validation loss 1.250."));
    QCOMPARE(text("warning", "The disk is nearly full.", Json::object()), QStringLiteral("The disk is nearly full."));
    RunEventsModel model;
    model.setEvents({{1, 0, "state", "running", {{"state", "running"}}}, {2, 1, "saved", "x", {{"path", "/a"}}}});
    QCOMPARE(model.index(0).data().toString(), QStringLiteral("Step 1: Checkpoint saved."));
    QCOMPARE(model.index(1).data().toString(), runStateName(api::RunState::Running)); // before the first step there is none to name
  }

  void newEventsComeOnTopWithoutAReset() {
    RunEventsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::vector<api::RunEvent> events = {{1, 10, "saved", "Saved.", {}}};
    model.setEvents(events);
    int resets = 0;
    connect(&model, &QAbstractItemModel::modelReset, this, [&] { ++resets; });
    events.push_back({2, 20, "saved", "Saved again.", {}});
    model.setEvents(events);
    QCOMPARE(resets, 0);
    QCOMPARE(model.index(0).data(RunEventsModel::StepRole).toInt(), 20);
    model.setEvents({});
    QCOMPARE(model.rowCount(), 0);
  }

  /// With a language that marks what it was asked for: every problem of these specifications is known, and its values stand in it.
  void problemsOfASpecificationCanBeTranslated() {
    MarkingTranslator marking;
    const Json specs = parseJson(R"([{}, {"model": 3, "methd": {}}, {"model": {"path": "m", "config": "c"}, "data": {"train": [{"path": ""}]}, "method": {"r": -1, "type": "lora2", "use_dora": true}},
      {"model": {"path": "m"}, "data": {"train": ["a"], "validation": {"fraction": 0.1, "count": 5}}, "method": {"type": "full", "init_from": "x"}, "training": {"device": "tpu", "recompute": "some", "learning_rate": 0.5}},
      {"model": {"config": "c", "quantization": {"method": "nf4"}}, "data": {"train": ["a"], "max_seq_len": 4096}, "training": {"tokens_per_microbatch": 1024, "epochs": "many"}, "probes": {"prompts": [""]}}])");
    QCoreApplication::installTranslator(&marking);
    int seen = 0;
    for (const Json& spec : specs)
      for (const auto& problem : api::parseTrainSpec(spec).problems) {
        const QString text = engineText(problem.message);
        QVERIFY2(text.startsWith(QStringLiteral("» ")), problem.message.c_str());
        QCOMPARE(text.mid(2).toStdString(), problem.message);
        ++seen;
      }
    QCOMPARE(engineText("Something that nobody knows."), QStringLiteral("Something that nobody knows."));
    QCoreApplication::removeTranslator(&marking);
    QVERIFY2(seen >= 15, qPrintable(QString::number(seen)));
  }
};

QTEST_MAIN(TestModels)
#include "tst_models.moc"
