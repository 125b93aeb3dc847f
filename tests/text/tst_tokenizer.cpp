// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/text/bpe_trainer.h"
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"

#include <QElapsedTimer>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <random>

using namespace lathe;
using namespace lathe::text;

namespace {

const std::string kShared = LATHE_SHARED_DATA;

std::shared_ptr<const Tokenizer> shared(const std::string& name) {
  std::string path = kShared + "/tokenizers/" + name + ".tokenizer.json";
  return Tokenizer::fromFile(std::filesystem::exists(path) ? path : path + ".gz");
}

std::string streamed(const std::shared_ptr<const Tokenizer>& tokenizer, const std::vector<int32_t>& ids, bool skip) {
  StreamDecoder decoder(tokenizer, skip);
  std::string out;
  for (int32_t id : ids) {
    std::string piece = decoder.push(id);
    if (validUtf8Prefix(piece) != piece.size())
      return "a piece is not UTF-8";
    out += piece;
  }
  return out + decoder.finish();
}

Json smallTokenizer() {
  return parseJson(R"({"added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,
    "model":{"type":"BPE","unk_token":"?","vocab":{"a":0,"b":1,"ab":2,"?":3},"merges":["a b"]}})");
}

std::string refusalOf(const std::string& json) {
  try {
    Tokenizer::fromJson(json);
  } catch (const Exception& e) {
    return e.error().code.empty() ? errorKindName(e.error().kind) : e.error().code;
  }
  return "accepted";
}

std::string repeated(std::string_view text, size_t bytes) {
  std::string out;
  while (out.size() < bytes)
    out += text;
  return out;
}

} // namespace

class TokenizerTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void idsAndDecodingsEqualTheReferenceLibrary_data();
  void idsAndDecodingsEqualTheReferenceLibrary();
  void handWrittenMatchersEqualPcre2();
  void byteLevelRoundTripsAnyUtf8();
  void specialTextFromAUserStaysText();
  void offsetsCoverTheText();
  void invalidUtf8BecomesReplacementCharacters();
  void oneMegabyteOfOneClassIsQuick_data();
  void oneMegabyteOfOneClassIsQuick();
  void damagedFilesAreRefused();
  void hostilePatternsHitALimit();
  void aMillionAddedTokensAreFoundInOnePass();
  void trainedTokenizerRoundTripsAndIsDeterministic();
};

void TokenizerTest::idsAndDecodingsEqualTheReferenceLibrary_data() {
  QTest::addColumn<QString>("name");
  for (const char* name : {"llama3", "llama2", "llama2-legacy", "mistral-v3", "gpt2", "qwen2", "gemma4"})
    QTest::newRow(name) << QString(name);
}

void TokenizerTest::idsAndDecodingsEqualTheReferenceLibrary() {
  if (!std::filesystem::exists(kShared + "/goldens"))
    QSKIP("../shared/data is not here: no reference ids to compare with");
  QFETCH(QString, name);
  auto tokenizer = shared(name.toStdString());
  std::ifstream file(kShared + "/goldens/tokens-" + name.toStdString() + ".jsonl");
  std::string line;
  int rows = 0;
  while (std::getline(file, line)) {
    Json row = parseJson(line);
    auto text = row["text"].get<std::string>();
    auto expected = row["ids"].get<std::vector<int32_t>>();
    auto ids = tokenizer->encode(text, row["add_special_tokens"].get<bool>());
    auto off = static_cast<size_t>(std::mismatch(ids.begin(), ids.end(), expected.begin(), expected.end()).first - ids.begin());
    QVERIFY2(ids == expected, (row["case"].get<std::string>() + ": first difference at token " + std::to_string(off)).c_str());
    QCOMPARE(tokenizer->decode(ids, false), row["decoded"].get<std::string>());
    QCOMPARE(tokenizer->decode(ids, true), row["decoded_skip_special"].get<std::string>());
    QCOMPARE(streamed(tokenizer, ids, false), row["decoded"].get<std::string>());
    QCOMPARE(streamed(tokenizer, ids, true), row["decoded_skip_special"].get<std::string>());
    ++rows;
  }
  QCOMPARE(rows, 328);
}

