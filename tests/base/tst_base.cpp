// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/ids.h"
#include "core/base/json.h"
#include "core/base/keep_awake.h"
#include "core/base/random.h"
#include "core/base/redact.h"
#include "core/base/text_format.h"

#include <QtTest/QtTest>

#include <algorithm>
#include <numeric>
#include <set>

using namespace lathe;

namespace {

QString codeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Exception& e) {
    return QString::fromStdString(e.error().code.empty() ? errorKindName(e.error().kind) : e.error().code);
  }
  return "no error";
}

} // namespace

class TestBase : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void cleanup() { fault::plan(""); }

  void whatLeavesTheMachineHoldsNoSecret_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* text, const char* expected) { QTest::newRow(name) << QString(text) << QString(expected); };
    row("hub token", "using hf_abcdefghijklmnop now", "using <removed> now");
    row("short word", "hf_hub is a module", "hf_hub is a module");
    row("environment", "HF_TOKEN=abc123 ok", "HF_TOKEN=<removed> ok");
    row("json", R"({"api_key": "s3cret", "tokens": 12})", R"({"api_key": "<removed>", "tokens": 12})");
    row("header", "Authorization: Bearer abc.def-ghi\n", "Authorization: Bearer <removed>\n");
    row("nothing secret", "bos_token_id=1 tokenizer: none, 3 tokens: good; password null", "bos_token_id=1 tokenizer: none, 3 tokens: good; password null");
    row("odd password", "password=ab!cd$ next", "password=<removed> next");
    row("address with a login", "http_proxy=http://user:p!w@proxy:3128/x", "http_proxy=http://<removed>@proxy:3128/x");
    row("plain address", "https://example.org/a@b", "https://example.org/a@b");
    row("cloud key", "aws_secret_access_key = AbC/123+x", "aws_secret_access_key = <removed>");
    row("quoted", R"({"password": "two words", "rank": 8})", R"({"password": "<removed>", "rank": 8})");
    row("null", R"({"token": null})", R"({"token": null})");
    row("home", "/home/anna/models/x", "~/models/x");
    row("name", "/mnt/anna/x by anna, banana", "/mnt/USER/x by USER, banana");
    row("private key", "a -----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY----- b", "a <removed> b");
  }
  void whatLeavesTheMachineHoldsNoSecret() {
    QFETCH(QString, text);
    QFETCH(QString, expected);
    QCOMPARE(QString::fromStdString(redact(text.toStdString(), "/home/anna", "anna")), expected);
  }

  /// systemd-inhibit(1) as far as it matters: it holds while the command it was given runs.
  void theMachineIsKeptAwakeUntilTheHolderIsGone() {
    QTemporaryDir folder;
    const QString mark = folder.filePath("held");
    QFile script(folder.filePath("systemd-inhibit"));
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write("#!/bin/sh\necho \"$@\" >'" + mark.toUtf8() + "'\nwhile [ \"$1\" != cat ]; do shift; done\n\"$@\"\nrm '" + mark.toUtf8() + "'\n");
    script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    script.close();
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", folder.path().toUtf8() + ":" + path);
    {
      const KeepAwake awake("test");
      QVERIFY2(awake.isHeld(), awake.problem().c_str());
      QTRY_VERIFY(QFile::exists(mark));
      QFile said(mark);
      QVERIFY(said.open(QIODevice::ReadOnly));
      QTRY_VERIFY(QFileInfo(mark).size() > 0);
      QVERIFY(said.readAll().contains("--what=sleep:idle"));
    }
    QVERIFY(!QFile::exists(mark)); // released before the destructor returns
    qputenv("PATH", folder.filePath("nothing").toUtf8());
    const KeepAwake none("test");
    QVERIFY(!none.isHeld() && !none.problem().empty());
    qputenv("PATH", path);
  }

  void duplicateKeysDeepNestingAndTrailingTextAreRefused() {
    QCOMPARE(codeOf([] { (void)parseJson(R"({"a":1,"a":2})"); }), QString("REJ:JSON"));
    QCOMPARE(codeOf([] { (void)parseJson(std::string(100'000, '[')); }), QString("REJ:JSON"));
    QCOMPARE(codeOf([] { (void)parseJson("{} x"); }), QString("REJ:JSON"));
    QCOMPARE(codeOf([] { (void)parseJson("\"\xff\""); }), QString("REJ:JSON"));
    QVERIFY(parseJson("// note\n{\"a\":[1,2]}", {.comments = true})["a"][1] == 2);
  }

  void jsonKeepsTheOrderOfKeys() { QCOMPARE(dumpJson(parseJson(R"({"b":1,"a":{"z":0,"y":1}})")), std::string(R"({"b":1,"a":{"z":0,"y":1}})")); }

  void aLargeObjectParsesInLinearTime() {
    std::string text = "{";
    for (int i = 0; i < 200'000; ++i)
      text += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
    QElapsedTimer timer;
    timer.start();
    const Json json = parseJson(text + "}");
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(json.size(), size_t{200'000});
  }

  void theOldFileStaysAtEveryFailedWrite() {
    QTemporaryDir folder;
    const std::string path = folder.filePath("a.json").toStdString();
    writeFileAtomic(path, "old");
    fault::plan("");
    writeFileAtomic(path, "old");
    const uint64_t points = fault::count();
    QVERIFY(points >= 4);
    for (uint64_t n = 1; n <= points; ++n) {
      fault::plan(std::to_string(n) + ":ENOSPC");
      QCOMPARE(codeOf([&] { writeFileAtomic(path, "new content"); }), QString("disk_full"));
      fault::plan("");
      const std::string content = readFile(path, 100);
      QVERIFY2(content == "old" || content == "new content", content.c_str());
      if (n + 1 < points)
        QCOMPARE(content, std::string("old"));
      QCOMPARE(listDirectory(folder.path().toStdString()).size(), size_t{1});
      writeFileAtomic(path, "old");
    }
  }

  void aTornLastLineIsCutWhenTheFileIsOpenedAgain() {
    QTemporaryDir folder;
    const std::string path = folder.filePath("m.jsonl").toStdString();
    {
      AppendFile file(path);
      file.appendLine("one");
      file.appendLine("two");
    }
    writeFileAtomic(path, "one\ntwo\nthr");
    AppendFile file(path);
    QCOMPARE(file.size(), uint64_t{8});
    file.appendLine("three");
    QCOMPARE(readFile(path, 100), std::string("one\ntwo\nthree\n"));
    fault::plan("1:ENOSPC");
    QCOMPARE(codeOf([&] { file.appendLine("four"); }), QString("disk_full"));
    QCOMPARE(readFile(path, 100), std::string("one\ntwo\nthree\n"));
  }

  void specialFilesAreNotRead() {
    QCOMPARE(codeOf([] { (void)readFile("/dev/zero", 10); }), QString("REJ:NOT_A_FILE"));
    QCOMPARE(codeOf([] { (void)readFile("/", 10); }), QString("REJ:NOT_A_FILE"));
    QCOMPARE(codeOf([] { (void)MappedFile::open("/nowhere/x"); }), QString("not_found"));
  }

  void philoxMatchesThePublishedVectors() {
    // Random123 kat_vectors, philox4x32 10 rounds.
    const auto zero = philox(0, 0, 0);
    QCOMPARE(zero[0], 0x6627e8d5u);
    QCOMPARE(zero[1], 0xe169c58du);
    QCOMPARE(zero[2], 0xbc57ac4cu);
    QCOMPARE(zero[3], 0x9b00dbd8u);
    const auto ones = philox(~0ull, ~0ull, ~0ull);
    QCOMPARE(ones[0], 0x408f276du);
  }

  void aShuffleIsAPermutationForEverySize() {
    for (uint64_t count : {1, 2, 3, 7, 64, 65, 1000}) {
      std::set<uint64_t> seen;
      for (uint64_t i = 0; i < count; ++i)
        seen.insert(shuffledIndex(7, 3, count, i));
      QCOMPARE(seen.size(), size_t(count));
      QVERIFY(*seen.rbegin() == count - 1);
    }
    int same = 0;
    for (uint64_t i = 0; i < 1000; ++i)
      same += shuffledIndex(7, 0, 1000, i) == shuffledIndex(7, 1, 1000, i);
    QVERIFY2(same < 20, "two epochs share their order");
  }

  void hashesMatchXxhsumAndEachOther() {
    QCOMPARE(hashText(""), std::string("99aa06d3014798d86001c324468d497f"));
    Hasher hasher;
    hasher.add("ab");
    hasher.add("c");
    QCOMPARE(hasher.hex(), hashText("abc"));
  }

  void numbersReadWell() {
    QCOMPARE(formatBytes(0), std::string("0 B"));
    QCOMPARE(formatBytes(1536), std::string("1.5 KiB"));
    QCOMPARE(formatBytes(65'712'000'000), std::string("61.2 GiB"));
    QCOMPARE(formatCount(950), std::string("950"));
    QCOMPARE(formatCount(15'934), std::string("15.9k"));
    QCOMPARE(formatCount(8.03e9), std::string("8.03B"));
    QCOMPARE(formatDuration(45), std::string("45 s"));
    QCOMPARE(formatDuration(290), std::string("4 min 50 s"));
    QCOMPARE(formatDuration(7500), std::string("2 h 05 min"));
  }

  void utf8IsCheckedStrictly() {
    QVERIFY(isValidUtf8("héllo 世界 👍"));
    for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"})
      QVERIFY(!isValidUtf8(bad));
  }

  void runNamesAreSafeFolderNames() {
    const RunId id = makeRunId("Support tone, v2! ../../etc");
    QVERIFY2(id.valid(), id.value.c_str());
    QVERIFY(id.value.find("support-tone-v2-etc") != std::string::npos);
    for (const char* bad : {"", "..", ".hidden", "a/b", "A", "x y"})
      QVERIFY(!RunId{bad}.valid());
  }
};

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
