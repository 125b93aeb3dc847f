// SPDX-License-Identifier: Apache-2.0
// Models in the engine: what was made from what, try-outs of tokenizer and template, and work that takes a while.
#include "core/base/files.h"
#include "core/data/open_tokenizer.h"
#include "core/engine/model_merge.h"
#include "core/engine/model_trials.h"
#include "core/engine/model_work.h"
#include "core/engine/models.h"
#include "core/io/gguf.h"

#include <QtTest>

#include <filesystem>
#include <latch>

using namespace lathe;
using namespace lathe::engine;
namespace fs = std::filesystem;

namespace {

const std::string kEmberModel = std::string(LATHE_TEST_DATA) + "/ember";

api::ModelSummary summaryOf(const char* path, const char* name, const char* kind, const char* base) {
  api::ModelSummary m;
  m.path = path;
  m.name = name;
  m.kind = kind;
  m.base = base;
  return m;
}

ModelWork::Progress quietProgress(std::stop_token stop = {}) {
  return {[](const std::string&, double) {}, [](Json) {}, stop};
}

std::string stateOf(const ModelWork& work, int64_t number) { return work.state(number).state; }

} // namespace

class TestEngineModels : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  std::string at(const std::string& name) const { return m_folder.path().toStdString() + "/" + name; }