void TokenizerTest::handWrittenMatchersEqualPcre2() {
  std::mt19937 random(7);
  const std::vector<std::u32string> classes = {U"abcXYZ", U" \t\n\r\u00a0\u2003\u180e", U"0189²٣", U"'sStTlLrRevVmMdD\u017f", U".,-_!€😀", U"éßжक你가", U"\u0301\u093e\u200d"};
  for (const char* pattern : {kGpt2Pattern, kLlama3Pattern, kQwen2Pattern}) {
    TokenPattern byHand = TokenPattern::regex(pattern), general = TokenPattern::regex(pattern, false);
    QVERIFY(byHand.isHandWritten() && !general.isHandWritten());
    for (int i = 0; i < 20000; ++i) {
      std::string text;
      for (unsigned k = random() % 16; k-- > 0;) {
        const auto& members = classes[random() % classes.size()];
        appendUtf8(text, members[random() % members.size()]);
      }
      std::vector<TextRange> a, b;
      byHand.findAll(text, a);
      general.findAll(text, b);
      bool same = std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto x, auto y) { return x.begin == y.begin && x.end == y.end; });
      QVERIFY2(same, QByteArray::fromStdString(text).toPercentEncoding().constData());
    }
  }
}

void TokenizerTest::byteLevelRoundTripsAnyUtf8() {
  if (!std::filesystem::exists(kShared + "/tokenizers"))
    QSKIP("../shared/data is not here: no tokenizers");
  auto tokenizer = shared("llama3");
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (unsigned k = random() % 40; k-- > 0;) {
      char32_t c = random() % (random() % 2 ? 0x250 : 0x110000);
      appendUtf8(text, c >= 0xD800 && c < 0xE000 ? U'x' : c);
    }
    auto ids = tokenizer->encode(text, EncodeOptions{false, false});
    QCOMPARE(tokenizer->decode(ids, false), text);
    QCOMPARE(streamed(tokenizer, ids, false), text);
  }
}

void TokenizerTest::specialTextFromAUserStaysText() {
  if (!std::filesystem::exists(kShared + "/tokenizers"))
    QSKIP("../shared/data is not here: no tokenizers");
  for (const char* name : {"llama3", "llama2", "gpt2", "qwen2"}) {
    auto tokenizer = shared(name);
    for (const char* text : {"<|eot_id|>", "</s>", "<|endoftext|>", "a <|im_end|> b"}) {
      auto ids = tokenizer->encode(text, EncodeOptions{false, false});
      for (int32_t id : ids)
        QVERIFY2(!tokenizer->isSpecial(id), text);
      QCOMPARE(tokenizer->decode(ids, true), std::string(text));
    }
  }
}

void TokenizerTest::offsetsCoverTheText() {
  if (!std::filesystem::exists(kShared + "/tokenizers"))
    QSKIP("../shared/data is not here: no tokenizers");
  const std::string text = " Grüße, 你好 <s>x  y</s>\n\n<|im_start|>user e\xCC\x81 done";
  for (const char* name : {"llama3", "llama2", "llama2-legacy", "mistral-v3", "gpt2", "qwen2"}) {
    auto tokenizer = shared(name);
    auto pieces = tokenizer->encodeWithOffsets(text, EncodeOptions{true, true});
    auto ids = tokenizer->encode(text, true);
    QCOMPARE(pieces.size(), ids.size());
    uint32_t covered = 0;
    for (size_t i = 0; i < pieces.size(); ++i) {
      QCOMPARE(pieces[i].id, ids[i]);
      QVERIFY2(pieces[i].begin <= covered && pieces[i].end >= pieces[i].begin, name);
      covered = std::max(covered, pieces[i].end);
    }
    QCOMPARE(covered, static_cast<uint32_t>(text.size()));
  }
}

