// SPDX-License-Identifier: Apache-2.0
// The values of tensors in every form, and their statistics, against sums made the slow way.
#include "core/base/files.h"
#include "core/io/gguf_writer.h"
#include "core/io/model_folder.h"
#include "core/io/safetensors.h"
#include "core/quant/gguf_blocks.h"
#include "core/quant/model_tensors.h"
#include "core/quant/packed_weight.h"

#include <QTest>

#include <fmt/format.h>

#include <QTemporaryDir>

#include <cmath>
#include <cstring>
#include <random>

using namespace lathe;
using namespace lathe::quant;

namespace {

std::vector<float> someNumbers(size_t count, float mean, float deviation) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> out(count);
  for (float& value : out)
    value = normal(random);
  return out;
}

template <class T>
io::TensorView plainView(const std::string& name, io::DType dtype, std::vector<int64_t> shape, const std::vector<T>& values) {
  io::TensorView out;
  out.name = name;
  out.dtype = dtype;
  out.shape = std::move(shape);
  auto owner = std::make_shared<std::vector<std::byte>>(values.size() * sizeof(T));
  std::memcpy(owner->data(), values.data(), owner->size());
  out.data = owner->data();
  out.bytes = owner->size();
  out.owner = owner;
  return out;
}

api::TensorStatistics measuredAt(const std::string& path, const std::string& name) {
  const auto tensors = ModelTensors::open(path);
  std::string of;
  api::TensorStatistics out = io::measureNumbers(tensors->numbers(name, of));
  out.of = of;
  return out;
}

/// Empty when the statistics are those of these values.
std::string judge(const api::TensorStatistics& got, const std::vector<float>& values) {
  long double sum = 0, squares = 0;
  double low = INFINITY, high = -INFINITY;
  int64_t zeros = 0;
  for (const float value : values) {
    sum += value;
    zeros += value == 0;
    low = std::min<double>(low, value);
    high = std::max<double>(high, value);
  }
  const long double mean = sum / static_cast<long double>(values.size());
  for (const float value : values)
    squares += (value - mean) * (value - mean);
  const double deviation = static_cast<double>(std::sqrt(squares / static_cast<long double>(values.size())));
  int64_t inBins = got.below + got.above;
  for (const int64_t bin : got.bins)
    inBins += bin;
  if (got.values != static_cast<int64_t>(values.size()) || got.zeros != zeros || inBins != got.values)
    return fmt::format("{} values, {} zero, {} in bins; expected {}, {}", got.values, got.zeros, inBins, values.size(), zeros);
  if (got.min != low || got.max != high)
    return fmt::format("from {} to {}; expected {} to {}", got.min, got.max, low, high);
  if (std::abs(got.mean - static_cast<double>(mean)) > 1e-9 * std::max(1.0, std::abs(static_cast<double>(mean))) || std::abs(got.deviation - deviation) > 1e-9 * std::max(1.0, deviation))
    return fmt::format("mean {:.12g}, deviation {:.12g}; expected {:.12g}, {:.12g}", got.mean, got.deviation, static_cast<double>(mean), deviation);
  return {};
}

} // namespace

class TestModelTensors : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  std::string file(const char* name) const { return m_folder.filePath(QString::fromUtf8(name)).toStdString(); }

