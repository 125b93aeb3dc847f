// SPDX-License-Identifier: Apache-2.0
// Texts and vocabularies made to be slow or to break: robustness.md §2, tokenizer.
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/text/tokenizer.h"

#include <QTest>

#include <ctime>

using namespace lathe;
using namespace lathe::text;

namespace {

/// Byte-level BPE over the 256 byte characters and what `merges` make.
std::shared_ptr<const Tokenizer> byteLevel(const std::vector<std::pair<std::string, std::string>>& merges) {
  Json vocabulary = Json::object(), list = Json::array();
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool shown = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    const int point = shown ? byte : next++;
    const std::string character = point < 0x80 ? std::string(1, static_cast<char>(point)) : std::string{static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 63))};
    vocabulary[character] = byte;
  }
  for (const auto& [left, right] : merges) {
    vocabulary[left + right] = vocabulary.size();
    list.push_back(Json::array({left, right}));
  }
  return Tokenizer::fromJson(dumpJson(Json{{"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}, {"decoder", {{"type", "ByteLevel"}}}, {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", list}}}}));
}

std::string many(const std::string& unit, size_t bytes) {
  std::string out;
  while (out.size() < bytes)
    out += unit;
  return out;
}

} // namespace

class TestHostileText : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void worstCasesOfMergingAreLinear_data();
  void worstCasesOfMergingAreLinear();
  void aCharacterCutBetweenTokensIsNeverShownBroken();
  void tooLongTokensAreRefused();
};

void TestHostileText::worstCasesOfMergingAreLinear_data() {
  QTest::addColumn<QByteArray>("merges");
  QTest::addColumn<QByteArray>("unit");
  std::string doubling = "a", chain = "a", pairs;
  for (int i = 0; i < 12; ++i, doubling += doubling)
    pairs += doubling + " " + doubling + "\n";
  QTest::newRow("doubling") << QByteArray::fromStdString(pairs) << QByteArray("a");
  pairs.clear();
  for (int i = 0; i < 400; ++i, chain += "b")
    pairs += chain + " b\n"; // one token eats the text from the left, one byte at a time
  QTest::newRow("eaten from the left") << QByteArray::fromStdString(pairs) << QByteArray::fromStdString("a" + std::string(400, 'b'));
  pairs.clear();
  for (int i = 400; i > 0; --i)
    pairs += "b " + std::string(static_cast<size_t>(i), 'b') + "a\n"; // the longest first: nothing merges until the end comes
  pairs += "b a\n";
  QTest::newRow("the rarest first") << QByteArray::fromStdString(pairs) << QByteArray::fromStdString(std::string(400, 'b') + "a");
  QTest::newRow("undone neighbours") << QByteArray("a b\nab a\nb ab\naba b\n") << QByteArray("ab");
}

void TestHostileText::worstCasesOfMergingAreLinear() {
  QFETCH(QByteArray, merges);
  QFETCH(QByteArray, unit);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const QByteArray& line : merges.trimmed().split('\n'))
    pairs.emplace_back(line.left(line.indexOf(' ')).toStdString(), line.mid(line.indexOf(' ') + 1).toStdString());
  const auto tokenizer = byteLevel(pairs);
  double seconds[2];
  for (int i = 0; i < 2; ++i) {
    const std::string text = many(unit.toStdString(), size_t{1} << (19 + i));
    const std::clock_t start = std::clock();
    const auto ids = tokenizer->encode(text, false);
    seconds[i] = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    QCOMPARE(tokenizer->decode(ids, false), text);
  }
  qInfo("%.3f s for 512 KiB, %.3f s for 1 MiB", seconds[0], seconds[1]);
  QVERIFY2(seconds[1] <= 2.0, qPrintable(QString("%1 s of processor time, allowed 2").arg(seconds[1])));
}

void TestHostileText::aCharacterCutBetweenTokensIsNeverShownBroken() {
  const auto tokenizer = byteLevel({{"ð", "Ł"}}); // the first half of many emojis is one token, the other two bytes are single
  const std::string text = "a\xF0\x9F\x98\x80" "b\xF0\x9D\x94\x98 \xE4\xBD\xA0\xC3\xA9";
  const auto ids = tokenizer->encode(text, false);
  QVERIFY(ids.size() > 10);
  for (size_t cut = 0; cut <= ids.size(); ++cut) {
    StreamDecoder decoder(tokenizer, false);
    std::string shown;
    for (size_t i = 0; i < cut; ++i) {
      shown += decoder.push(ids[i]);
      QVERIFY2(text.starts_with(shown), shown.c_str()); // so no U+FFFD and no half character
    }
    if (cut == ids.size())
      QCOMPARE(shown + decoder.finish(), text);
  }
}

void TestHostileText::tooLongTokensAreRefused() {
  const auto codeOf = [](const Json& json) {
    try {
      Tokenizer::fromJson(dumpJson(json));
    } catch (const Exception& e) {
      return e.error().code;
    }
    return std::string("accepted");
  };
  Json json = {{"model", {{"type", "BPE"}, {"vocab", {{"a", 0}, {std::string(65'536, 'x'), 1}}}, {"merges", Json::array()}}}};
  QCOMPARE(codeOf(json), std::string("accepted"));
  json["model"]["vocab"] = {{"a", 0}, {std::string(65'537, 'x'), 1}};
  QCOMPARE(codeOf(json), std::string("REJ:TOKENIZER_VOCAB"));
  json["model"]["vocab"] = {{"a", 0}};
  json["added_tokens"] = Json::array({{{"id", 1}, {"content", std::string(65'537, 'x')}, {"special", true}}});
  QCOMPARE(codeOf(json), std::string("REJ:TOKENIZER_ADDED"));
}

QTEST_GUILESS_MAIN(TestHostileText)
#include "tst_hostile_text.moc"
