// SPDX-License-Identifier: Apache-2.0
#include "core/io/convert.h"
#include "core/io/safetensors.h"
#include "tests/io/io_test_support.h"

#include <QTest>

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace lathe;
using namespace lathe::io;
using namespace iotest;
namespace fs = std::filesystem;

namespace {

std::string entry(const std::string& name, const std::string& shape, const std::string& offsets, const std::string& dtype = "F32") {
  return fmt::format("\"{}\":{{\"dtype\":\"{}\",\"shape\":{},\"data_offsets\":{}}}", name, dtype, shape, offsets);
}

std::string file(const std::string& members, size_t data) { return safetensorsBytes("{" + members + "}", data); }

long peakKilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

} // namespace

class TestSafetensors : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void hostileFileIsRefusedWithItsCode_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const std::string& bytes, const char* code, const char* mentions) { QTest::newRow(name) << QByteArray(bytes.data(), static_cast<int>(bytes.size())) << code << mentions; };
    const std::string good = entry("a", "[2]", "[0,8]");
    row("empty", "", "REJ:SAFETENSORS_SHORT", "0 bytes");
    row("7 bytes", "1234567", "REJ:SAFETENSORS_SHORT", "7 bytes");
    row("length 2^64-1", withLength(UINT64_MAX, "{}"), "REJ:SAFETENSORS_HEADER_SIZE", "18446744073709551615");
    row("length over the limit", withLength(100'000'001, "{}"), "REJ:SAFETENSORS_HEADER_SIZE", "100000001");
    row("length past the end", withLength(1000, "{}"), "REJ:SAFETENSORS_TRUNCATED", "998 bytes short");
    row("length 0", withLength(0, ""), "REJ:SAFETENSORS_JSON", "byte 8");
    row("not UTF-8", safetensorsBytes("{\"\xff\":1}", 0), "REJ:SAFETENSORS_UTF8", "UTF-8");
    row("truncated JSON", safetensorsBytes("{\"a\":{\"dtype\":\"F3", 0), "REJ:SAFETENSORS_JSON", "byte");
    row("list", safetensorsBytes("[]", 0), "REJ:SAFETENSORS_JSON", "byte 8");
    row("null", safetensorsBytes("null", 0), "REJ:SAFETENSORS_JSON", "byte 8");
    row("text after the end", safetensorsBytes("{}x", 0), "REJ:SAFETENSORS_JSON", "byte 10");
    row("nesting 100,000", safetensorsBytes("{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}", 0), "REJ:SAFETENSORS_JSON", "\"a\"");
    row("nesting in an unknown field", safetensorsBytes("{\"a\":{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}}", 0), "REJ:SAFETENSORS_JSON", "64 levels");
    row("duplicate tensor", file(good + "," + good, 8), "REJ:SAFETENSORS_DUPLICATE", "\"a\"");
    row("duplicate tensor, escaped", file(good + "," + entry("\\u0061", "[2]", "[8,16]"), 16), "REJ:SAFETENSORS_DUPLICATE", "\"a\"");
    row("duplicate field", file("\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}", 8), "REJ:SAFETENSORS_DUPLICATE", "dtype");
    row("duplicate metadata", file("\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}", 0), "REJ:SAFETENSORS_DUPLICATE", "\"k\"");
    row("metadata twice", file("\"__metadata__\":{},\"__metadata__\":{}", 0), "REJ:SAFETENSORS_DUPLICATE", "__metadata__");
    row("missing field", file("\"a\":{\"dtype\":\"F32\",\"shape\":[2]}", 8), "REJ:SAFETENSORS_FIELD", "data_offsets");
    row("overlap", file(good + "," + entry("b", "[2]", "[4,12]"), 12), "REJ:SAFETENSORS_OVERLAP", "begins at 4");
    row("same bytes twice", file(good + "," + entry("b", "[2]", "[0,8]"), 8), "REJ:SAFETENSORS_OVERLAP", "begins at 0");
    row("hole", file(good + "," + entry("b", "[2]", "[12,20]"), 20), "REJ:SAFETENSORS_HOLE", "begins at 12");
    row("hole at the start", file(entry("a", "[2]", "[8,16]"), 16), "REJ:SAFETENSORS_HOLE", "begins at 8");
    row("trailing bytes", file(good, 11), "REJ:SAFETENSORS_TRAILING", "3 bytes after");
    row("2 bytes short", file(good, 6), "REJ:SAFETENSORS_TRUNCATED", "2 bytes short");
    row("end before begin", file(entry("a", "[2]", "[8,0]"), 8), "REJ:SAFETENSORS_OFFSETS", "ends at 0 before it begins at 8");
    row("negative offset", file(entry("a", "[2]", "[-8,0]"), 8), "REJ:SAFETENSORS_OFFSETS", "-8");
    row("fractional offset", file(entry("a", "[2]", "[0,8.0]"), 8), "REJ:SAFETENSORS_OFFSETS", "8.0");
    row("string offset", file(entry("a", "[2]", "[\"0\",8]"), 8), "REJ:SAFETENSORS_OFFSETS", "\"0\"");
    row("exponent offset", file(entry("a", "[2]", "[0,8e0]"), 8), "REJ:SAFETENSORS_OFFSETS", "8e0");
    row("offset beyond 64 bits", file(entry("a", "[2]", "[0,18446744073709551624]"), 8), "REJ:SAFETENSORS_OFFSETS", "18446744073709551624");
    row("three offsets", file(entry("a", "[2]", "[0,8,8]"), 8), "REJ:SAFETENSORS_OFFSETS", "two offsets");
    row("one offset", file(entry("a", "[2]", "[0]"), 8), "REJ:SAFETENSORS_OFFSETS", "two offsets");
    row("offsets no list", file(entry("a", "[2]", "8"), 8), "REJ:SAFETENSORS_OFFSETS", "not a list");
    row("negative dimension", file(entry("a", "[-2]", "[0,8]"), 8), "REJ:SAFETENSORS_SHAPE", "-2");
    row("product wraps", file(entry("a", "[4294967296,4294967296,2]", "[0,8]"), 8), "REJ:SAFETENSORS_SHAPE", "64 bits");
    row("product times type wraps", file(entry("a", "[4611686018427387904]", "[0,0]"), 0), "REJ:SAFETENSORS_SHAPE", "64 bits");
    row("span too short", file(entry("a", "[3]", "[0,8]"), 8), "REJ:SAFETENSORS_SIZE", "needs 12 bytes");
    row("span too long", file(entry("a", "[1]", "[0,8]"), 8), "REJ:SAFETENSORS_SIZE", "span 8");
    row("unknown type", file(entry("a", "[2]", "[0,8]", "F31"), 8), "REJ:SAFETENSORS_DTYPE", "F31");
    row("type no string", file("\"a\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}", 8), "REJ:SAFETENSORS_DTYPE", "32");
    row("rank 9", file(entry("a", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8), "REJ:SAFETENSORS_RANK", "8 dimensions");
    row("metadata number", file("\"__metadata__\":{\"k\":1}", 0), "REJ:SAFETENSORS_METADATA", "\"k\"");
    row("metadata list", file("\"__metadata__\":[]", 0), "REJ:SAFETENSORS_METADATA", "not an object");
    row("empty name", file(entry("", "[2]", "[0,8]"), 8), "REJ:SAFETENSORS_NAME", "empty");
    row("control character", file(entry("a\\u0007", "[2]", "[0,8]"), 8), "REJ:SAFETENSORS_NAME", "U+0007");
    row("direction character", file(entry("a\\u202e", "[2]", "[0,8]"), 8), "REJ:SAFETENSORS_NAME", "U+202E");
    row("name of 513 bytes", file(entry(std::string(513, 'n'), "[2]", "[0,8]"), 8), "REJ:SAFETENSORS_NAME", "513");
    row("half a surrogate", file(entry("a\\ud800", "[2]", "[0,8]"), 8), "REJ:SAFETENSORS_JSON", "surrogate");
    row("zip renamed", "PK\x03\x04" + std::string(100, '\0'), "REJ:PICKLE", "pickle");
    row("pickle renamed", "\x80\x02" + std::string(100, '}'), "REJ:PICKLE", "pickle");
    row("GGUF renamed", "GGUF" + std::string(100, '\0'), "REJ:SAFETENSORS_FORMAT", "GGUF");
    row("LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "REJ:SAFETENSORS_FORMAT", "LFS");
    row("web page", "<!DOCTYPE html><html></html>", "REJ:SAFETENSORS_FORMAT", "web page");
  }

  void hostileFileIsRefusedWithItsCode() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, code);
    QFETCH(QString, mentions);
    const std::string path = m_folder.filePath("hostile.safetensors").toStdString();
    writeBytes(path, bytes.toStdString());
    const auto before = treeOf(m_folder.path().toStdString());
    const Outcome outcome = outcomeOf([&] { SafetensorsFile::open(path); });
    QVERIFY2(outcome.threw, "the file was accepted");
    QCOMPARE(QString::fromStdString(outcome.error.code), code);
    const QString message = QString::fromStdString(outcome.error.message);
    QVERIFY2(message.contains("hostile.safetensors"), qPrintable(message));
    QVERIFY2(message.contains(mentions), qPrintable(message));
    QVERIFY2(outcome.seconds < 1.0, qPrintable(QString::number(outcome.seconds)));
    QVERIFY(treeOf(m_folder.path().toStdString()) == before);
  }

  void filesThatAreNoFilesAreRefused() {
    const std::string folder = m_folder.path().toStdString();
    const std::string pipe = folder + "/pipe.safetensors", socketPath = folder + "/s.sock";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socketPath.c_str(), sizeof address.sun_path - 1);
    QCOMPARE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    for (const std::string& path : {pipe, socketPath, folder, std::string("/dev/zero")}) {
      const Outcome outcome = outcomeOf([&] { SafetensorsFile::open(path); });
      QCOMPARE(outcome.error.code, std::string("REJ:NOT_A_FILE"));
      QVERIFY(outcome.seconds < 1.0);
    }
    QCOMPARE(outcomeOf([&] { SafetensorsFile::open(folder + "/absent"); }).error.kind, ErrorKind::NotFound);
    ::close(fd);
    ::unlink(pipe.c_str());
    ::unlink(socketPath.c_str());
  }

  void hugeClaimsInSparseFilesAreCheckedWithoutReading() {
    const std::string path = m_folder.filePath("sparse.safetensors").toStdString();
    const long before = peakKilobytes();
    writeSparse(path, withLength(99'000'000, "{"), uint64_t{1} << 40);
    Outcome outcome = outcomeOf([&] { SafetensorsFile::open(path); });
    QVERIFY(outcome.error.code.starts_with("REJ:SAFETENSORS_"));
    QVERIFY2(outcome.seconds < 1.0, qPrintable(QString::number(outcome.seconds)));
    const std::string header = "{" + entry("big", "[274877906944]", "[0,1099511627776]") + "}";
    writeSparse(path, safetensorsBytes(header, 0), 8 + header.size() + (uint64_t{1} << 40));
    outcome = outcomeOf([&] { QCOMPARE(SafetensorsFile::open(path)->tensors().front().bytes, uint64_t{1} << 40); });
    QVERIFY2(!outcome.threw, outcome.error.message.c_str());
    QVERIFY(outcome.seconds < 1.0);
    QVERIFY2(peakKilobytes() - before < (64 + 200) * 1024, qPrintable(QString::number(peakKilobytes() - before)));
    fs::remove(path);
  }

  void unusualButLegalFilesLoad_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("tensors");
    const auto row = [](const char* name, const std::string& bytes, int tensors) { QTest::newRow(name) << QByteArray(bytes.data(), static_cast<int>(bytes.size())) << tensors; };
    row("no tensors", safetensorsBytes("{}", 0), 0);
    row("scalar", file(entry("a", "[]", "[0,4]"), 4), 1);
    row("empty tensor", file(entry("a", "[0,7]", "[0,0]"), 0), 1);
    row("empty between", file(entry("a", "[2]", "[0,8]") + "," + entry("e", "[0]", "[8,8]") + "," + entry("b", "[1]", "[8,12]"), 12), 3);
    row("out of order", file(entry("b", "[1]", "[8,12]") + "," + entry("a", "[2]", "[0,8]"), 12), 2);
    row("padding", safetensorsBytes("{" + entry("a", "[2]", "[0,8]") + "}      ", 8), 1);
    row("spaces and new lines", safetensorsBytes("{ \"a\" : {\n\"dtype\": \"F32\",\t\"shape\": [ 2 ], \"data_offsets\": [ 0 , 8 ] } }", 8), 1);
    row("unknown field", file("\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"note\":{\"x\":[1,null,\"y\"]}}", 8), 1);
    row("all types", file(entry("a", "[1]", "[0,1]", "F8_E4M3") + "," + entry("b", "[1]", "[1,2]", "F8_E5M2") + "," + entry("c", "[1]", "[2,4]", "BF16") + "," + entry("d", "[1]", "[4,12]", "I64") + "," + entry("e", "[1]", "[12,13]", "BOOL"), 13), 5);
    row("escaped name", file(entry("\\u00e9\\\"\\ud83d\\ude00", "[2]", "[0,8]"), 8), 1);
  }

  void unusualButLegalFilesLoad() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, tensors);
    const std::string path = m_folder.filePath("legal.safetensors").toStdString();
    writeBytes(path, bytes.toStdString());
    const auto opened = SafetensorsFile::open(path);
    QCOMPARE(static_cast<int>(opened->tensors().size()), tensors);
    for (const TensorView& tensor : opened->tensors())
      QCOMPARE(opened->find(tensor.name), &tensor);
    QVERIFY(!opened->find("absent"));
  }

  void writtenTensorsComeBackBitForBit() {
    const std::string path = m_folder.filePath("round.safetensors").toStdString();
    std::vector<TensorView> tensors = smallLlamaTensors();
    tensors.push_back(tensorOf("scalar", {}, {-0.0f}));
    tensors.push_back(tensorOf("empty", {0, 5}, {}));
    tensors.push_back(tensorOf("quote \" and é", {2}, {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}));
    TensorView bytes = tensorOf("bytes", {8}, {1.0f, 2.0f});
    bytes.dtype = DType::U8;
    tensors.push_back(bytes);
    writeSafetensors(path, tensors, {{"format", "pt"}, {"note", "line\nbreak"}});
    const auto opened = SafetensorsFile::open(path);
    QCOMPARE(opened->tensors().size(), tensors.size());
    QCOMPARE(opened->metadata().at("note"), std::string("line\nbreak"));
    for (const TensorView& want : tensors) {
      const TensorView* got = opened->find(want.name);
      QVERIFY2(got, want.name.c_str());
      QVERIFY(got->shape == want.shape && got->dtype == want.dtype && got->bytes == want.bytes);
      std::vector<std::byte> copy(got->bytes);
      opened->read(*got, copy);
      QVERIFY2(want.bytes == 0 || std::memcmp(copy.data(), want.data, want.bytes) == 0, want.name.c_str());
      QVERIFY(want.bytes == 0 || std::memcmp(got->data, want.data, want.bytes) == 0);
    }
    const std::string first = readBytes(path);
    QCOMPARE(static_cast<int>(first.size() % 4), 0);
    QCOMPARE(static_cast<unsigned char>(first[0]) % 8, 0); // the data begins aligned
    std::reverse(tensors.begin(), tensors.end());
    writeSafetensors(path, tensors, {{"note", "line\nbreak"}, {"format", "pt"}});
    QVERIFY2(readBytes(path) == first, "the layout depends on the order of the input");
    QCOMPARE(nonFiniteTensors(*SafetensorsFile::open(path)), std::vector<std::string>{"quote \" and é"});
  }

  void referenceFilesAreReadAndRewrittenIdentically() {
    const auto models = tinyModels(LATHE_SHARED_DATA);
    if (models.empty())
      QSKIP("the shared tiny models are not there");
    int compared = 0;
    for (const std::string& model : models) {
      for (const auto& found : fs::recursive_directory_iterator(model)) {
        if (found.path().extension() != ".safetensors")
          continue;
        const auto reference = SafetensorsFile::open(found.path().string());
        const std::string copy = m_folder.filePath("copy.safetensors").toStdString();
        writeSafetensors(copy, reference->tensors(), reference->metadata());
        const auto ours = SafetensorsFile::open(copy);
        QCOMPARE(ours->tensors().size(), reference->tensors().size());
        for (const TensorView& want : reference->tensors()) {
          const TensorView* got = ours->find(want.name);
          QVERIFY2(got && got->shape == want.shape && got->bytes == want.bytes, want.name.c_str());
          QVERIFY2(want.bytes == 0 || std::memcmp(got->data, want.data, want.bytes) == 0, want.name.c_str());
        }
        ++compared;
      }
    }
    QVERIFY(compared >= 20);
  }

  void writerRefusesReservedDoubleAndHostileNames() {
    const std::string path = m_folder.filePath("refused.safetensors").toStdString();
    const std::vector<std::pair<std::vector<std::string>, std::string>> rows = {
        {{"__metadata__"}, "REJ:SAFETENSORS_NAME"}, {{"a", "a"}, "REJ:SAFETENSORS_DUPLICATE"}, {{""}, "REJ:SAFETENSORS_NAME"}, {{"a\x1b[31m"}, "REJ:SAFETENSORS_NAME"}, {{"\xff"}, "REJ:SAFETENSORS_NAME"}};
    for (const auto& [names, code] : rows) {
      std::vector<TensorView> tensors;
      for (const std::string& name : names)
        tensors.push_back(tensorOf(name, {1}, {1.0f}));
      QCOMPARE(outcomeOf([&] { writeSafetensors(path, tensors); }).error.code, code);
      QVERIFY(!fs::exists(path));
    }
  }

  void everyWriteFaultLeavesTheOldFileOrNone() {
    const std::string folder = m_folder.filePath("faults").toStdString();
    fs::create_directories(folder);
    const std::string path = folder + "/model.safetensors";
    const std::vector<TensorView> old = {tensorOf("old", {1}, {1.0f})};
    writeSafetensors(path, old);
    const std::string before = readBytes(path);
    fault::plan(""); // resets the counter
    const uint64_t start = fault::count();
    writeSafetensors(folder + "/probe", smallLlamaTensors());
    const uint64_t points = fault::count() - start;
    fs::remove(folder + "/probe");
    QVERIFY(points > 20);
    for (const char* kind : {"ENOSPC", "EIO", "EROFS"}) {
      writeBytes(path, before);
      for (uint64_t n = 1; n <= points; ++n) {
        fault::plan(fmt::format("{}:{}", n, kind));
        const Outcome outcome = outcomeOf([&] { writeSafetensors(path, smallLlamaTensors()); });
        fault::plan("");
        QVERIFY2(outcome.threw, qPrintable(QString("fault %1 of %2 went unnoticed").arg(n).arg(points)));
        if (n < points) // the last point syncs the folder, after the rename
          QVERIFY2(readBytes(path) == before, qPrintable(QString("fault %1 changed the old file").arg(n)));
        QCOMPARE(listDirectory(folder), std::vector<std::string>{"model.safetensors"});
      }
    }
    QCOMPARE(SafetensorsFile::open(path)->tensors().size(), smallLlamaTensors().size());
  }

  void piecewiseWriterEqualsWholeWriter() {
    const std::string whole = m_folder.filePath("whole.safetensors").toStdString(), pieces = m_folder.filePath("pieces.safetensors").toStdString();
    const auto tensors = smallLlamaTensors();
    writeSafetensors(whole, tensors);
    SafetensorsWriter writer(pieces, tensors);
    for (const TensorView& tensor : writer.layout())
      for (uint64_t at = 0; at < tensor.bytes; at += 100)
        writer.write({tensor.data + at, std::min<uint64_t>(100, tensor.bytes - at)});
    QVERIFY(!fs::exists(pieces));
    writer.commit();
    QVERIFY(readBytes(whole) == readBytes(pieces));
    SafetensorsWriter unfinished(m_folder.filePath("unfinished.safetensors").toStdString(), tensors);
    QVERIFY(outcomeOf([&] { unfinished.commit(); }).threw);
    QVERIFY(outcomeOf([&] { unfinished.write(std::vector<std::byte>(100'000)); }).threw);
  }

  void fileCutAfterOpeningGivesAnErrorNotASignal() {
    const std::string path = m_folder.filePath("cut.safetensors").toStdString();
    std::vector<float> values(100'000, 1.0f);
    writeSafetensors(path, {tensorOf("a", {100'000}, values)});
    const auto opened = SafetensorsFile::open(path);
    fs::resize_file(path, 4096);
    std::vector<std::byte> out(opened->tensors().front().bytes);
    const Outcome outcome = outcomeOf([&] { opened->read(opened->tensors().front(), out); });
    QVERIFY(outcome.threw);
    QCOMPARE(outcome.error.kind, ErrorKind::Io);
    QVERIFY2(outcome.error.message.find("cut.safetensors") != std::string::npos, outcome.error.message.c_str());
    QVERIFY(outcomeOf([&] { nonFiniteTensors(*opened); }).threw);
  }

  void aMillionTensorsOpenInASecond() {
    std::string header = "{";
    header.reserve(100'000'000);
    for (int i = 0; i < 1'000'000; ++i)
      header += fmt::format("{}\"model.layers.{}.w\":{{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[{},{}]}}", i ? "," : "", i, i, i + 1);
    header += "}";
    const std::string path = m_folder.filePath("million.safetensors").toStdString();
    writeSparse(path, safetensorsBytes(header, 0), 8 + header.size() + 1'000'000);
    const long before = peakKilobytes();
    std::shared_ptr<SafetensorsFile> opened;
    const Outcome outcome = outcomeOf([&] { opened = SafetensorsFile::open(path); });
    QVERIFY2(!outcome.threw, outcome.error.message.c_str());
    QCOMPARE(opened->tensors().size(), size_t{1'000'000});
    QVERIFY(opened->find("model.layers.999999.w"));
    qInfo("1,000,000 tensors, header of %.1f MB: %.3f s (%.3f s of processor time), %.0f MiB more memory", static_cast<double>(header.size()) / 1e6, outcome.seconds, outcome.processorSeconds, static_cast<double>(peakKilobytes() - before) / 1024.0);
    QVERIFY2(outcome.processorSeconds < 1.0 * m_slowdown, qPrintable(QString::number(outcome.processorSeconds)));
    fs::remove(path);
    std::string more = header;
    more.back() = ',';
    more += entry("one more", "[0]", "[1000000,1000000]") + "}";
    writeSparse(path, safetensorsBytes(more, 0), 8 + more.size() + 1'000'000);
    QCOMPARE(outcomeOf([&] { SafetensorsFile::open(path); }).error.code, std::string("REJ:SAFETENSORS_COUNT"));
    fs::remove(path);
  }

private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const double m_slowdown = 10.0;
#else
  const double m_slowdown = 1.0;
#endif
  QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
