// SPDX-License-Identifier: Apache-2.0
// `lathe bench` with a data set: what it measures is what a run would train on.
#include "core/base/files.h"
#include "core/worker/bench.h"

#include <QTemporaryDir>
#include <QTest>

using namespace lathe;

namespace {

worker::BenchOptions packedOptions(const char* what) {
  worker::BenchOptions out;
  out.what = what;
  out.shape = "1m";
  out.device = "cpu";
  out.data = {LATHE_SOURCE_DIR "/resources/datasets/pirate-voice.jsonl"};
  out.tokenizer = LATHE_SOURCE_DIR "/resources/models/spark";
  out.tokensPerStep = 256;
  out.batches = 3;
  out.repeats = 1;
  return out;
}

} // namespace

class TestBench : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void packingCountsRealTokensOnly();
  void superviseAllSupervisesEveryTokenButTheLast();
  void batchesGoOnOverEpochs();
  void severalFilesAreOneDataSet();
  void trainingOverADataSetGivesBothFigures();
  void attentionAloneGivesBothFigures();
  void dataWithoutTokenizerIsRefused();
};

void TestBench::packingCountsRealTokensOnly() {
  const Json out = worker::runBench(packedOptions("packing"));
  const double tokens = out["tokens"].get<double>();
  QVERIFY2(tokens > 0 && tokens <= 3 * 256, qPrintable(QString::number(tokens)));
  QCOMPARE(out["batches"].get<int>(), 3);
  QVERIFY(out["batch_tokens"]["max"].get<int>() <= 256);
  QCOMPARE(out["packing_efficiency"].get<double>(), tokens / (3 * 256));
  QVERIFY(out["supervised_share"].get<double>() > 0.1 && out["supervised_share"].get<double>() < 0.9);
  QVERIFY(out["attention_shapes"].get<int>() >= 1 && out["attention_shapes"].get<int>() <= 3);
  QVERIFY(out["attention_padding"].get<double>() >= 1);
}

void TestBench::superviseAllSupervisesEveryTokenButTheLast() {
  worker::BenchOptions options = packedOptions("packing");
  options.supervise = "all";
  const Json out = worker::runBench(options);
  const double rows = out["batch_sequences"]["mean"].get<double>() * 3;
  QCOMPARE(out["supervised_tokens"].get<double>(), out["tokens"].get<double>() - rows);
}

void TestBench::batchesGoOnOverEpochs() {
  worker::BenchOptions options = packedOptions("packing");
  options.tokensPerStep = 1 << 20; // the whole data set is one batch
  const Json one = worker::runBench(options);
  QCOMPARE(one["batches"].get<int>(), 3);
  QCOMPARE(one["batch_sequences"]["min"].get<int>(), one["rows"].get<int>());
  QCOMPARE(one["batch_tokens"]["min"].get<int>(), one["batch_tokens"]["max"].get<int>());
}

void TestBench::severalFilesAreOneDataSet() {
  worker::BenchOptions options = packedOptions("packing");
  const int one = worker::runBench(options)["rows"].get<int>();
  options.data.push_back(LATHE_SOURCE_DIR "/resources/datasets/strict-json.jsonl");
  const Json two = worker::runBench(options);
  QCOMPARE(two["rows"].get<int>(), one + 400);
  QCOMPARE(two["data"].size(), size_t{2});
}

void TestBench::trainingOverADataSetGivesBothFigures() {
  worker::BenchOptions options = packedOptions("train"); // a vocabulary of 1,024 under a tokenizer of 4,096
  options.passes = 3;
  std::vector<std::string> told;
  options.progress = [&](const std::string& what) { told.push_back(what); };
  const Json out = worker::runBench(options);
  QCOMPARE(out["passes"].get<int>(), 3);
  std::erase_if(told, [](const std::string& what) { return what.starts_with("  "); }); // on the way, where a pass takes seconds
  QCOMPARE(told.size(), size_t{5});                                                     // data, dense, three passes
  QVERIFY(out["tokens_per_s"].get<double>() > 0);
  QVERIFY(out["dense_tokens_per_s"].get<double>() > 0);
  QCOMPARE(out["share_of_dense"].get<double>(), out["tokens_per_s"].get<double>() / out["dense_tokens_per_s"].get<double>());
  QCOMPARE(out["dense_sequences"].get<int>() * out["dense_length"].get<int>(), 256);
  QCOMPARE(out["tokens"].get<double>(), worker::runBench(packedOptions("packing"))["tokens"].get<double>());
  QCOMPARE(out["attention_plans"]["built"].get<int>(), 0); // plans are the GPU's
}

void TestBench::attentionAloneGivesBothFigures() {
  const Json out = worker::runBench(packedOptions("attention"));
  QVERIFY(out["ms_per_batch"].get<double>() > 0);
  QVERIFY(out["dense_ms_per_batch"].get<double>() > 0);
  QVERIFY(out["first_pass_s"].get<double>() > 0);
}

void TestBench::dataWithoutTokenizerIsRefused() {
  worker::BenchOptions options = packedOptions("packing");
  options.tokenizer.clear();
  try {
    worker::runBench(options);
    QFAIL("a data set without a tokenizer was taken");
  } catch (const Exception& error) {
    QCOMPARE(error.error().kind, ErrorKind::Usage);
  }
}

QTEST_GUILESS_MAIN(TestBench)
#include "tst_bench.moc"
