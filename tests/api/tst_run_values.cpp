// SPDX-License-Identifier: Apache-2.0
// What is told about runs: how specifications differ, alerts, tags.
#include "core/api/run_alerts.h"
#include "core/api/run_tags.h"
#include "core/api/spec_diff.h"
#include "core/api/train_spec.h"
#include "core/api/values.h"
#include "core/base/files.h"
#include "core/base/random.h"

#include <QTemporaryDir>
#include <QtTest/QtTest>

#include <cmath>
#include <functional>

using namespace lathe;
using namespace lathe::api;

namespace {

Json spec(const char* changes) {
  Json out = parseJson(R"({"name":"a","model":{"path":"/models/m"},"data":{"train":[{"path":"/data/d.jsonl"}]}})");
  out.merge_patch(parseJson(changes));
  return out;
}

const SpecField* fieldOf(const std::vector<SpecField>& fields, const std::string& path) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const SpecField& field) { return field.path == path; });
  return found == fields.end() ? nullptr : &*found;
}

std::string paths(const std::vector<SpecField>& fields) {
  std::string out;
  for (const SpecField& field : fields)
    out += (out.empty() ? "" : " ") + field.path;
  return out;
}

/// Steps 1…`steps` of a run whose loss is a function of the step, with noise of the given spread around it.
RunWatch watched(int64_t steps, const std::function<double(int64_t)>& loss, double noise = 0.05, const std::function<void(MetricRow&)>& edit = {}) {
  RunWatch watch;
  for (int64_t step = 1; step <= steps; ++step) {
    MetricRow row;
    row.step = step;
    row.loss = loss(step) + noise * (randomUniform(3, 9, static_cast<uint64_t>(step)) - 0.5);
    row.supervisedTokens = 500;
    row.lr = 1e-4;
    row.gradNorm = 0.4;
    if (edit)
      edit(row);
    watch.add(row);
  }
  return watch;
}

std::string kinds(const RunWatch& watch) {
  std::string out;
  for (const RunAlert& alert : watch.alerts())
    out += (out.empty() ? "" : " ") + std::string(enumName(alert.kind)) + (alert.over ? "(over)" : "");
  return out;
}

double falling(int64_t step) { return 0.9 + 1.8 * std::exp(-static_cast<double>(step) / 300); }

void refused(const std::function<void()>& act, const char* code) {
  try {
    act();
  } catch (const Exception& e) {
    QCOMPARE(e.error().code, std::string(code));
    return;
  }
  QFAIL("nothing was refused");
}

} // namespace

