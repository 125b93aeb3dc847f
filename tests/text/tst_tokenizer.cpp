// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/data/open_tokenizer.h"
#include "core/data/tokenizer_export.h"
#include "core/io/gguf.h"
#include "core/text/base64_text.h"
#include "core/text/bpe_trainer.h"
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

using namespace lathe;
using namespace lathe::text;

namespace {

const std::string kShared = LATHE_SHARED_DATA;

std::shared_ptr<const Tokenizer> shared(const std::string& name) {
  for (const char* ending : {".tokenizer.json", ".tokenizer.json.gz", ".model"})
    if (const std::string path = kShared + "/tokenizers/" + name + ending; std::filesystem::exists(path))
      return Tokenizer::fromFile(path);
  throw std::runtime_error("no tokenizer " + name);
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

std::string bytesRefusal(const std::string& bytes) {
  try {
    Tokenizer::fromBytes(bytes);
  } catch (const Exception& e) {
    return e.error().code.empty() ? errorKindName(e.error().kind) : e.error().code;
  }
  return "accepted";
}

std::string repeatedTo(std::string_view text, size_t bytes) {
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
  void everyComponentGivesTheLibrariesIds_data();
  void everyComponentGivesTheLibrariesIds();
  void ggufVocabulariesGiveTheReferenceIds_data();
  void ggufVocabulariesGiveTheReferenceIds();
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
  QTest::addColumn<QString>("goldens");
  for (const char* name : {"llama3", "llama2", "llama2-legacy", "mistral-v3", "gpt2", "qwen2", "gemma4", "llama2.spm", "mistral-v3.spm"})
    QTest::newRow(name) << QString(name) << QString(name);
  QTest::newRow("tiktoken") << "llama3.tiktoken" << "llama3"; // the two agree on every text
}

void TokenizerTest::idsAndDecodingsEqualTheReferenceLibrary() {
  if (!std::filesystem::exists(kShared + "/goldens"))
    QSKIP("../shared/data is not here: no reference ids to compare with");
  QFETCH(QString, name);
  QFETCH(QString, goldens);
  auto tokenizer = shared(name.toStdString());
  std::ifstream file(kShared + "/goldens/tokens-" + goldens.toStdString() + ".jsonl");
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

// tests/data/tokenizers/cases.json, made by make_tokenizer_cases.py with the libraries themselves.
void TokenizerTest::everyComponentGivesTheLibrariesIds_data() {
  QTest::addColumn<QByteArray>("source"); // tokenizer.json, or a SentencePiece model
  QTest::addColumn<QByteArray>("cases");
  JsonLimits limits;
  limits.bytes = 4 << 20;
  const Json document = parseJson(readFile(LATHE_TEST_DATA "/tokenizers/cases.json", 4 << 20), limits);
  const auto row = [](const Json& one, const std::string& kind, const std::string& source) {
    QTest::newRow((kind + one["name"].get<std::string>()).c_str()) << QByteArray::fromStdString(source) << QByteArray::fromStdString(dumpJson(one["cases"]));
  };
  for (const Json& one : document["tokenizers"]) {
    Json json = one["rest"];
    json["model"] = document["models"][one["model"].get<std::string>()];
    row(one, "", dumpJson(json));
  }
  for (const Json& one : document["sentencepiece"])
    row(one, "sentencepiece ", base64Decoded(one["model"].get<std::string>()).value());
}

void TokenizerTest::everyComponentGivesTheLibrariesIds() {
  QFETCH(QByteArray, source);
  QFETCH(QByteArray, cases);
  const auto tokenizer = Tokenizer::fromBytes(source.toStdString());
  for (const Json& one : parseJson(cases.toStdString())) {
    const auto text = one["text"].get<std::string>();
    const auto expected = one["ids"].get<std::vector<int32_t>>();
    const auto ids = tokenizer->encode(text, !tokenizer->bosId()); // sentencepiece's own ids have no <s>
    QVERIFY2(ids == expected, qPrintable(QString::fromStdString(Json(text).dump() + ": expected " + Json(expected).dump() + ", got " + Json(ids).dump())));
    QCOMPARE(tokenizer->decode(expected, false), one["decoded"].get<std::string>());
    QCOMPARE(streamed(tokenizer, expected, false), one["decoded"].get<std::string>());
    QCOMPARE(tokenizer->decode(expected, true), stringOr(one, one.contains("skipped") ? "skipped" : "decoded", ""));
  }
}

void TokenizerTest::ggufVocabulariesGiveTheReferenceIds_data() {
  QTest::addColumn<QString>("name");
  for (const char* name : {"deepseek-coder", "falcon", "gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2", "starcoder"})
    QTest::newRow(name) << QString(name);
}

void TokenizerTest::ggufVocabulariesGiveTheReferenceIds() {
  QFETCH(QString, name);
  const std::string path = kShared + "/gguf-vocab/ggml-vocab-" + name.toStdString() + ".gguf";
  if (!std::filesystem::exists(path))
    QSKIP("../shared/data is not here: no GGUF vocabularies");
  const auto tokenizer = data::openTokenizer(path);
  QTemporaryDir folder; // the same vocabulary written as the files of a model folder
  data::writeTokenizerOfGguf(io::GgufFile::open(path)->header(), folder.path().toStdString());
  const auto written = Tokenizer::fromFile(folder.path().toStdString());
  QVERIFY(written->bosId() == tokenizer->bosId() && written->eosId() == tokenizer->eosId() && written->vocabSize() == tokenizer->vocabSize());
  const std::string inputs = readFile(path + ".inp", 1 << 20), separator = "\n__ggml_vocab_test__\n";
  std::ifstream outputs(path + ".out");
  int rows = 0;
  std::string line;
  for (size_t at = 0; at < inputs.size(); ++rows) {
    const size_t end = std::min(inputs.find(separator, at), inputs.size());
    const std::string text = inputs.substr(at, end - at);
    at = end + separator.size();
    QVERIFY(std::getline(outputs, line));
    std::istringstream numbers(line);
    const std::vector<int32_t> expected{std::istream_iterator<int32_t>(numbers), {}};
    const auto ids = tokenizer->encode(text, false);
    QVERIFY2(ids == expected, qPrintable(QString::fromStdString(Json(text).dump() + ": expected " + Json(expected).dump() + ", got " + Json(ids).dump())));
    const auto again = written->encode(text, false);
    QVERIFY2(again == expected, qPrintable(QString::fromStdString("written " + Json(text).dump() + ": expected " + Json(expected).dump() + ", got " + Json(again).dump())));
    QCOMPARE(written->decode(again, false), tokenizer->decode(ids, false));
  }
  QVERIFY2(rows > 40, qPrintable(QString("only %1 pairs").arg(rows)));
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
  for (const char* name : {"llama3", "llama2", "qwen2", "gpt2", "llama2.spm", "llama3.tiktoken"}) {
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
  std::string text = repeatedTo(unit.toStdString(), 1 << 20);
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
  QCOMPARE(with([](Json& j) { j["model"]["vocab"] = Json::array({Json::array({"a", -0.5})}); j["model"]["type"] = "Unigram"; }), std::string("accepted"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"] = Json::array({Json::array({"a"})}); j["model"]["type"] = "Unigram"; }), std::string("REJ:TOKENIZER_VOCAB"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"] = Json::array({Json::array({"a", -1}), Json::array({"a", -2})}); j["model"]["type"] = "Unigram"; }), std::string("REJ:TOKENIZER_VOCAB"));
  QCOMPARE(with([](Json& j) { j["model"]["vocab"] = Json::array({Json::array({"a", -1})}); j["model"]["type"] = "Unigram"; j["model"]["unk_id"] = 1; }), std::string("REJ:TOKENIZER_UNK"));
  QCOMPARE(with([](Json& j) { j["model"]["dropout"] = 0.1; }), std::string("unsupported"));
  QCOMPARE(with([](Json& j) { j["decoder"] = {{"type", "CTC"}}; }), std::string("unsupported"));
  QCOMPARE(with([](Json& j) { j["normalizer"] = {{"type", "Precompiled"}, {"precompiled_charsmap", "%%%"}}; }), std::string("REJ:TOKENIZER_CHARSMAP"));
  QCOMPARE(with([](Json& j) { j["normalizer"] = {{"type", "Precompiled"}, {"precompiled_charsmap", "AAQAAAA="}}; }), std::string("REJ:TOKENIZER_CHARSMAP"));
  QCOMPARE(refusalOf("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"a\":1},\"merges\":[]}}"), std::string("REJ:TOKENIZER_VOCAB"));
  QCOMPARE(bytesRefusal(std::string("\x0A\x05\x0A\x01", 4) + "a\x0A\x7F"), std::string("REJ:TOKENIZER_SPM"));              // cut off
  QCOMPARE(bytesRefusal(std::string("\x0A\x05\x0A\x03\xFF\xFF\xFF\x00\x00\x00", 10)), std::string("REJ:TOKENIZER_SPM")); // not UTF-8
  QCOMPARE(bytesRefusal("YQ== 0\nYQ== 1\n"), std::string("REJ:TOKENIZER_TIKTOKEN"));
  QCOMPARE(bytesRefusal("YQ== 0\nYg== -1\n"), std::string("REJ:TOKENIZER_TIKTOKEN"));
  QCOMPARE(bytesRefusal("YQ== 0\nYg== 4194304\n"), std::string("REJ:TOKENIZER_TIKTOKEN"));
  QCOMPARE(bytesRefusal("YQ== 0\nYg== 1\n"), std::string(errorKindName(ErrorKind::Unsupported))); // no known family: its splitting would be a guess
  QCOMPARE(bytesRefusal("\x80\x04pickle"), std::string("REJ:TOKENIZER_KIND"));
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
  std::string text = repeatedTo("<x999999>a<x12<x7>", 1 << 20);
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
