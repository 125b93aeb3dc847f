// SPDX-License-Identifier: Apache-2.0
#include "core/api/train_spec.h"

#include <QtTest/QtTest>

#include <algorithm>

using namespace lathe;
using namespace lathe::api;

namespace {

Json minimal() { return parseJson(R"({"model":{"path":"m"},"data":{"train":[{"path":"d.jsonl"}]}})"); }

bool mentions(const ParsedSpec& parsed, const std::string& path, const std::string& words) {
  return std::any_of(parsed.problems.begin(), parsed.problems.end(),
                     [&](const Problem& p) { return p.path == path && p.message.find(words) != std::string::npos; });
}

} // namespace

class TestTrainSpec : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void aMinimalSpecificationIsCompletedWithDefaults() {
    const ParsedSpec parsed = parseTrainSpec(minimal());
    QVERIFY2(parsed.ok(), describeProblems(parsed.problems).c_str());
    QCOMPARE(parsed.spec.method.r, int64_t{16});
    QCOMPARE(parsed.spec.training.learningRate, 2e-4);
    QCOMPARE(parsed.spec.training.maxGradNorm.value(), 1.0);
  }

  void tableDefaultsEqualStructDefaults() {
    const Json standard = trainSpecToJson(TrainSpec{});
    for (const TrainOption& option : trainOptions()) {
      const Json* at = &standard;
      std::string path = option.path;
      for (size_t dot; at && (dot = path.find('.')) != std::string::npos; path = path.substr(dot + 1))
        at = find(*at, path.substr(0, dot));
      at = at ? find(*at, path) : nullptr;
      QVERIFY2(at, option.path);
      QVERIFY2(*at == parseJson(option.standard), (std::string(option.path) + ": " + at->dump()).c_str());
    }
  }

  void writingAndReadingGivesTheSameSpecification() {
    Json document = minimal();
    for (const char* setting : {"method.r=8", "method.target_modules=[\"q_proj\",\"v_proj\"]", "training.sequences_per_step=\"all\"", "training.steps=5",
                                "training.max_grad_norm=null", "method.rank_pattern={\"q_proj\":4}", "data.order=sequential", "data.long_rows=split", "data.packing_strategy=in_order", "probes.prompts=[\"Who?\",\"a,b\"]", "probes.max_tokens=8"})
      applySetting(document, setting);
    const ParsedSpec first = parseTrainSpec(document);
    QVERIFY2(first.ok(), describeProblems(first.problems).c_str());
    const Json text = trainSpecToJson(first.spec);
    const ParsedSpec second = parseTrainSpec(text);
    QVERIFY2(second.ok(), describeProblems(second.problems).c_str());
    QVERIFY(trainSpecToJson(second.spec) == text);
    QCOMPARE(second.spec.training.sequencesPerStep, int64_t{0});
    QVERIFY(!second.spec.training.maxGradNorm);
    QCOMPARE(second.spec.probes.prompts.size(), size_t{2});
    QCOMPARE(second.spec.data.longRows, std::string("split"));
    QCOMPARE(second.spec.data.packingStrategy, std::string("in_order"));
    QCOMPARE(second.spec.probes.maxTokens, int64_t{8});
  }

  void theParityExampleOfTheCommandLinePageIsAccepted() {
    const ParsedSpec parsed = parseTrainSpec(parseJson(R"({"model": {"path": "x", "dtype": "float32"},
      "method": {"type": "lora", "r": 4, "alpha": 8, "dropout": 0.0, "use_dora": false, "use_rslora": false, "target_modules": "all-linear", "init_from": "a"},
      "data": {"train": [{"path": "g.safetensors", "format": "tokens"}], "order": "sequential", "packing": true, "max_seq_len": 4096},
      "training": {"steps": 5, "sequences_per_step": "all", "learning_rate": 1e-3, "schedule": "constant", "warmup_steps": 0, "weight_decay": 0.01,
      "optimizer": "adamw", "betas": [0.9, 0.999], "eps": 1e-8, "max_grad_norm": null, "deterministic": true, "seed": 1}})"));
    QVERIFY2(parsed.ok(), describeProblems(parsed.problems).c_str());
    QCOMPARE(parsed.spec.data.train[0].format, std::string("tokens"));
  }

  void probePromptsAreCheckedOneByOne() {
    Json document = minimal();
    document["probes"] = {{"prompts", {"fine", "  ", 7}}, {"max_tokens", 0}};
    const ParsedSpec parsed = parseTrainSpec(document);
    QVERIFY(mentions(parsed, "probes.prompts", "Probe prompt 2 is empty"));
    QVERIFY(mentions(parsed, "probes.prompts", "texts only"));
    QVERIFY(mentions(parsed, "probes.max_tokens", "between 1 and 4096"));
    document["probes"] = {{"prompts", std::vector<std::string>(33, "again")}};
    QVERIFY(mentions(parseTrainSpec(document), "probes.prompts", "33 probe prompts and at most 32"));
  }

  void everyProblemIsReportedAtOnce() {
    const ParsedSpec parsed = parseTrainSpec(parseJson(R"({"model":{"pth":"m"},"method":{"r":0,"type":"lora2"},"training":{"learning_rate":"high","lerning_rate":1,
      "betas":[0.9]},"learning_rate":1,"data":{"train":[42],"packing":false}})"));
    QVERIFY(!parsed.ok());
    QVERIFY(mentions(parsed, "model.pth", "model.path"));
    QVERIFY(mentions(parsed, "method.r", "between 1 and 1024"));
    QVERIFY(mentions(parsed, "method.type", "\"full\""));
    QVERIFY(mentions(parsed, "training.learning_rate", "a number"));
    QVERIFY(mentions(parsed, "training.lerning_rate", "training.learning_rate"));
    QVERIFY(mentions(parsed, "learning_rate", "training.learning_rate"));
    QVERIFY(mentions(parsed, "training.betas", "two numbers"));
    QVERIFY(mentions(parsed, "data.train", "dataset entry"));
    QVERIFY(mentions(parsed, "data.packing", "always packs"));
  }

  void optionsThatExcludeEachOtherAreNamed() {
    Json document = minimal();
    applySetting(document, "model.config=c.json");
    applySetting(document, "model.init=random");
    applySetting(document, "data.validation.fraction=0.1");
    applySetting(document, "data.validation.count=5");
    const ParsedSpec parsed = parseTrainSpec(document);
    QVERIFY(mentions(parsed, "model.path", "exclude each other"));
    QVERIFY(mentions(parsed, "method.type", "full"));
    QVERIFY(mentions(parsed, "data.validation", "Choose one"));
  }

  void aValueThatIsNoJsonIsTakenAsText() {
    Json document = minimal();
    applySetting(document, "model.path=/some where/model");
    QCOMPARE(document["model"]["path"].get<std::string>(), std::string("/some where/model"));
    QVERIFY_EXCEPTION_THROWN(applySetting(document, "nonsense"), Exception);
  }

  void hostileDocumentsAreRefusedWithoutACrash() {
    for (const char* text : {"[]", "null", "42", "\"x\"", R"({"model":[]})", R"({"training":{"betas":{}}})", R"({"method":{"rank_pattern":{"q":-1}}})",
                             R"({"training":{"steps":1e30}})", R"({"training":{"seed":-5}})", R"({"data":{"train":{}}})"})
      QVERIFY2(!parseTrainSpec(parseJson(text)).ok(), text);
  }
};

QTEST_GUILESS_MAIN(TestTrainSpec)
#include "tst_train_spec.moc"