class TestRunValues : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void onlyTheSettingsThatDifferAreNamed() {
    const auto fields = differingFields({spec(R"({"method":{"r":8}})"), spec(R"({"name":"b","method":{"r":32},"training":{"learning_rate":1e-5}})"), spec(R"({"method":{"r":8}})")});
    QCOMPARE(paths(fields), std::string("method.r training.learning_rate"));
    QCOMPARE(fields[0].title, std::string("Rank"));
    QCOMPARE(fields[0].values, (std::vector<std::string>{"8", "32", "8"}));
    QCOMPARE(fields[1].values, (std::vector<std::string>{"2e-4", "1e-5", "2e-4"})); // what was not given is the default
  }

  void differentSpellingsOfOneValueAreOneValue() {
    const auto same = differingFields({spec(R"({"training":{"learning_rate":0.0002,"epochs":1},"method":{"rank_pattern":{"a":4,"b":8}}})"),
                                       spec(R"({"training":{"learning_rate":2e-4,"epochs":1.0},"method":{"rank_pattern":{"b":8,"a":4},"target_modules":"all-linear"}})")});
    QCOMPARE(paths(same), std::string());
    QVERIFY(differingFields({spec("{}"), Json::object()}).size() >= 2); // model and data
  }

  void everySettingIsListedInTheOrderOfTheForm() {
    const auto fields = compareSpecs({spec("{}"), spec(R"({"eval":{"every_steps":7}})")});
    QCOMPARE(fields.size(), trainOptions().size() - 1); // without the name
    QCOMPARE(fields.front().path, std::string("model.path"));
    std::string order;
    for (const TrainOption& option : trainOptions().subspan(1))
      order += (order.empty() ? "" : " ") + std::string(option.path);
    QCOMPARE(paths(fields), order);
    QVERIFY(fieldOf(fields, "eval.every_steps")->differs && !fields.front().differs);
  }

  void filesOfOneNameInTwoFoldersAreToldApart() {
    const auto fields = differingFields({spec(R"({"data":{"train":[{"path":"/old/d.jsonl"}]}})"), spec(R"({"data":{"train":[{"path":"/new/d.jsonl"}]}})")});
    QCOMPARE(paths(fields), std::string("data.train"));
    QVERIFY2(fields[0].values[0].find("/old/") != std::string::npos && fields[0].values[1].find("/new/") != std::string::npos, fields[0].values[0].c_str());
  }

  void settingsOfAnotherVersionAreComparedToo() {
    const auto fields = differingFields({spec(R"({"training":{"magic":1}})"), spec(R"({"training":{"magic":2}})"), spec("{}")});
    const SpecField* magic = fieldOf(fields, "training.magic");
    QVERIFY2(magic, paths(fields).c_str());
    QCOMPARE(magic->values, (std::vector<std::string>{"1", "2", "–"}));
  }

  void aRunThatGoesWellRaisesNothing() {
    QCOMPARE(kinds(watched(4000, falling, 0.3, [](MetricRow& row) { // the rate falls to nothing and the loss stands still: that is its end
               row.lr = 1e-4 * std::max(0.0, 1 - static_cast<double>(row.step) / 2000);
               if (row.step % 100 == 0)
                 row.evalLoss = 1.0 + 1.7 * std::exp(-static_cast<double>(row.step) / 320);
             })),
             std::string());
    QCOMPARE(kinds(watched(1200, [](int64_t step) { return falling(step) + (step == 700 ? 3.0 : 0.0); })), std::string()); // one bad batch is no divergence
  }

  void lossesThatAreNoNumberAreCountedInOneAlert() {
    const RunWatch watch = watched(200, falling, 0.05, [](MetricRow& row) {
      if (row.step == 57 || row.step == 58 || row.step == 90)
        row.loss = row.step == 90 ? INFINITY : NAN;
    });
    QCOMPARE(kinds(watch), std::string("non_finite(over)")); // a hundred good steps later
    QCOMPARE(watch.alerts()[0].step, int64_t{57});
    QCOMPARE(alertSentence(watch.alerts()[0]), std::string("The loss was not a number in 3 steps so far, last at step 90."));
    QCOMPARE(kinds(watched(60, falling, 0, [](MetricRow& row) { row.loss = NAN; row.supervisedTokens = 0; })), std::string()); // nothing was measured
  }

  void aLossThatRisesIsToldOnceAndEndsWhenItFallsAgain() {
    const auto bump = [](int64_t step) { return falling(step) + (step > 600 && step <= 700 ? 1.5 : 0.0); };
    const RunWatch during = watched(660, bump);
    QCOMPARE(kinds(during), std::string("divergence"));
    QVERIFY2(during.alerts()[0].step > 605 && during.alerts()[0].step < 640, std::to_string(during.alerts()[0].step).c_str());
    QCOMPARE(QString::fromStdString(kinds(watched(900, bump))), QStringLiteral("divergence(over)"));
  }

  void aLossThatStandsStillWhileTheRateIsHighIsAPlateau() {
    const auto flat = [](int64_t step) { return step < 200 ? falling(step) : falling(200); };
    const RunWatch watch = watched(1500, flat);
    QCOMPARE(kinds(watch), std::string("plateau"));
    QVERIFY2(watch.alerts()[0].step <= 1200, std::to_string(watch.alerts()[0].step).c_str());
    QCOMPARE(kinds(watched(3000, [&](int64_t step) { return step < 1600 ? flat(step) : flat(step) - 0.4; })), std::string("plateau(over)"));
  }

  void validationThatRisesWhileTrainingFallsIsOverfitting() {
    const auto evaluate = [](MetricRow& row) {
      if (row.step % 50 == 0)
        row.evalLoss = 1.2 + 0.002 * std::abs(static_cast<double>(row.step) - 400); // lowest at 400
    };
    const RunWatch watch = watched(700, [](int64_t step) { return 2 - 0.002 * static_cast<double>(step); }, 0.02, evaluate);
    QCOMPARE(kinds(watch), std::string("overfitting"));
    QCOMPARE(watch.alerts()[0].step, int64_t{550}); // the third in a row
    QCOMPARE(watch.alerts()[0].args, (std::vector<std::string>{"1.8", "1.2", "400"}));
  }

  void aGradientThatStaysZeroIsADeadAdapter() {
    const auto dead = [](MetricRow& row) { row.gradNorm = row.step < 10 || row.step > 300 ? 0.3 : 0.0; };
    const RunWatch watch = watched(60, falling, 0.02, dead);
    QCOMPARE(kinds(watch), std::string("dead_adapter"));
    QCOMPARE(watch.alerts()[0].step, int64_t{29});
    QCOMPARE(kinds(watched(310, falling, 0.02, dead)), std::string("dead_adapter(over)"));
  }

  void aRunThatChoseTheProcessorThoughThereIsAGpuSaysSo() {
    RunWatch watch = watched(5, falling);
    watch.setDevice(true, true, "");
    watch.setDevice(false, true, "NVIDIA H200"); // asked for
    watch.setDevice(true, false, "NVIDIA H200");
    QCOMPARE(kinds(watch), std::string());
    watch.setDevice(true, true, "NVIDIA H200");
    const int64_t revision = watch.revision();
    watch.setDevice(true, true, "NVIDIA H200");
    QCOMPARE(watch.revision(), revision);
    QCOMPARE(alertSentence(watch.alerts().at(0)), std::string("This run computes on the processor although there is a GPU: NVIDIA H200."));
  }

  void aWatchThatIsStoredAndReadAgainGoesOnAsIfNothingHadHappened() {
    const auto bump = [](int64_t step) { return falling(step) + (step > 600 ? 1.5 : 0.0); };
    RunWatch stored;
    for (int64_t step = 1; step <= 900; ++step) {
      MetricRow row;
      row.step = step;
      row.loss = bump(step);
      row.supervisedTokens = 500;
      row.gradNorm = 1;
      row.lr = 1e-4;
      stored.add(row);
      if (step % 37 == 0)
        stored = decode<RunWatch>(parseJson(dumpJson(encode(stored))));
    }
    const RunWatch whole = watched(900, bump, 0, [](MetricRow& row) { row.gradNorm = 1; });
    QCOMPARE(dumpJson(encode(stored)), dumpJson(encode(whole)));
    QCOMPARE(kinds(whole), std::string("divergence"));
    QVERIFY(dumpJson(encode(whole)).size() < 4096);
  }

  void theMemoryOfAWatchDoesNotGrow() {
    RunWatch watch = watched(60'000, falling, 0.05, [](MetricRow& row) {
      if (row.step % 150 < 3)
        row.loss = NAN; // an alert that ends and comes again, 400 times
    });
    QVERIFY(watch.alerts().size() <= RunWatch::kMostAlerts);
    QVERIFY2(dumpJson(encode(watch)).size() < 8192, std::to_string(dumpJson(encode(watch)).size()).c_str());
    watch.restart();
    QVERIFY(watch.alerts().empty());
  }

  void tagsAreSortedOnceAndChecked() {
    QCOMPARE(changedTags({"b"}, {" a ", "b", "c"}, {"c", "x"}), (std::vector<std::string>{"a", "b", "c"})); // what is added wins
    QCOMPARE(changedTags({"a", "b"}, {}, {"a"}), std::vector<std::string>{"b"});
    for (const char* bad : {"", "   ", "+a", "-a", "a,b", "a\nb", "\xff", "a\xE2\x80\xAE" "b", "12345678901234567890123456789012345678901"})
      refused([bad] { checkedTag(bad); }, "REJ:TAG");
    std::vector<std::string> many;
    for (int i = 0; i < 33; ++i)
      many.push_back(std::to_string(i));
    refused([&] { changedTags({}, many, {}); }, "REJ:TAG");
  }

  void tagsLieBesideTheRun() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    QVERIFY(readTags(path).empty());
    writeTags(path, {"baseline", "支持"});
    QCOMPARE(readTags(path), (std::vector<std::string>{"baseline", "支持"}));
    writeFileAtomic(path + "/tags.json", "{\"tags\": [\"ok\", 7]}");
    QVERIFY(readTags(path).empty()); // somebody else wrote it
  }
};

QTEST_GUILESS_MAIN(TestRunValues)
#include "tst_run_values.moc"
