// SPDX-License-Identifier: Apache-2.0
// `lathe logits` and `lathe merge` as a person runs them, against the reference's logits.
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/io/convert.h"
#include "core/io/safetensors.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace lathe;

namespace {

std::vector<float> floats(const std::string& path, const std::string& name) {
  const auto file = io::SafetensorsFile::open(path);
  const io::TensorView* tensor = file->find(name);
  if (!tensor)
    throw Exception(ErrorKind::NotFound, path + " has no " + name);
  std::vector<std::byte> bytes(tensor->bytes);
  file->read(*tensor, bytes);
  return io::toFloat(tensor->dtype, bytes);
}

double worst(const std::vector<float>& expected, const std::vector<float>& got) {
  double out = expected.size() == got.size() ? 0 : INFINITY;
  for (size_t i = 0; i < expected.size() && i < got.size(); ++i)
    out = std::max(out, std::abs(static_cast<double>(expected[i]) - got[i]));
  return out;
}

double largest(const std::vector<float>& values) {
  double out = 0;
  for (const float value : values)
    out = std::max(out, std::abs(static_cast<double>(value)));
  return out;
}

} // namespace

class TestVerbs : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    if (!fileExists(LATHE_BUILD_BIN "/lathe-worker"))
      QSKIP("lathe-worker was not built");
  }
  void logitsEqualTheReference_data();
  void logitsEqualTheReference();
  void mergedModelAnswersAsTheAdapter_data();
  void mergedModelAnswersAsTheAdapter();
  void mergedGgufFileAnswersAsTheAdapter_data();
  void mergedGgufFileAnswersAsTheAdapter();
  void probabilitiesOfGeneratedTokensAreThoseOfTheLogits();

private:
  int run(const QStringList& arguments) {
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QString(LATHE_BUILD_BIN "/lathe-worker"), arguments);
    process.waitForFinished(60000);
    m_output = process.readAll();
    return process.exitCode();
  }
  static void addModels() {
    QTest::addColumn<QString>("model");
    for (const char* model : {"llama", "mixtral", "qwen3-moe"})
      QTest::newRow(model) << model;
  }
  QString out(const QString& name) const { return m_base.path() + "/" + name; }
  QTemporaryDir m_base;
  QByteArray m_output;
  const QString m_llama = LATHE_TEST_DATA "/tiny-models/llama";
};

void TestVerbs::logitsEqualTheReference_data() {
  QTest::addColumn<QString>("adapter");
  QTest::addColumn<QString>("prefix");
  QTest::newRow("base") << "" << "";
  QTest::newRow("lora") << "/adapter" << "lora.";
  QTest::newRow("rslora") << "/adapter_rslora" << "rslora.";
}

void TestVerbs::logitsEqualTheReference() {
  QFETCH(QString, adapter);
  QFETCH(QString, prefix);
  QStringList arguments = {"logits", "--model", m_llama, "--tokens", m_llama + "/golden.safetensors", "--out", out("logits.safetensors"), "--device", "cpu", "--hidden"};
  if (!adapter.isEmpty())
    arguments << "--adapter" << m_llama + adapter;
  QVERIFY2(run(arguments) == 0, m_output.constData());
  const std::string golden = (m_llama + "/golden.safetensors").toStdString(), got = out("logits.safetensors").toStdString();
  const auto expected = floats(golden, (prefix + "logits").toStdString());
  const double difference = worst(expected, floats(got, "logits")), allowed = 1e-4 * largest(expected);
  QVERIFY2(difference <= allowed, qPrintable(QString("worst %1, allowed %2").arg(difference).arg(allowed)));
  const double loss = worst(floats(golden, (prefix + "loss").toStdString()), floats(got, "loss"));
  QVERIFY2(loss <= 1e-5, qPrintable(QString("loss differs by %1").arg(loss)));
  QCOMPARE(floats(got, "hidden.0").size(), size_t(72 * 64));
}

void TestVerbs::mergedModelAnswersAsTheAdapter_data() { addModels(); }
void TestVerbs::mergedModelAnswersAsTheAdapter() {
  QFETCH(QString, model);
  const QString folder = LATHE_TEST_DATA "/tiny-models/" + model;
  QVERIFY2(run({"merge", "--model", folder, "--adapter", folder + "/adapter", "--out", out("merged-" + model), "--device", "cpu"}) == 0, m_output.constData());
  QVERIFY2(run({"logits", "--model", out("merged-" + model), "--tokens", folder + "/golden.safetensors", "--out", out(model + "-merged.safetensors"), "--device", "cpu"}) == 0, m_output.constData());
  const auto expected = floats((folder + "/golden.safetensors").toStdString(), "lora.logits");
  const double difference = worst(expected, floats(out(model + "-merged.safetensors").toStdString(), "logits"));
  QVERIFY2(difference <= 1e-4 * largest(expected), qPrintable(QString::number(difference)));
  QCOMPARE(run({"merge", "--model", folder, "--adapter", folder + "/adapter", "--out", out("merged-" + model), "--device", "cpu"}), 1); // nothing is overwritten
}