private Q_SLOTS:
  void basesAreFoundByPathByNameAndByTheirLastPart() {
    std::vector<api::ModelSummary> models = {summaryOf("/cache/models--org--seven/snapshots/1", "org/seven", "base", ""),
                                             summaryOf("/models/small", "small", "base", ""),
                                             summaryOf("/models/twin", "twin", "base", ""),
                                             summaryOf("/other/twin", "twin", "base", ""),
                                             summaryOf("/a/1", "1", "adapter", "org/seven"),
                                             summaryOf("/a/2", "2", "adapter", "/elsewhere/small/"),
                                             summaryOf("/a/3", "3", "adapter", "/models/small"),
                                             summaryOf("/a/4", "4", "adapter", "someone/twin"),
                                             summaryOf("/a/5", "5", "adapter", "gone/model"),
                                             summaryOf("/m/q.gguf", "q.gguf", "base", "org/seven"),
                                             summaryOf("/m/self", "self", "base", "self")};
    resolveBases(models);
    QCOMPARE(models[4].base, models[0].path);
    QCOMPARE(models[5].base, models[1].path);
    QCOMPARE(models[6].base, models[1].path);
    QCOMPARE(models[7].base, std::string("someone/twin")); // two of that name: nobody knows which
    QVERIFY(!models[7].supported);
    QVERIFY(!models[8].supported && models[8].problems.at(0).find("gone/model") != std::string::npos);
    QCOMPARE(models[9].base, models[0].path);
    QCOMPARE(models[10].base, std::string("self")); // never its own base
    QVERIFY(models[10].supported);
  }

  void aMissingFolderIsDescribedAsSuch() {
    const api::ModelSummary gone = describeModel(at("gone"));
    QVERIFY(gone.missing && !gone.supported && gone.problems.size() == 1);
    const api::ModelSummary ember = describeModel(kEmberModel);
    QVERIFY(!ember.missing && ember.supported && ember.parameters > 0);
  }

  void tokensAreThoseOfTheTokenizerAndChipsAreTheirBytes() {
    ModelTrials trials;
    const std::string text = "Hello, wörld! 你好 🦊";
    const api::TokenizerTrial trial = trials.tokenize(kEmberModel, text, false);
    const std::vector<int32_t> ids = data::openTokenizer(kEmberModel)->encode(text, false);
    QCOMPARE(trial.tokens, static_cast<int64_t>(ids.size()));
    QCOMPARE(trial.bytes, static_cast<int64_t>(text.size()));
    std::string joined;
    for (size_t i = 0; i < ids.size(); ++i) {
      QCOMPARE(trial.chips[i].id, static_cast<int64_t>(ids[i]));
      joined += trial.chips[i].text;
    }
    QVERIFY2(joined.find("Hello") == 0, joined.c_str());
    QVERIFY2(joined.find("\xEF\xBF\xBD") == std::string::npos, joined.c_str()); // parts of a character as ⟨E4 BD⟩, never as a broken one
    const auto large = capture([&] { return trials.tokenize(kEmberModel, std::string(2 << 20, 'a'), false); });
    QVERIFY(!large.ok() && large.error().code == "REJ:TEXT_SIZE");
    const auto none = capture([&] { return trials.tokenize(at("gone"), "a", false); });
    QVERIFY(!none.ok());
  }

  void theTemplateIsRenderedAndItsRefusalsAreAnswers() {
    fs::copy(kEmberModel, at("model"), fs::copy_options::recursive);
    writeFileAtomic(at("model/chat_template.jinja"), "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('No tools here.') }}{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}");
    ModelTrials trials;
    const Json messages = Json::array({{{"role", "user"}, {"content", "Hi"}}});
    const api::TemplateTrial one = trials.render(at("model"), messages, true);
    QCOMPARE(one.text, std::string("[user]Hi[assistant]"));
    QCOMPARE(one.source, std::string("from the model"));
    QVERIFY(one.tokens > 0 && one.errorKind.empty());
    QCOMPARE(trials.render(at("model"), messages, false).text, std::string("[user]Hi"));
    const api::TemplateTrial refused = trials.render(at("model"), Json::array({{{"role", "tool"}, {"content", "x"}}}), true);
    QCOMPARE(refused.errorKind, std::string("raised"));
    QCOMPARE(refused.error, std::string("No tools here."));
    QTest::qWait(20);
    writeFileAtomic(at("model/chat_template.jinja"), "{{ messages[0].content"); // replaced while it was open
    const api::TemplateTrial broken = trials.render(at("model"), messages, true);
    QCOMPARE(broken.errorKind, std::string("syntax"));
    QCOMPARE(modelText(at("model"), "template").text, std::string("{{ messages[0].content"));
    QVERIFY(!capture([&] { return modelText(at("model"), "licence"); }).ok());
    writeFileAtomic(at("model/LICENSE"), "Free.");
    QCOMPARE(modelText(at("model"), "licence").text, std::string("Free."));
    QCOMPARE(modelText(at("model"), "licence").file, std::string("LICENSE"));
  }

  void workIsFollowedAndStopped() {
    ModelWork work;
    std::latch go(1);
    const int64_t quick = work.begin([&](const ModelWork::Progress& progress) {
      progress.tell("half", 0.5);
      progress.show({{"so", "far"}});
      go.wait();
      return Json{{"answer", 42}};
    });
    QTRY_COMPARE(work.state(quick).share, 0.5);
    QCOMPARE(work.state(quick).result, (Json{{"so", "far"}}));
    QVERIFY(work.isBusy());
    go.count_down();
    QTRY_COMPARE(stateOf(work, quick), std::string("done"));
    QCOMPARE(work.state(quick).result, (Json{{"answer", 42}}));
    const int64_t failing = work.begin([](const ModelWork::Progress&) -> Json { throw Exception(ErrorKind::Io, "The disk is full."); });
    QTRY_COMPARE(stateOf(work, failing), std::string("failed"));
    QCOMPARE(work.state(failing).error, std::string("The disk is full."));
    const auto wait = [](const ModelWork::Progress& progress) -> Json {
      while (!progress.stop.stop_requested())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      throw Exception(ErrorKind::Cancelled, "Stopped.");
    };
    std::vector<int64_t> running;
    for (int i = 0; i < 4; ++i)
      running.push_back(work.begin(wait));
    const auto fifth = capture([&] { return work.begin(wait); });
    QVERIFY(!fifth.ok() && fifth.error().kind == ErrorKind::Conflict);
    work.stop(running[0]);
    QTRY_COMPARE(stateOf(work, running[0]), std::string("stopped"));
    QVERIFY(capture([&] { return work.begin(wait); }).ok());
    work.end(); // stops the others and waits for them
    QVERIFY(!work.isBusy());
    QVERIFY(!capture([&] { return work.state(running[1]); }).ok());
  }

  void aConversionIsWhatTheCommandWritesAndNothingIsOverwritten() {
    const std::string out = at("new/ember-q8_0.gguf");
    const Json result = convertModel({kEmberModel, "", "gguf", "q8_0", out}, quietProgress());
    QCOMPARE(result["out"], Json(out));
    QVERIFY(io::GgufFile::open(out)->header().findTensor("token_embd.weight"));
    const auto again = capture([&] { return convertModel({kEmberModel, "", "gguf", "q8_0", out}, quietProgress()); });
    QVERIFY(!again.ok() && again.error().kind == ErrorKind::Conflict);
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = capture([&] { return convertModel({kEmberModel, "", "safetensors", "f16", at("stopped")}, quietProgress(stop.get_token())); });
    QVERIFY(!stopped.ok());
    QVERIFY(!fileExists(at("stopped")));
    for (const auto& entry : fs::directory_iterator(m_folder.path().toStdString()))
      QVERIFY2(entry.path().filename().string().find("tmp") == std::string::npos, entry.path().c_str());
    for (const ConvertRequest& wrong : {ConvertRequest{kEmberModel, "", "zip", "q8_0", at("x")}, ConvertRequest{kEmberModel, "", "gguf", "q3", at("x")}, ConvertRequest{kEmberModel, "", "safetensors", "q8_0", at("x")}})
      QVERIFY(!capture([&] { return convertModel(wrong, quietProgress()); }).ok());
  }

  /// A program in the place of lathe-worker; $5 is the adapter, $7 what to make.
  std::string program(const char* name, const std::string& lines) const {
    writeFileAtomic(at(name), "#!/bin/sh\n" + lines + "\n", 0755);
    return at(name);
  }

  void aMergeIsAProcessWhoseFailureIsSaidAndWhichCanBeStopped() {
    const auto request = [&](const std::string& worker) { return MergeRequest{"/base", "/adapter", at("merges/out"), worker, m_folder.path().toStdString()}; };
    fs::create_directories(at("merges/.tmp-merge-old")); // somebody else's
    const std::string failing = program("failing", "echo working; echo 'lathe: REJ:ADAPTER_SHAPE: The adapter was made for another model.' >&2; exit 3");
    const auto failed = capture([&] { return mergeModel(request(failing), quietProgress()); });
    QVERIFY(!failed.ok());
    QCOMPARE(failed.error().message, std::string("The adapter was made for another model."));
    const std::string slow = program("slow", "mkdir \"$(dirname \"$7\")/.tmp-merge-new\"; exec sleep 60");
    std::stop_source stop;
    std::jthread later([&] {
      while (!fs::exists(at("merges/.tmp-merge-new")))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      stop.request_stop();
    });
    QElapsedTimer timer;
    timer.start();
    const auto stopped = capture([&] { return mergeModel(request(slow), quietProgress(stop.get_token())); });
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(!stopped.ok() && stopped.error().kind == ErrorKind::Cancelled);
    QVERIFY(!fs::exists(at("merges/.tmp-merge-new")) && fs::exists(at("merges/.tmp-merge-old")));
    const std::string good = program("good", "test \"$1 $2 $3 $4 $5\" = 'merge --model /base --adapter /adapter' && mkdir \"$7\"");
    QCOMPARE(mergeModel(request(good), quietProgress())["out"], Json(at("merges/out")));
    QVERIFY(fs::is_directory(at("merges/out")));
    const auto again = capture([&] { return mergeModel(request(good), quietProgress()); });
    QVERIFY(!again.ok() && again.error().kind == ErrorKind::Conflict);
    for (const auto& entry : fs::directory_iterator(m_folder.path().toStdString()))
      QVERIFY2(entry.path().extension() != ".log", entry.path().c_str());
  }

  void statisticsOfATensorComeWithItsName() {
    const api::TensorStatistics s = tensorStatistics(kEmberModel, "model.norm.weight", quietProgress());
    QCOMPARE(s.name, std::string("model.norm.weight"));
    QVERIFY(s.values > 0 && s.min <= s.mean && s.mean <= s.max && !s.bins.empty());
    QVERIFY(!capture([&] { return tensorStatistics(kEmberModel, "no.such", quietProgress()); }).ok());
  }
};

QTEST_GUILESS_MAIN(TestEngineModels)
#include "tst_model_services.moc"
