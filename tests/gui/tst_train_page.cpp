// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/support_gui.h"
#include "ui/shell/language.h"
#include "ui/shell/watchdog.h"
#include "ui/style/style.h"
#include "ui/train/option_texts.h"
#include "ui/train/schedule.h"
#include "ui/train/train_page.h"
#include "ui/widgets/number_field.h"
#include "ui/widgets/path_field.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QTest>

#include <set>

using namespace lathe;
using namespace lathe::ui;
using fake::Bench;
using fake::Window;

namespace {

TrainPage* trainPage(Window& window) { return static_cast<TrainPage*>(window.window.page(QStringLiteral("train"))); }

fake::State quietState() {
  fake::State state = fake::demoState();
  for (auto& [id, run] : state.runs)
    if (run.summary.state == api::RunState::Running)
      run.summary.state = api::RunState::Stopped;
  return state;
}

void chooseData(Window& window) { trainPage(window)->setup()->document()->setAll({{"data.train", Json::array({{{"path", "/data/support.jsonl"}}})}}); }

} // namespace

class TestTrainPage : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void everyOptionTextCanBeTranslated() {
    QFile file(QStringLiteral(LATHE_SOURCE_DIR "/core/api/train_options.cpp"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray source = file.readAll();
    for (const auto& option : api::trainOptions())
      for (const char* text : {option.title, option.help, option.effect, option.unit}) {
        const QByteArray literal = QByteArray(text).replace('"', "\\\"");
        QVERIFY2(*text == 0 || source.contains("LATHE_TEXT(\"TrainOption\", \"" + literal + "\")"), text);
      }
    Language language;
    language.set(QStringLiteral("zh_CN"));
    QVERIFY(optionText("Rank") != QStringLiteral("Rank")); // the marks lead to the translations
  }

  void everyOptionSaysInOneLineWhatItIsAndWhatItChanges() {
    for (const auto& option : api::trainOptions())
      for (const char* text : {option.title, option.help, option.effect})
        QVERIFY2(*text != 0 && !QByteArray(text).contains('\n'), option.path);
    Bench bench(quietState());
    Window window(bench);
    for (auto* field : window.window.findChildren<OptionField*>())
      QVERIFY2(field->matches(QString::fromUtf8(field->option().effect)), field->option().path);
  }

  void anOptionNeedsOneDescriptionToAppearInTheForm() {
    using enum api::OptionType;
    const api::TrainOption options[] = {
        {"training.label_smoothing", Number, "Label smoothing", "Share of every other token in the target.", "Memory and speed stay.", "0.0", 0, 1, {}, false, false, ""},
        {"training.curriculum", Choice, "Curriculum", "What comes first.", "Speed stays.", "\"short\"", 0, 0, {"short", "long", "mixed", "random"}, false, false, ""},
        {"training.ema", Flag, "Average weights", "Keeps a running mean.", "One copy more.", "false", 0, 0, {}, false, false, ""}};
    const Json values[] = {0.25, "mixed", true};
    for (size_t i = 0; i < std::size(options); ++i) {
      std::unique_ptr<OptionField> field(OptionField::make(options[i], nullptr, nullptr));
      QVERIFY2(!OptionField::isFixed(options[i]), options[i].path);
      QCOMPARE(field->label(), QString::fromUtf8(options[i].title));
      QVERIFY(field->matches(QString::fromUtf8(options[i].path)));
      QVERIFY(field->matches(QString::fromUtf8(options[i].effect)));
      field->setValue(values[i]);
      QCOMPARE(dumpJson(field->value()), dumpJson(values[i]));
      QCOMPARE(controlsWithoutName(*field), QStringList());
    }
  }

  void aRunOnAGpuHasChartsOfItsUtilisationAndPower() {
    Bench bench(fake::demoState());
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.session.runsLoaded());
    trainPage(window)->showRun(QStringLiteral("20261122-143055-support-tone-r32"));
    QTRY_VERIFY(trainPage(window)->runView()->history()->complete());
    auto* load = window.find<LinePlot>("chart_load");
    auto* power = window.find<LinePlot>("chart_power");
    QVERIFY(load->isHidden() && power->isHidden());
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::cpuMachine(300)));
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::gpuMachine(300)));
    bench.engine.emitEvent("telemetry", "", fake::telemetryOf(fake::gpuMachine(300.5)));
    QTRY_COMPARE(load->points(0).size(), size_t(2));
    QVERIFY(load->isVisible() && power->isVisible());
    QCOMPARE(load->points(0).xValue(1).step, 864.0); // where the run is
    QVERIFY(power->points(0).y(1) > 500);
    const LinePlot* loss = trainPage(window)->runView()->charts()->loss();
    QTRY_VERIFY(loss->geometry().right() == load->geometry().right());
    trainPage(window)->showRun(QStringLiteral("20261122-140211-support-tone"));
    QTRY_VERIFY(load->isHidden());
  }

  void preparingSaysWhatItDoesAndCanBeCancelled() {
    fake::State state = quietState();
    const std::string id = "20261122-160000-fresh";
    state.runs[id] = fake::makeRun(id, "fresh", api::RunState::Preparing, 0, 100);
    Bench bench(state);
    bench.engine.setRowsPerSecond(0);
    bench.engine.listen();
    Window window(bench);
    auto* page = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    QTRY_VERIFY(window.session.runsLoaded());
    page->showRun(QString::fromStdString(id));
    auto* view = window.find<QWidget>("preparing");
    QTRY_VERIFY(view->isVisible());
    bench.engine.emitEvent("progress", id, {{"what", "Tokenizing"}, {"share", 0.43}});
    auto* stage = window.find<QLabel>("preparing_stage");
    QTRY_COMPARE(stage->text(), QStringLiteral("2 of 3 · Tokenizing"));
    QVERIFY(window.find<QLabel>("preparing_left")->text().contains(QStringLiteral("43")));
    QTest::qWait(1100);
    bench.engine.emitEvent("progress", id, {{"what", "Tokenizing"}, {"share", 0.9}});
    QTRY_VERIFY(window.find<QLabel>("preparing_left")->text().contains(QStringLiteral("left")));
    bench.engine.emitEvent("progress", "another run", {{"what", "Loading the model"}, {"share", 0.1}});
    QTest::qWait(50);
    QCOMPARE(stage->text(), QStringLiteral("2 of 3 · Tokenizing"));
    QCOMPARE(controlsWithoutName(*view), QStringList());
    window.click("preparing_cancel");
    QTRY_COMPARE(bench.engine.state().runs[id].summary.state, api::RunState::Stopped);
    QTRY_VERIFY(!view->isVisible());
  }

  void everyOptionOfTheTableIsInTheForm() {
    Bench bench(quietState());
    Window window(bench);
    for (const auto& option : api::trainOptions()) {
      const bool expected = !OptionField::isFixed(option) && std::string_view(option.path) != "name";
      const auto* block = window.find<OptionField>((std::string("block_") + option.path).c_str());
      QVERIFY2((block != nullptr) == expected, option.path);
    }
  }

  void simpleShowsAtMostEightFields() {
    Bench bench(quietState());
    Window window(bench);
    auto* form = window.window.findChild<TrainForm*>();
    form->setShowAll(false);
    QVERIFY2(form->visibleFields() <= 8 && form->visibleFields() > 4, qPrintable(QString::number(form->visibleFields())));
    form->setShowAll(true);
    QVERIFY(form->visibleFields() > 20);
  }

  void theSearchFindsAFieldThatSimpleHides() {
    Bench bench(quietState());
    Window window(bench);
    window.find<QLineEdit>("option_search")->setText(QStringLiteral("weight decay"));
    QVERIFY(window.find<QWidget>("block_training.weight_decay")->isVisible());
    QVERIFY(!window.find<QWidget>("block_model.path")->isVisible());
  }

  void aValueSurvivesTheWayThroughItsField() {
    Bench bench(quietState());
    Window window(bench);
    const std::vector<std::pair<std::string, Json>> values = {
        {"method.r", 64},          {"method.alpha", 12.5},  {"method.target_modules", {"q_proj", "v_proj"}},
        {"method.use_rslora", true}, {"data.train_on", "all"}, {"training.steps", 500},
        {"training.max_grad_norm", nullptr}, {"training.sequences_per_step", "all"}, {"method.rank_pattern", {{"q_proj", 8}}},
        {"training.betas", {0.9, 0.95}}, {"training.learning_rate", 3e-4}, {"model.dtype", "float32"}};
    for (const auto& [path, value] : values) {
      auto* field = window.find<OptionField>(("block_" + path).c_str());
      QVERIFY2(field, path.c_str());
      field->setValue(value);
      QVERIFY2(field->value() == value, (path + ": " + dumpJson(field->value())).c_str());
    }
  }

  void startIsDisabledWithTheReasonUntilTheRunCanStart() {
    Bench bench(quietState());
    Window window(bench);
    auto* start = window.find<QWidget>("start");
    QVERIFY(!start->isEnabled());
    bench.engine.listen();
    QTRY_COMPARE(window.find<QLabel>("start_reason")->text(), QStringLiteral("Choose the training data first."));
    chooseData(window);
    QTRY_VERIFY(start->isEnabled());
    trainPage(window)->setup()->document()->set("method.r", 0);
    QTRY_VERIFY(!start->isEnabled());
    QVERIFY(!window.find<QLabel>("start_reason")->text().isEmpty());
  }

  void aStoppedRunIsTalkedToThroughItsLastCheckpoint() {
    const std::string id = "20261122-143055-support-tone-r32", saved = "/runs/" + id + "/checkpoints/864";
    fake::State state = quietState();
    state.runs[id].events.push_back({1795358000, 800, "saved", "Checkpoint of step 800.", {{"path", "/runs/older"}}});
    state.runs[id].events.push_back({1795358100, 864, "saved", "Checkpoint of step 864.", {{"path", saved}}});
    Bench bench(state);
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.session.runsLoaded());
    trainPage(window)->showRun(QStringLiteral("20261121-172209-high-rate")); // it failed before anything was saved
    QTRY_VERIFY(trainPage(window)->runView()->history()->complete());
    QVERIFY(!window.find<QWidget>("run_chat")->isVisible());
    trainPage(window)->showRun(QString::fromStdString(id));
    QTRY_VERIFY(window.find<QWidget>("run_chat")->isVisible());
    window.click("run_chat");
    QTRY_COMPARE(bench.engine.calls("chats/create"), 1);
    const Json panes = bench.engine.lastParams("chats/create")["panes"];
    QCOMPARE(stringOr(panes[0], "adapter_path", ""), std::string());
    QCOMPARE(stringOr(panes[1], "adapter_path", ""), saved);
    QTRY_VERIFY(window.find<QComboBox>("pane_model_1"));
    QTRY_COMPARE(window.find<QComboBox>("pane_model_1")->currentText(), QStringLiteral("support-tone r32, step 864"));
  }

  void theTemplatesNameIsInThePersonsLanguage() {
    Bench bench(quietState());
    bench.engine.listen();
    Window window(bench);
    chooseData(window);
    auto* preview = window.find<QWidget>("token_preview");
    const auto says = [&](const char* text) {
      const QStringList texts = ui::test::visibleTexts(*preview);
      return texts.join(QLatin1Char(' ')).contains(QString::fromUtf8(text));
    };
    QTRY_VERIFY(says("Template: from the model."));
    window.language.set(QStringLiteral("zh_CN"));
    QTRY_VERIFY(says("来自模型"));
    QVERIFY(!says("from the model"));
  }

  void theMemoryAnatomyFollowsAChange() {
    Bench bench(quietState());
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.find<QLabel>("plan_total")->text() != QStringLiteral("–"));
    const QString before = window.find<QLabel>("plan_total")->text();
    trainPage(window)->setup()->document()->set("training.tokens_per_microbatch", 65536);
    QTRY_VERIFY(window.find<QLabel>("plan_total")->text() != before);
  }

  void answersToAnOlderDocumentAreDropped() {
    Bench bench(quietState());
    bench.engine.setAnswerDelay(api::method::kPlan, 120);
    bench.engine.listen();
    Window window(bench);
    auto* setup = trainPage(window)->setup();
    QTRY_VERIFY(window.find<QLabel>("plan_total")->text() != QStringLiteral("–"));
    QTRY_VERIFY(setup->requests()->isSettled());
    QList<int64_t> totals;
    connect(setup->requests(), &SetupRequests::planned, this, [&](const api::MemoryPlan& plan) { totals << plan.total; });
    for (int64_t tokens : {1024, 2048, 4096, 16384}) {
      setup->document()->set("training.tokens_per_microbatch", tokens);
      QTest::qWait(70);
    }
    QTRY_VERIFY(setup->requests()->isSettled());
    QCOMPARE(totals.last(), fake::planFor(setup->document()->json()).total);
    QVERIFY(totals.size() <= 2);
  }

  void aRecipeFillsTheForm() {
    Bench bench(quietState());
    bench.engine.listen();
    Window window(bench);
    window.click("recipe_scarce");
    QCOMPARE(window.find<OptionField>("block_method.r")->value(), Json(8));
    QCOMPARE(trainPage(window)->setup()->document()->text("training.recompute"), std::string("all"));
    QVERIFY(window.find<QAbstractButton>("recipe_scarce")->isChecked());
    QVERIFY(!window.find<QAbstractButton>("recipe_plenty")->isChecked());
  }

  void whatARecipeOrAnotherRunOverwritesComesBackWithUndo() {
    Bench bench(quietState());
    bench.engine.listen();
    Window window(bench);
    auto* document = trainPage(window)->setup()->document();
    QTest::keyClicks(window.find<QLineEdit>("run_name"), QStringLiteral("Mine"));
    document->set("method.r", 24);
    const Json before = document->json();
    auto* undo = trainPage(window)->setup()->findChild<UndoBar*>();
    for (int way = 0; way < 2; ++way) {
      if (way == 0)
        window.click("recipe_scarce");
      else
        Q_EMIT window.session.specRequested({{"name", "another"}, {"method", {{"r", 4}}}});
      QVERIFY(document->json() != before);
      QTRY_VERIFY(undo->isVisible());
      QTest::mouseClick(undo->undoButton(), Qt::LeftButton);
      QVERIFY(document->json() == before);
      QCOMPARE(window.find<OptionField>("block_method.r")->value(), Json(24));
      QVERIFY(!undo->isVisible());
    }
  }

  void theFormIsAsItWasWhenTheWindowOpensAgain() {
    Bench bench(quietState());
    bench.engine.listen();
    Json before;
    {
      Window window(bench);
      QTest::keyClicks(window.find<QLineEdit>("run_name"), QStringLiteral("Half done"));
      trainPage(window)->setup()->document()->set("method.r", 12);
      QTRY_VERIFY(trainPage(window)->setup()->document()->isSet("model.path")); // the first model is chosen as soon as the list is here
      before = trainPage(window)->setup()->document()->json();
      QTRY_COMPARE(window.settings.value(QStringLiteral("train/draft")).toString().toStdString(), dumpJson(before));
    }
    Window again(bench);
    QVERIFY(trainPage(again)->setup()->document()->json() == before);
    QCOMPARE(again.find<QLineEdit>("run_name")->text(), QStringLiteral("Half done"));
    QCOMPARE(again.find<OptionField>("block_method.r")->value(), Json(12));
  }

  void firstRowsAreShownAsTokensOneByOne() {
    Bench bench(quietState());
    bench.engine.listen();
    Window window(bench);
    chooseData(window);
    auto* preview = window.window.findChild<TokenPreview*>();
    QTRY_COMPARE(preview->chips()->tokenModel()->rowCount(), 26);
    const qint64 first = preview->chips()->tokenModel()->tokens().front().id;
    window.click("next_row");
    QVERIFY(preview->chips()->tokenModel()->tokens().front().id != first);
  }

  void theCommandLineIsCopiedAndItsFileHoldsTheForm() {
    Bench bench(quietState());
    bench.engine.listen();
    Window window(bench);
    chooseData(window);
    QTRY_VERIFY(window.find<QLabel>("plan_total")->text() != QStringLiteral("–"));
    QTest::keyClicks(window.find<QLineEdit>("run_name"), QStringLiteral("Support tone"));
    QApplication::clipboard()->clear();
    window.click("copy_command");
    QTRY_VERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("lathe train ")));
    const Json saved = parseJsonFile(bench.path("specs/support-tone.json"));
    QVERIFY(saved == trainPage(window)->setup()->document()->json());
  }

  void launchFillStartAndTheRunMoves() {
    Bench bench(quietState());
    bench.engine.setRowsPerSecond(200);
    bench.engine.listen();
    Window window(bench);
    chooseData(window);
    QTRY_VERIFY(window.find<QWidget>("start")->isEnabled());
    window.click("start");
    QTRY_VERIFY(window.find<QWidget>("train_run")->isVisible());
    auto* run = trainPage(window)->runView();
    QTRY_VERIFY(run->history()->rows().size() > 30);
    QVERIFY(run->charts()->loss()->points(0).size() > 30);
    window.click("run_pause");
    QTRY_COMPARE(run->history()->summary().state, api::RunState::Paused);
    const size_t paused = run->history()->rows().size();
    QTest::qWait(150);
    QCOMPARE(run->history()->rows().size(), paused);
    window.click("run_pause");
    QTRY_VERIFY(run->history()->rows().size() > paused + 10);
    window.click("run_save");
    QTRY_VERIFY(run->history()->events().size() >= 4);
    window.prompts.answer(QStringLiteral("yes"));
    window.click("run_stop");
    QTRY_COMPARE(run->history()->summary().state, api::RunState::Stopped);
    QVERIFY(window.find<QWidget>("run_resume")->isVisible());
  }

  void anotherRunCanBePreparedWhileOneGoesOn() {
    Bench bench;
    bench.engine.setRowsPerSecond(200);
    bench.engine.listen();
    Window window(bench);
    QTRY_VERIFY(window.find<QWidget>("train_run")->isVisible());
    auto* run = trainPage(window)->runView();
    QTRY_VERIFY(run->history() && run->history()->complete() && run->history()->summary().state == api::RunState::Running);
    window.click("run_new");
    QTRY_VERIFY(window.find<QWidget>("start")->isVisible());
    const size_t rows = run->history()->rows().size();
    QTRY_VERIFY(run->history()->rows().size() > rows + 10); // the other one is not disturbed
  }

  void aWindowThatIsOpenedAgainFindsTheRunWithItsWholeHistory() {
    Bench bench;
    bench.engine.setRowsPerSecond(100);
    bench.engine.listen();
    {
      Window first(bench);
      QTRY_VERIFY(trainPage(first)->runView()->history() && trainPage(first)->runView()->history()->complete());
    }
    Window again(bench);
    QTRY_VERIFY(trainPage(again)->runView()->history() && trainPage(again)->runView()->history()->rows().size() > 864);
    const auto& rows = trainPage(again)->runView()->history()->rows();
    for (size_t i = 0; i < rows.size(); ++i)
      QCOMPARE(rows[i].step, static_cast<int64_t>(i + 1));
  }

  void whenTheEngineDiesTheRunGoesOnWithoutGapOrDuplicate() {
    Bench bench;
    bench.engine.setRowsPerSecond(100);
    bench.engine.listen();
    Window window(bench);
    auto* run = trainPage(window)->runView();
    QTRY_VERIFY(run->history() && run->history()->complete());
    bench.engine.kill();
    QTRY_COMPARE(window.status.engine(), EngineState::Lost);
    QTest::qWait(200);
    const size_t had = run->history()->rows().size();
    bench.engine.restart(true);
    QTRY_COMPARE(window.status.engine(), EngineState::Connected);
    QTRY_VERIFY(run->history()->rows().size() > had + 10);
    const auto& rows = run->history()->rows();
    for (size_t i = 0; i < rows.size(); ++i)
      QCOMPARE(rows[i].step, static_cast<int64_t>(i + 1));
    QCOMPARE(run->charts()->loss()->points(0).size(), rows.size());
  }

  void noEventTakesLongWhileAThousandRowsASecondArrive() {
    Bench bench;
    bench.engine.setRowsPerSecond(1000);
    bench.engine.change([](fake::State& state) {
      for (auto& [id, run] : state.runs)
        run.summary.totalSteps = 1'000'000;
    });
    bench.engine.listen();
    Window window(bench);
    auto* run = trainPage(window)->runView();
    QTRY_VERIFY(run->history() && run->history()->complete());
    QTest::qWait(300);
    Watchdog watchdog;
    QTest::qWait(4000);
    qInfo("longest event: %.1f ms CPU, %.1f ms wall, %zu rows", watchdog.longestCpuMs(), watchdog.longestWallMs(), run->history()->rows().size());
    QVERIFY2(watchdog.longestCpuMs() < 50, qPrintable(QStringLiteral("%1 ms of CPU time").arg(watchdog.longestCpuMs())));
    QVERIFY(run->history()->rows().size() > 2000);
  }

  void theLearningRateCurveRisesAndFallsAsTheScheduleSays() {
    SpecDocument spec;
    spec.setAll({{"training.learning_rate", 1e-3}, {"training.schedule", "cosine"}, {"training.warmup_steps", 10}});
    const auto curve = learningRateCurve(spec, 100);
    QCOMPARE(curve.front().second, 0.0);
    QVERIFY(std::abs(curve.back().second) < 1e-9);
    double highest = 0;
    for (const auto& [step, rate] : curve)
      highest = std::max(highest, rate);
    QCOMPARE(highest, 1e-3);
  }

private:
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestTrainPage)
#include "tst_train_page.moc"