void TestVerbs::mergedGgufFileAnswersAsTheAdapter_data() { addModels(); }
void TestVerbs::mergedGgufFileAnswersAsTheAdapter() {
  QFETCH(QString, model);
  const QString folder = LATHE_TEST_DATA "/tiny-models/" + model;
  const QStringList merge = {"merge", "--model", folder, "--adapter", folder + "/adapter", "--to", "gguf", "--type", "f32", "--out", out(model + "-merged.gguf"), "--device", "cpu"};
  QVERIFY2(run(merge) == 0, m_output.constData());
  QVERIFY(!fileExists((out(model + "-merged.gguf") + ".merging").toStdString()));
  QVERIFY2(run({"logits", "--model", out(model + "-merged.gguf"), "--tokens", folder + "/golden.safetensors", "--out", out(model + "-gguf.safetensors"), "--device", "cpu"}) == 0, m_output.constData());
  const auto expected = floats((folder + "/golden.safetensors").toStdString(), "lora.logits");
  const double difference = worst(expected, floats(out(model + "-gguf.safetensors").toStdString(), "logits"));
  QVERIFY2(difference <= 1e-4 * largest(expected), qPrintable(QString::number(difference)));
  QCOMPARE(run(merge), 1); // nothing is overwritten
}

/// A reply's tokens with probability, entropy and alternatives, against the logits of prompt and reply read as one text.
void TestVerbs::probabilitiesOfGeneratedTokensAreThoseOfTheLogits() {
  const std::vector<int64_t> prompt = {3, 17, 42, 8, 25};
  const auto write = [&](const std::vector<int64_t>& ids, const char* name) {
    const std::vector<int64_t> bounds = {0, static_cast<int64_t>(ids.size())};
    const auto view = [](const char* tensor, const std::vector<int64_t>& values) {
      return io::TensorView{tensor, io::DType::I64, {static_cast<int64_t>(values.size())}, reinterpret_cast<const std::byte*>(values.data()), 8 * values.size(), {}, {}};
    };
    io::writeSafetensors(out(name).toStdString(), {view("input_ids", ids), view("cu_seqlens", bounds)});
  };
  write(prompt, "prompt.safetensors");
  QVERIFY2(run({"generate", "--model", m_llama, "--adapter", m_llama + "/adapter", "--tokens", out("prompt.safetensors"), "--temperature", "1.5", "--seed", "3",
                "--max-tokens", "20", "--json", "--logprobs", "4", "--device", "cpu"}) == 0, m_output.constData());
  const Json made = parseJson(m_output.toStdString());
  const auto ids = made["ids"].get<std::vector<int64_t>>();
  QVERIFY2(ids.size() >= 5, m_output.constData());
  QCOMPARE(made["alternatives"].size(), ids.size());
  auto all = prompt;
  all.insert(all.end(), ids.begin(), ids.end());
  write(all, "all.safetensors");
  QVERIFY2(run({"logits", "--model", m_llama, "--adapter", m_llama + "/adapter", "--tokens", out("all.safetensors"), "--out", out("all-logits.safetensors"), "--device", "cpu"}) == 0, m_output.constData());
  const auto logits = floats(out("all-logits.safetensors").toStdString(), "logits");
  const size_t vocab = logits.size() / all.size();
  double difference = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    const float* row = logits.data() + (prompt.size() + i - 1) * vocab;
    double sum = 0, entropy = 0;
    for (size_t v = 0; v < vocab; ++v)
      sum += std::exp(static_cast<double>(row[v]));
    for (size_t v = 0; v < vocab; ++v)
      entropy -= std::exp(row[v]) / sum * (row[v] - std::log(sum));
    const auto logprob = [&](int64_t id) { return row[id] - std::log(sum); };
    difference = std::max({difference, std::abs(logprob(ids[i]) - made["logprobs"][i].get<double>()), std::abs(entropy - made["entropies"][i].get<double>())});
    const Json& top = made["alternatives"][i];
    QCOMPARE(top.size(), size_t(4));
    const auto better = std::count_if(row, row + vocab, [&](float x) { return x - std::log(sum) > top[3]["logprob"].get<double>() + 1e-5; });
    QCOMPARE(better, 3);
    for (const Json& other : top)
      difference = std::max(difference, std::abs(logprob(other["id"]) - other["logprob"].get<double>()));
  }
  QVERIFY2(difference <= 1e-5, qPrintable(QString("worst difference %1, allowed 1e-5").arg(difference)));
}

QTEST_GUILESS_MAIN(TestVerbs)
#include "tst_verbs.moc"
