// SPDX-License-Identifier: Apache-2.0
#include "core/io/gguf.h"
#include "core/io/inspect.h"
#include "core/io/model_folder.h"
#include "tests/io/gguf_bytes.h"
#include "tests/io/io_test_support.h"

#include <QTest>

#include <fmt/format.h>

#include <QTemporaryDir>

#include <unistd.h>

using namespace lathe;
using namespace lathe::io;
using namespace iotest;

namespace {

constexpr uint64_t kTera = uint64_t{1} << 40;

/// One F32 tensor "a" of two values, after `keys` keys written by `more`.
template <class More>
std::string withKeys(uint64_t keys, More more) {
  GgufBytes out;
  out.start(1, keys);
  more(out);
  return out.tensor("a", {2}, 0, 0).data(8).bytes();
}

std::string withTensors(uint64_t count, const std::function<void(GgufBytes&)>& more, size_t data) {
  GgufBytes out;
  out.start(count, 0);
  more(out);
  return out.data(data).bytes();
}

} // namespace

class TestGguf : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void hostileFileIsRefusedWithItsCode_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const std::string& bytes, const char* code, const char* mentions) { QTest::newRow(name) << QByteArray(bytes.data(), static_cast<int>(bytes.size())) << code << mentions; };
    using V = GgufValueType;
    const auto start = [](uint64_t tensors, uint64_t keys, uint32_t version = 3) { return GgufBytes().start(tensors, keys, version).bytes(); };
    const std::string padding(64, '\0');
    row("empty", "", "REJ:GGUF_SHORT", "0 bytes");
    row("23 bytes", start(0, 0).substr(0, 23), "REJ:GGUF_SHORT", "23 bytes");
    row("magic", "GGML" + start(0, 0).substr(4), "REJ:GGUF_MAGIC", "GGML");
    row("magic reversed", "FUGG" + start(0, 0).substr(4), "REJ:GGUF_BYTE_ORDER", "reverse");
    row("version 0", start(0, 0, 0), "REJ:GGUF_VERSION", "version 0");
    row("version 1", start(0, 0, 1), "REJ:GGUF_VERSION", "version 1");
    row("version 4", start(0, 0, 4), "REJ:GGUF_VERSION", "version 4");
    row("big-endian", start(0, 0, 0x03000000), "REJ:GGUF_BYTE_ORDER", "big-endian");
    row("tensors -1", start(UINT64_MAX, 0), "REJ:GGUF_COUNT", "18446744073709551615");
    row("tensors 2^63", start(uint64_t{1} << 63, 0), "REJ:GGUF_COUNT", "9223372036854775808");
    row("keys -1", start(0, UINT64_MAX), "REJ:GGUF_COUNT", "18446744073709551615");
    row("keys 65,537", start(0, 65'537), "REJ:GGUF_COUNT", "65536");
    row("counts past the end", start(1'000'000, 0), "REJ:GGUF_TRUNCATED", "24000000");
    row("key length past the end", GgufBytes().start(0, 1).put<uint64_t>(100).bytes() + "ab", "REJ:GGUF_TRUNCATED", "100 bytes");
    row("key length 2^64-1", GgufBytes().start(0, 1).put<uint64_t>(UINT64_MAX).bytes() + padding, "REJ:GGUF_STRING", "18446744073709551615");
    row("text over 16 MiB", GgufBytes().start(0, 1).text("k").put(uint32_t{8}).put<uint64_t>((16 << 20) + 1).bytes() + padding, "REJ:GGUF_STRING", "16777217");
    row("empty key", withKeys(1, [](GgufBytes& b) { b.key("", V::U8, uint8_t{1}); }), "REJ:GGUF_KEY", "empty");
    row("key with a control character", withKeys(1, [](GgufBytes& b) { b.key("a\x07", V::U8, uint8_t{1}); }), "REJ:GGUF_KEY", "U+0007");
    row("duplicate key", withKeys(2, [](GgufBytes& b) { b.key("k", V::U8, uint8_t{1}).key("k", V::U8, uint8_t{2}); }), "REJ:GGUF_DUPLICATE", "\"k\"");
    row("value type 13", withKeys(1, [](GgufBytes& b) { b.text("k").put(uint32_t{13}).put(uint64_t{0}); }), "REJ:GGUF_TYPE", "13");
    row("list of lists", withKeys(1, [](GgufBytes& b) { b.text("k").put(uint32_t{9}).put(uint32_t{9}).put(uint64_t{1}).put(uint32_t{0}).put(uint64_t{0}); }), "REJ:GGUF_TYPE", "lists");
    row("list of type 99", withKeys(1, [](GgufBytes& b) { b.text("k").put(uint32_t{9}).put(uint32_t{99}).put(uint64_t{0}); }), "REJ:GGUF_TYPE", "99");
    row("list of 2^63", withKeys(1, [](GgufBytes& b) { b.text("k").put(uint32_t{9}).put(uint32_t{0}).put(uint64_t{1} << 63); }), "REJ:GGUF_ARRAY", "9223372036854775808");
    row("list past the end", withKeys(1, [](GgufBytes& b) { b.text("k").put(uint32_t{9}).put(uint32_t{10}).put(uint64_t{1} << 20); }), "REJ:GGUF_TRUNCATED", "8388608");
    row("truth value 2", withKeys(1, [](GgufBytes& b) { b.key("k", V::Bool, uint8_t{2}); }), "REJ:GGUF_TYPE", "truth value 2");
    row("alignment 0", withKeys(1, [](GgufBytes& b) { b.key("general.alignment", V::U32, uint32_t{0}); }), "REJ:GGUF_ALIGNMENT", "alignment 0");
    row("alignment 3", withKeys(1, [](GgufBytes& b) { b.key("general.alignment", V::U32, uint32_t{3}); }), "REJ:GGUF_ALIGNMENT", "alignment 3");
    row("alignment 2^31", withKeys(1, [](GgufBytes& b) { b.key("general.alignment", V::U32, uint32_t{1} << 31); }), "REJ:GGUF_ALIGNMENT", "2147483648");
    row("alignment as text", withKeys(1, [](GgufBytes& b) { b.textKey("general.alignment", "32"); }), "REJ:GGUF_VALUE", "string");
    row("five dimensions", withTensors(1, [](GgufBytes& b) { b.tensor("a", {1, 1, 1, 1, 1}, 0, 0); }, 4), "REJ:GGUF_DIMENSIONS", "5 dimensions");
    row("dimension 2^63", withTensors(1, [](GgufBytes& b) { b.tensor("a", {uint64_t{1} << 63}, 0, 0); }, 4), "REJ:GGUF_SHAPE", "9223372036854775808");
    row("product wraps", withTensors(1, [](GgufBytes& b) { b.tensor("a", {uint64_t{1} << 32, uint64_t{1} << 32, 2}, 0, 0); }, 4), "REJ:GGUF_SHAPE", "64 bits");
    row("bytes wrap", withTensors(1, [](GgufBytes& b) { b.tensor("a", {uint64_t{1} << 62}, 0, 0); }, 4), "REJ:GGUF_SHAPE", "64 bits");
    row("sum wraps", withTensors(2, [](GgufBytes& b) { b.tensor("a", {0x3fffffffffffffe0}, 24, 0).tensor("b", {0x7fffffffffffffe0}, 24, 0x3fffffffffffffe0); }, 4), "REJ:GGUF_TRUNCATED", "short");
    row("blocks do not fit", withTensors(1, [](GgufBytes& b) { b.tensor("a", {48, 2}, 2, 0); }, 64), "REJ:GGUF_BLOCK", "rows of 48");
    row("removed type", withTensors(1, [](GgufBytes& b) { b.tensor("a", {32}, 31, 0); }, 64), "REJ:GGUF_TENSOR_TYPE", "Q4_0_4_4");
    row("unknown type", withTensors(1, [](GgufBytes& b) { b.tensor("a", {32}, 77, 0); }, 64), "REJ:GGUF_TENSOR_TYPE", "77");
    row("duplicate tensor", withTensors(2, [](GgufBytes& b) { b.tensor("a", {2}, 0, 0).tensor("a", {2}, 0, 32); }, 64), "REJ:GGUF_DUPLICATE", "\"a\"");
    row("empty name", withTensors(1, [](GgufBytes& b) { b.tensor("", {2}, 0, 0); }, 8), "REJ:GGUF_NAME", "empty");
    row("unaligned offset", withTensors(2, [](GgufBytes& b) { b.tensor("a", {2}, 0, 0).tensor("b", {2}, 0, 8); }, 64), "REJ:GGUF_OFFSET", "multiple");
    row("descending offsets", withTensors(2, [](GgufBytes& b) { b.tensor("a", {2}, 0, 32).tensor("b", {2}, 0, 0); }, 64), "REJ:GGUF_OFFSET", "at 32");
    row("overlapping offsets", withTensors(2, [](GgufBytes& b) { b.tensor("a", {16}, 0, 0).tensor("b", {2}, 0, 32); }, 128), "REJ:GGUF_OVERLAP", "at 32");
    row("hole", withTensors(2, [](GgufBytes& b) { b.tensor("a", {2}, 0, 0).tensor("b", {2}, 0, 64); }, 128), "REJ:GGUF_OFFSET", "at 64");
    row("1 byte past the end", withTensors(1, [](GgufBytes& b) { b.tensor("a", {2}, 0, 0); }, 7), "REJ:GGUF_TRUNCATED", "1 bytes short");
    row("1 TiB past the end", withTensors(1, [](GgufBytes& b) { b.tensor("a", {kTera / 4}, 0, 0); }, 8), "REJ:GGUF_TRUNCATED", "1099511627768 bytes short");
  }

  void hostileFileIsRefusedWithItsCode() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, code);
    QFETCH(QString, mentions);
    const std::string path = m_folder.filePath("hostile.gguf").toStdString();
    writeBytes(path, bytes.toStdString());
    const auto before = treeOf(m_folder.path().toStdString());
    const Outcome outcome = outcomeOf([&] { GgufFile::open(path); });
    QVERIFY2(outcome.threw, "the file was accepted");
    QCOMPARE(QString::fromStdString(outcome.error.code), code);
    const QString message = QString::fromStdString(outcome.error.message);
    QVERIFY2(message.contains("hostile.gguf"), qPrintable(message));
    QVERIFY2(message.contains(mentions), qPrintable(message));
    QVERIFY(outcome.processorSeconds < 1);
    QCOMPARE(treeOf(m_folder.path().toStdString()), before);
  }

  void everyValueTypeIsReadBack() {
    using V = GgufValueType;
    GgufBytes b;
    b.start(1, 14, 2);
    b.key("u8", V::U8, uint8_t{200}).key("i8", V::I8, int8_t{-3}).key("u16", V::U16, uint16_t{60000}).key("i16", V::I16, int16_t{-300});
    b.key("u32", V::U32, uint32_t{4'000'000'000}).key("i32", V::I32, int32_t{-5}).key("f32", V::F32, 0.5f).key("bool", V::Bool, uint8_t{1});
    b.textKey("text", "grüße").key("u64", V::U64, uint64_t{1} << 62).key("i64", V::I64, int64_t{-1}).key("f64", V::F64, 0.1);
    b.textsKey("texts", {"a", "", "\xff"}).key("general.alignment", V::U32, uint32_t{64});
    b.tensor("m", {3, 2}, 0, 0).data(24, 64);
    const auto file = open(b.bytes());
    const GgufHeader& h = file->header();
    QCOMPARE(h.version(), 2u);
    QCOMPARE(h.alignment(), uint64_t{64});
    const std::pair<const char*, int64_t> integers[] = {{"u8", 200}, {"i8", -3}, {"u16", 60000}, {"i16", -300}, {"u32", 4'000'000'000}, {"i32", -5}, {"u64", int64_t{1} << 62}, {"i64", -1}};
    for (const auto& [key, value] : integers)
      QCOMPARE(h.integer(key).value(), value);
    QCOMPARE(h.number("f32").value(), 0.5);
    QCOMPARE(h.number("f64").value(), 0.1);
    QVERIFY(h.boolean("bool").value());
    QCOMPARE(h.text("text").value(), std::string_view("grüße"));
    QVERIFY((h.texts("texts") == std::vector<std::string_view>{"a", "", "\xff"}));
    QVERIFY(!h.integer("absent") && h.texts("absent").empty());
    QCOMPARE(file->header().tensors()[0].shape, (std::vector<int64_t>{2, 3}));
    QCOMPARE(file->header().tensors()[0].at % 64, uint64_t{0});
    for (const char* key : {"text", "f32", "bool", "texts"})
      QCOMPARE(outcomeOf([&] { h.integer(key); }).error.code, std::string("REJ:GGUF_VALUE"));
    QCOMPARE(outcomeOf([&] { h.text("u8"); }).error.code, std::string("REJ:GGUF_VALUE"));
  }

  void aFileCutAfterOpeningIsAnErrorAndNoCrash() {
    const std::string path = m_folder.filePath("cut.gguf").toStdString();
    writeBytes(path, withTensors(1, [](GgufBytes& b) { b.tensor("a", {1 << 20}, 0, 0); }, 4 << 20));
    const auto file = GgufFile::open(path);
    QVERIFY(::truncate(path.c_str(), 4096) == 0);
    std::vector<std::byte> out(4 << 20);
    const Outcome outcome = outcomeOf([&] { file->read(file->header().tensors()[0], 0, out); });
    QVERIFY(outcome.threw && outcome.error.kind == ErrorKind::Io);
  }

  void foldersPipesAndAbsentFilesAreToldApart() {
    QCOMPARE(outcomeOf([&] { GgufFile::open(m_folder.path().toStdString()); }).error.code, std::string("REJ:NOT_A_FILE"));
    QVERIFY(outcomeOf([&] { GgufFile::open(m_folder.filePath("none.gguf").toStdString()); }).error.kind == ErrorKind::NotFound);
  }

  void everyVocabularyOfLlamaCppIsRead() {
    const QDir folder(QString(LATHE_SHARED_DATA) + "/gguf-vocab");
    const QStringList names = folder.entryList({"*.gguf"}, QDir::Files);
    if (names.isEmpty())
      QSKIP("the shared vocabularies are absent");
    for (const QString& name : names) {
      const auto file = GgufFile::open(folder.filePath(name).toStdString());
      const auto tokens = file->header().texts("tokenizer.ggml.tokens");
      QVERIFY2(tokens.size() > 20'000, qPrintable(name));
      QCOMPARE(file->header().integers("tokenizer.ggml.token_type").size(), tokens.size());
      QVERIFY2(file->header().has("tokenizer.ggml.merges") || file->header().numbers("tokenizer.ggml.scores").size() == tokens.size(), qPrintable(name));
      const Json json = inspectPath(folder.filePath(name).toStdString());
      QVERIFY2(json["kind"] == "gguf" && json["contents"] == "vocabulary" && json["supported"] == true && json["tokenizer"]["vocab"] == tokens.size(), dumpJson(json).c_str());
    }
  }

  void tokensThatDoNotFitTheEmbeddingAreRefused() {
    GgufBytes b;
    b.start(1, 2).textKey("general.architecture", "llama").textsKey("tokenizer.ggml.tokens", {"a", "b", "c"});
    b.tensor("token_embd.weight", {4, 5}, 0, 0).data(80);
    const std::string path = m_folder.filePath("vocab.gguf").toStdString();
    writeBytes(path, b.bytes());
    const Outcome outcome = outcomeOf([&] { ModelFolder::describe(path); });
    QCOMPARE(outcome.error.code, std::string("REJ:GGUF_VOCAB"));
    QVERIFY(outcome.error.message.find("3 tokens and an embedding of 5 rows") != std::string::npos);
  }

  void aModelWithoutItsSizesNamesTheFile() {
    GgufBytes b;
    b.start(1, 2).textKey("general.architecture", "llama").key("llama.block_count", GgufValueType::U32, uint32_t{0});
    b.tensor("token_embd.weight", {4, 5}, 0, 0).data(80);
    const std::string path = m_folder.filePath("sizes.gguf").toStdString();
    writeBytes(path, b.bytes());
    const Outcome outcome = outcomeOf([&] { ModelFolder::describe(path); });
    QVERIFY2(outcome.error.code.starts_with("REJ:CONFIG"), outcome.error.code.c_str());
    QVERIFY2(outcome.error.message.find("sizes.gguf") != std::string::npos, outcome.error.message.c_str());
  }

private:
  std::shared_ptr<const GgufFile> open(const std::string& bytes) {
    const std::string path = m_folder.filePath("file.gguf").toStdString();
    writeBytes(path, bytes);
    return GgufFile::open(path);
  }

  QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestGguf)
#include "tst_gguf.moc"