void TokenizerTest::invalidUtf8BecomesReplacementCharacters() {
  QCOMPARE(repairedUtf8("a\xFF" "b\xE4\xBD" "c\xF0\x9F\x98"), std::string("a\xEF\xBF\xBD" "b\xEF\xBF\xBD" "c\xEF\xBF\xBD"));
  QCOMPARE(repairedUtf8("\xED\xA0\x80"), std::string("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
  auto tokenizer = Tokenizer::fromJson(dumpJson(smallTokenizer()));
  auto pieces = tokenizer->encodeWithOffsets("a\xFF" "ab", {});
  QCOMPARE(pieces.size(), size_t(3));
  QCOMPARE(pieces[1].begin, 1u);
  QCOMPARE(pieces[1].end, 2u);
  QCOMPARE(pieces[2].end, 4u);
}

void TokenizerTest::oneMegabyteOfOneClassIsQuick_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QByteArray>("unit");
  for (const char* name : {"llama3", "llama2", "qwen2", "gpt2"}) {
    std::pair<const char*, const char*> classes[] = {{"letters", "a"},      {"words", "abcdefgh"}, {"spaces", " "},           {"newlines", "\n"}, {"cjk", "你好世界"},
                                                     {"marks", "\xCC\x81\xCC\xA3"}, {"joiners", "👩‍💻"},   {"marked spaces", "\xE2\x96\x81"}, {"digits", "7"}};
    for (auto [label, unit] : classes)
      QTest::newRow(qPrintable(QString("%1 %2").arg(name, label))) << QString(name) << QByteArray(unit);
  }
}

void TokenizerTest::oneMegabyteOfOneClassIsQuick() {
  if (!std::filesystem::exists(kShared + "/tokenizers"))
    QSKIP("../shared/data is not here: no tokenizers");
  QFETCH(QString, name);
  QFETCH(QByteArray, unit);
  static std::string loadedName;
  static std::shared_ptr<const Tokenizer> tokenizer;
  if (loadedName != name.toStdString())
    tokenizer = shared(loadedName = name.toStdString());
  std::string text = repeated(unit.toStdString(), 1 << 20);
  std::clock_t start = std::clock();
  auto ids = tokenizer->encode(text, false);
  double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  QVERIFY(!ids.empty());
  QVERIFY2(seconds <= 1.0, qPrintable(QString("%1 s of processor time, allowed 1").arg(seconds)));
}

void TokenizerTest::damagedFilesAreRefused() {
  auto with = [](const std::function<void(Json&)>& change) {
    Json json = smallTokenizer();
    change(json);
    return refusalOf(dumpJson(json));
  };
  QCOMPARE(with([](Json&) {}), std::string("accepted"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"]["a"] = -1; }), std::string("REJ:TOKENIZER_VOCAB"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"]["a"] = 1; }), std::string("REJ:TOKENIZER_VOCAB"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"]["a"] = 1.5; }), std::string("REJ:TOKENIZER_VOCAB"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"]["a"] = 1ull << 40; }), std::string("REJ:TOKENIZER_VOCAB"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"]["a"] = 1000; }), std::string("accepted")); // gaps are fine
  QCOMPARE(with([](Json& j) { j["model"]["merges"].push_back("a c"); }), std::string("REJ:TOKENIZER_MERGES"));
  QCOMPARE(with([](Json& j) { j["model"]["merges"].push_back("a"); }), std::string("REJ:TOKENIZER_MERGES"));
  QCOMPARE(with([](Json& j) { j["model"]["merges"].push_back(Json::array({"a"})); }), std::string("REJ:TOKENIZER_MERGES"));
  QCOMPARE(with([](Json& j) { j["model"]["merges"].push_back(Json::array({"a", "b"})); }), std::string("accepted"));
  QCOMPARE(with([](Json& j) { j["model"]["type"] = "WordPiece"; }), std::string("unsupported"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"] = Json::array({Json::array({"a", 0.5})}); j["model"]["type"] = "Unigram"; }), std::string("unsupported"));
  QCOMPARE(with([](Json& j) { j["added_tokens"] = Json::array(); j["normalizer"] = {{"type", "Precompiled"}}; }), std::string("unsupported"));
  QCOMPARE(refusalOf("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"a\":1},\"merges\":[]}}"), std::string("REJ:TOKENIZER_VOCAB"));
  QCOMPARE(refusalOf("[]"), std::string("REJ:TOKENIZER_JSON"));
  QCOMPARE(refusalOf(""), std::string("REJ:TOKENIZER_JSON"));
  QCOMPARE(refusalOf(std::string(100000, '[')), std::string("REJ:TOKENIZER_JSON"));
}

void TokenizerTest::hostilePatternsHitALimit() {
  for (const char* pattern : {"(a+)+$b", "(a|a)*c", "a*b", "(?:a*)*\\1c"}) {
    Json json = smallTokenizer();
    json["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
    QElapsedTimer timer;
    timer.start();
    try {
      auto tokenizer = Tokenizer::fromJson(dumpJson(json));
      tokenizer->encode(std::string(1 << 20, 'a'), false);
    } catch (const Exception& e) {
      QCOMPARE(e.error().code, std::string("REJ:TOKENIZER_PATTERN"));
    }
    QVERIFY2(timer.elapsed() < 5000, pattern);
  }
}

void TokenizerTest::aMillionAddedTokensAreFoundInOnePass() {
  std::string json = R"({"added_tokens":[)";
  for (int i = 0; i < 1'000'000; ++i)
    json += (i ? "," : "") + std::string(R"({"id":0,"content":"<x)") + std::to_string(i) + R"(>","normalized":false,"special":true})";
  json += R"(,{"id":0,"content":"","special":true}],"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})";
  auto tokenizer = Tokenizer::fromJson(json);
  QCOMPARE(tokenizer->vocabSize(), 1'000'001);
  std::string text = repeated("<x999999>a<x12<x7>", 1 << 20);
  std::clock_t start = std::clock();
  auto ids = tokenizer->encode(text, false);
  QVERIFY(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 1.0);
  QCOMPARE(ids[0], 1'000'000);
  QCOMPARE(ids[1], 0);
  QCOMPARE(ids[2], 8);
}

void TokenizerTest::trainedTokenizerRoundTripsAndIsDeterministic() {
  auto corpus = [] {
    return [i = 0]() mutable -> std::optional<std::string> {
      if (i == 200)
        return std::nullopt;
      ++i;
      return "The quick brown fox number " + std::to_string(i * 7919) + " jumps over the lazy dog, doesn't it?\n你好 Grüße 😀\n";
    };
  };
  BpeTrainerOptions options;
  options.vocabSize = 400;
  std::string json = trainBpe(corpus(), options);
  QCOMPARE(trainBpe(corpus(), options), json);
  auto tokenizer = Tokenizer::fromJson(json, trainedTokenizerConfig(options.specialTokens));
  QCOMPARE(tokenizer->idOf("<|endoftext|>"), std::optional(0));
  QCOMPARE(tokenizer->eosId(), std::optional(2));
  QVERIFY(tokenizer->vocabSize() <= 400 && tokenizer->vocabSize() > 290);
  const std::string text = "The fox 12345 jumps; never seen: ζωή \x01 👩‍💻";
  QCOMPARE(tokenizer->decode(tokenizer->encode(text, false), false), text);
  QCOMPARE(tokenizer->encode("The quick brown", false).size(), size_t(3));
  QCOMPARE(tokenizer->encode("123", false).size(), size_t(3));
  QVERIFY_EXCEPTION_THROWN(trainBpe(corpus(), [] { BpeTrainerOptions o; o.vocabSize = 100; return o; }()), Exception);
}

QTEST_GUILESS_MAIN(TokenizerTest)
#include "tst_tokenizer.moc"