private Q_SLOTS:
  void statisticsAreThoseOfTheValues_data() {
    QTest::addColumn<float>("mean");
    QTest::addColumn<float>("deviation");
    QTest::newRow("weights") << 0.0f << 0.02f;
    QTest::newRow("norms: the mean is far from zero") << 1000.0f << 0.01f;
    QTest::newRow("large") << -3e30f << 1e29f;
  }

  void statisticsAreThoseOfTheValues() {
    QFETCH(float, mean);
    QFETCH(float, deviation);
    const std::vector<float> values = someNumbers(100'003, mean, deviation); // no multiple of anything
    io::writeSafetensors(file("one.safetensors"), {plainView("a", io::DType::F32, {100'003}, values)});
    const std::string wrong = judge(measuredAt(file("one.safetensors"), "a"), values);
    QVERIFY2(wrong.empty() || mean < -1e29f, wrong.c_str());
    if (mean < -1e29f) { // the same, in units of the mean
      const api::TensorStatistics got = measuredAt(file("one.safetensors"), "a");
      QVERIFY2(std::abs(got.mean / -3e30 - 1) < 1e-3 && std::abs(got.deviation / 1e29 - 1) < 0.02, wrong.c_str());
    }
  }

  void everyElementTypeIsReadAsNumbers() {
    const std::vector<float> values = {0, 1, -2, 3.5f, 448};
    const std::vector<uint8_t> e4m3 = {0x00, 0x38, 0xC0, 0x46, 0x7E}, e5m2 = {0x00, 0x3C, 0xC0, 0x43, 0x5F};
    io::writeSafetensors(file("types.safetensors"), {plainView("f64", io::DType::F64, {5}, std::vector<double>(values.begin(), values.end())), plainView("f16", io::DType::F16, {5}, std::vector<uint16_t>{0, 0x3C00, 0xC000, 0x4300, 0x5F00}),
                                                     plainView("bf16", io::DType::BF16, {5}, std::vector<uint16_t>{0, 0x3F80, 0xC000, 0x4060, 0x43E0}), plainView("i8", io::DType::I8, {3}, std::vector<int8_t>{-128, 0, 127}),
                                                     plainView("u8", io::DType::U8, {3}, std::vector<uint8_t>{0, 0, 255}), plainView("i32", io::DType::I32, {2}, std::vector<int32_t>{-70000, 70000}),
                                                     plainView("i64", io::DType::I64, {2}, std::vector<int64_t>{-1, 1 << 20}), plainView("f8", io::DType::F8E4M3, {5}, e4m3), plainView("g8", io::DType::F8E5M2, {5}, e5m2)});
    const std::string path = file("types.safetensors");
    for (const char* name : {"f64", "f16", "bf16", "f8"}) {
      const std::string wrong = judge(measuredAt(path, name), values);
      QVERIFY2(wrong.empty(), (std::string(name) + ": " + wrong).c_str());
    }
    QCOMPARE(judge(measuredAt(path, "g8"), {0, 1, -2, 3.5f, 448}), std::string());
    QCOMPARE(judge(measuredAt(path, "i8"), {-128, 0, 127}), std::string());
    QCOMPARE(judge(measuredAt(path, "u8"), {0, 0, 255}), std::string());
    QCOMPARE(judge(measuredAt(path, "i32"), {-70000, 70000}), std::string());
    QCOMPARE(judge(measuredAt(path, "i64"), {-1, 1 << 20}), std::string());
  }

  void nansAndInfinitiesAreCountedAndLeftOut() {
    io::writeSafetensors(file("bad.safetensors"), {plainView("a", io::DType::F32, {5}, std::vector<float>{1, NAN, INFINITY, 3, -INFINITY}), plainView("b", io::DType::F32, {2}, std::vector<float>{NAN, NAN}),
                                                   plainView("same", io::DType::F32, {4}, std::vector<float>{2, 2, 2, 2}), plainView("none", io::DType::F32, {0}, std::vector<float>{})});
    const api::TensorStatistics a = measuredAt(file("bad.safetensors"), "a");
    QCOMPARE(a.nans, int64_t(1));
    QCOMPARE(a.infinities, int64_t(2));
    QCOMPARE(a.mean, 2.0);
    QCOMPARE(a.deviation, 1.0);
    const api::TensorStatistics b = measuredAt(file("bad.safetensors"), "b");
    QVERIFY(std::isnan(b.min) && b.bins.empty() && b.nans == 2);
    const api::TensorStatistics same = measuredAt(file("bad.safetensors"), "same");
    QVERIFY(same.low < 2 && same.high > 2 && same.deviation == 0);
    QCOMPARE(measuredAt(file("bad.safetensors"), "none").values, int64_t(0));
  }

  void singleFarValuesDoNotFlattenTheHistogram() {
    std::vector<float> values = someNumbers(50'000, 0, 1);
    values[7] = 5000;
    io::writeSafetensors(file("far.safetensors"), {plainView("a", io::DType::F32, {50'000}, values)});
    const api::TensorStatistics s = measuredAt(file("far.safetensors"), "a");
    QCOMPARE(s.max, 5000.0);
    QCOMPARE(s.above, int64_t(1));
    QVERIFY2(s.high < 300, qPrintable(QString::number(s.high)));
  }

  void ggufBlocksAreUnpackedAsTheReferenceDoesIt_data() {
    QTest::addColumn<int>("type");
    for (const auto type : {io::GgufType::Q4_K, io::GgufType::Q6_K, io::GgufType::Q8_0, io::GgufType::Q4_0, io::GgufType::F16, io::GgufType::BF16, io::GgufType::F32})
      QTest::newRow(io::ggufTypeInfo(type).name) << static_cast<int>(type);
  }

  void ggufBlocksAreUnpackedAsTheReferenceDoesIt() {
    QFETCH(int, type);
    const auto kind = static_cast<io::GgufType>(type);
    constexpr int64_t kRows = 4099, kColumns = 512; // more than one piece of 1 Mi values
    const std::vector<float> values = someNumbers(kRows * kColumns, 0.01f, 0.5f);
    std::vector<std::byte> packed(blockBytes(kind, values.size()));
    quantizeBlocks(kind, values, packed);
    std::vector<float> expected(values.size());
    dequantizeBlocks(kind, packed, expected);
    io::GgufWriter writer(file("blocks.gguf"));
    writer.setText("general.architecture", "llama");
    writer.declare("blk.0.ffn_up.weight", kind, {kRows, kColumns});
    writer.write(packed);
    writer.commit();
    const std::string wrong = judge(measuredAt(file("blocks.gguf"), "blk.0.ffn_up.weight"), expected);
    QVERIFY2(wrong.empty(), wrong.c_str());
    QFile::remove(QString::fromStdString(file("blocks.gguf")));
  }

  void aPartOfAPackedMatrixGivesTheMatrix() {
    const std::string path = std::string(LATHE_SHARED_DATA) + "/tiny-models/llama-bnb-nf4";
    if (!isDirectory(path))
      QSKIP("the shared tiny models are not here");
    const auto folder = io::ModelFolder::open(path);
    const io::ModelConfig& c = folder->config();
    const auto weight = readPacked(*folder, "model.layers.0.mlp.up_proj.weight", c.intermediateSize, c.hiddenSize);
    std::vector<float> expected(static_cast<size_t>(c.intermediateSize * c.hiddenSize));
    weight->dequantizeRows(0, c.intermediateSize, expected.data());
    for (const char* part : {".weight", ".weight.absmax"}) {
      const api::TensorStatistics got = measuredAt(path, std::string("model.layers.0.mlp.up_proj") + part);
      const std::string wrong = judge(got, expected);
      QVERIFY2(wrong.empty(), (std::string(part) + ": " + wrong).c_str());
      QVERIFY2(got.of.find("model.layers.0.mlp.up_proj.weight, unpacked from NF4") != std::string::npos, got.of.c_str());
    }
    QVERIFY(measuredAt(path, "model.norm.weight").of.empty());
  }

  void memoryStaysSmallAndStopIsHeard() {
    io::NumberSource source;
    source.values = 100'000'000;
    source.granule = 384;
    size_t largest = 0, pieces = 0;
    std::stop_source stop;
    source.read = [&](uint64_t first, std::span<float> out) {
      largest = std::max(largest, out.size());
      QVERIFY(first % 384 == 0);
      if (++pieces == 3)
        stop.request_stop();
    };
    io::StatisticsOptions options;
    options.stop = stop.get_token();
    const auto result = capture([&] { return io::measureNumbers(source, options); });
    QVERIFY(!result.ok() && result.error().kind == ErrorKind::Cancelled);
    QCOMPARE(pieces, size_t(3));
    QVERIFY2(largest <= (1 << 20), qPrintable(QString::number(largest)));
  }

  void namesStandInTheOrderOfTheLayers() {
    std::vector<io::TensorView> views;
    for (const char* name : {"model.layers.10.a", "model.layers.2.a", "model.layers.2.b", "lm_head", "model.layers.002.c"})
      views.push_back(plainView(name, io::DType::F32, {1}, std::vector<float>{1}));
    io::writeSafetensors(file("order.safetensors"), views);
    std::vector<std::string> names;
    const auto tensors = ModelTensors::open(file("order.safetensors"));
    for (const auto& row : tensors->rows())
      names.push_back(row.name);
    QCOMPARE(names, (std::vector<std::string>{"lm_head", "model.layers.2.a", "model.layers.2.b", "model.layers.002.c", "model.layers.10.a"}));
    QVERIFY(!naturallyBefore("a1", "a1") && naturallyBefore("a", "a1") && naturallyBefore("a9", "a10"));
  }

  void whatHoldsNoTensorsIsRefused() {
    std::string of;
    io::writeSafetensors(file("order.safetensors"), {plainView("a", io::DType::F32, {1}, std::vector<float>{1})});
    const auto tensors = ModelTensors::open(file("order.safetensors"));
    QVERIFY(!capture([&] { return tensors->numbers("b", of).values; }).ok());
    writeFileAtomic(file("text.txt"), "hello");
    const auto text = capture([&] { return ModelTensors::open(file("text.txt")); });
    QVERIFY(!text.ok());
    QCOMPARE(text.error().code, std::string("REJ:NO_TENSORS"));
    const auto absent = capture([&] { return ModelTensors::open(file("absent")); });
    QVERIFY(!absent.ok() && absent.error().kind == ErrorKind::NotFound);
  }
};

QTEST_GUILESS_MAIN(TestModelTensors)
#include "tst_model_tensors.moc"
