// SPDX-License-Identifier: Apache-2.0
// Rows beyond the sequence length: cut, split or left out, and counted; and the cache that must not mix them up.
#include "core/base/files.h"
#include "core/data/data_quality.h"
#include "core/data/open_tokenizer.h"
#include "core/io/safetensors.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

#include <filesystem>
#include <numeric>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace lathe;
using namespace lathe::data;

namespace {

/// A row of token ids from `first`, supervised where its mask has an x.
Sample maskedSample(int first, const std::string& mask) {
  Sample out;
  out.shape = DatasetShape::Tokens;
  for (size_t i = 0; i < mask.size(); ++i) {
    out.ids.push_back(first + static_cast<int>(i));
    out.labels.push_back(mask[i] == 'x' ? out.ids.back() : kIgnoredLabel);
  }
  return out;
}

std::string maskOf(const TokenizedRow& row) {
  std::string out;
  for (const uint8_t on : row.supervised)
    out += on ? 'x' : '.';
  return out;
}

/// "1-4 .x.x" of every row: first and last id, mask.
QString rowsText(const TokenizedSample& sample) {
  QStringList out;
  for (const TokenizedRow& row : sample.rows)
    out << QString("%1-%2 %3").arg(row.ids.front()).arg(row.ids.back()).arg(QString::fromStdString(maskOf(row)));
  return out.join(", ");
}

TokenizeOptions fitting(LongRows longRows, uint64_t maxSeqLen = 4) {
  TokenizeOptions out;
  out.maxSeqLen = maxSeqLen;
  out.longRows = longRows;
  return out;
}

/// A file of pre-tokenized rows with masks.
std::string maskedFile(const QTemporaryDir& folder, const std::vector<std::string>& masks) {
  std::vector<int64_t> ids, labels, bounds = {0};
  for (const std::string& mask : masks) {
    for (const char c : mask) {
      ids.push_back(static_cast<int64_t>(ids.size()) + 1);
      labels.push_back(c == 'x' ? ids.back() : -100);
    }
    bounds.push_back(static_cast<int64_t>(ids.size()));
  }
  const auto view = [](const char* name, const std::vector<int64_t>& values) {
    io::TensorView out;
    out.name = name;
    out.dtype = io::DType::I64;
    out.shape = {static_cast<int64_t>(values.size())};
    out.data = reinterpret_cast<const std::byte*>(values.data());
    out.bytes = values.size() * 8;
    return out;
  };
  const std::string path = folder.filePath("masked.safetensors").toStdString();
  io::writeSafetensors(path, {view("input_ids", ids), view("labels", labels), view("cu_seqlens", bounds)});
  return path;
}

std::shared_ptr<const TokenizedDataset> buildFrom(const std::string& path, const TokenizeOptions& options, const text::Tokenizer* tokenizer = nullptr) {
  return TokenizedDataset::build(Dataset::open({{path, "auto", Json::object()}}), tokenizer, options);
}

std::shared_ptr<const text::Tokenizer> smallTokenizer() {
  const std::string path = LATHE_SHARED_DATA "/tokenizers/gpt2.tokenizer.json";
  static const auto loaded = fileExists(path) ? text::Tokenizer::fromFile(path) : nullptr;
  return loaded;
}

} // namespace

class TestLongRows : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aLongRowBecomesWhatWasAskedFor_data() {
    QTest::addColumn<QString>("how");
    QTest::addColumn<QString>("mask");
    QTest::addColumn<QString>("rows");
    QTest::addColumn<int>("dropped");
    QTest::newRow("short") << "split" << "..xx" << "1-4 ..xx" << 0;
    QTest::newRow("right") << "truncate_right" << "..xx.xx" << "1-4 ..xx" << 3;
    QTest::newRow("today's") << "auto" << "..xx.xx" << "1-4 ..xx" << 3;
    QTest::newRow("left") << "truncate_left" << "..xx.xx" << "4-7 ..xx" << 3;
    QTest::newRow("split") << "split" << ".xxx...xxx" << "1-4 .xxx, 5-8 ...x, 9-10 .x" << 0;
    QTest::newRow("split without a piece") << "split" << ".xxx....x." << "1-4 .xxx" << 6;
    QTest::newRow("split ends with one token") << "split" << ".xxxx" << "1-4 .xxx" << 1;
    QTest::newRow("drop") << "drop" << "..xx." << "" << 5;
  }

  void aLongRowBecomesWhatWasAskedFor() {
    QFETCH(QString, how);
    QFETCH(QString, mask);
    QFETCH(QString, rows);
    QFETCH(int, dropped);
    const TokenizedSample got = tokenizeWhole(maskedSample(1, mask.toStdString()), nullptr, fitting(longRowsFromName(how.toStdString())));
    QCOMPARE(rowsText(got), rows);
    QCOMPARE(static_cast<int>(got.droppedTokens), dropped);
    QCOMPARE(static_cast<int>(got.tokens), mask.size());
    uint64_t kept = 0;
    for (const TokenizedRow& row : got.rows) {
      kept += row.ids.size();
      for (size_t i = 0; i < row.ids.size(); ++i)
        QCOMPARE(row.labels[i], row.supervised[i] ? row.ids[i] : kIgnoredLabel);
    }
    QCOMPARE(kept + got.droppedTokens, got.tokens);
  }

  void labelsOfTheirOwnStayWithTheirTokens() {
    Sample sample = maskedSample(1, ".xxxxxx");
    for (int32_t& label : sample.labels)
      label = label == kIgnoredLabel ? label : label + 100;
    const TokenizedSample left = tokenizeWhole(sample, nullptr, fitting(LongRows::TruncateLeft));
    QVERIFY(left.rows[0].labels == (std::vector<int32_t>{-100, 105, 106, 107}));
    const TokenizedSample pieces = tokenizeWhole(sample, nullptr, fitting(LongRows::Split));
    QVERIFY(pieces.rows[1].labels == (std::vector<int32_t>{-100, 106, 107}));
  }

  void textIsSplitAndConversationsAreCutUnlessAskedOtherwise() {
    const auto tokenizer = smallTokenizer();
    if (!tokenizer)
      QSKIP("the shared tokenizers are not here");
    Sample text;
    text.shape = DatasetShape::Text;
    text.text = "one two three four five six seven eight nine ten";
    QCOMPARE(tokenizeWhole(text, tokenizer.get(), fitting(LongRows::Auto)).pieces, 3u);
    const TokenizedSample cut = tokenizeWhole(text, tokenizer.get(), fitting(LongRows::TruncateRight));
    QVERIFY(cut.rows.size() == 1 && cut.rows[0].truncated && cut.pieces == 0);
    Sample chat;
    chat.messages = Json::parse(R"([{"role": "user", "content": "a b c d e f g"}, {"role": "assistant", "content": "one two three four five six seven eight"}])");
    TokenizeOptions options = fitting(LongRows::Auto, 16);
    QVERIFY(tokenizeWhole(chat, tokenizer.get(), options).rows.at(0).truncated);
    options.longRows = LongRows::Split;
    const TokenizedSample pieces = tokenizeWhole(chat, tokenizer.get(), options);
    QVERIFY(pieces.pieces > 1);
    std::vector<int32_t> learned;
    for (const TokenizedRow& row : pieces.rows)
      for (size_t i = 0; i < row.ids.size(); ++i)
        if (row.supervised[i])
          learned.push_back(row.ids[i]);
    const QString all = QString::fromStdString(tokenizer->decode(learned, false));
    QVERIFY2(all.contains("eight"), qPrintable(all));
    options.longRows = LongRows::TruncateLeft;
    const TokenizedRow end = tokenizeWhole(chat, tokenizer.get(), options).rows.at(0);
    QVERIFY(QString::fromStdString(tokenizer->decode(end.ids, false)).contains("eight"));
  }

  void everyKindIsCounted() {
    QTemporaryDir folder;
    const std::string path = maskedFile(folder, {".xx", ".xxx..x..", ".......x.x", "..x"});
    const auto stats = [&](LongRows longRows) { return buildFrom(path, fitting(longRows))->stats(); };
    const DatasetStats cut = stats(LongRows::TruncateRight);
    QVERIFY(cut.longerRows == 2 && cut.truncatedRows == 2 && cut.droppedTokens == 11 && cut.rows == 4 && cut.zeroSupervision == 1 && cut.trainRows == 3);
    QCOMPARE(QString::fromStdString(cut.longRowsText()), QString("2 rows are longer than the sequence length: 2 cut; 11 tokens are lost."));
    const DatasetStats split = stats(LongRows::Split);
    QVERIFY(split.longerRows == 2 && split.truncatedRows == 0 && split.splitSources == 2);
    QCOMPARE(split.splitPieces, 4u); // ".xxx" "..x."; "...x" ".x"
    QCOMPARE(split.droppedPieces, 2u);
    QCOMPARE(split.droppedTokens, 5u);
    QCOMPARE(split.trainRows, 6u);
    const DatasetStats dropped = stats(LongRows::Drop);
    QVERIFY(dropped.droppedRows == 2 && dropped.rows == 2 && dropped.droppedTokens == 19 && dropped.truncatedRows == 0);
    QVERIFY(DatasetStats::fromJson(split.toJson()).toJson() == split.toJson());
  }

  void nothingLeftIsRefusedWithTheReason() {
    QTemporaryDir folder;
    const std::string path = maskedFile(folder, {".xxxxx", ".xxxxxx"});
    const auto result = capture([&] { return buildFrom(path, fitting(LongRows::Drop)); });
    QVERIFY(!result.ok());
    QCOMPARE(result.error().code, std::string("REJ:DATASET_ALL_LONG"));
    QVERIFY2(result.error().message.find("2 rows have more than 4") != std::string::npos, result.error().message.c_str());
    const std::string masked = maskedFile(folder, {"........", "....x..."});
    QCOMPARE(capture([&] { return buildFrom(masked, fitting(LongRows::Split)); }).error().code, std::string("REJ:DATASET_ALL_MASKED"));
    QCOMPARE(capture([] { return longRowsFromName("cut"); }).error().code, std::string("REJ:SPEC"));
  }

  void lengthsBeforeCuttingAreKeptAndCounted() {
    QTemporaryDir folder;
    std::vector<std::string> masks;
    for (int i = 1; i <= 200; ++i)
      masks.push_back("." + std::string(static_cast<size_t>(i), 'x'));
    masks.push_back("." + std::string(4999, 'x'));
    const TokenizeOptions options = fitting(LongRows::TruncateRight, 100);
    const auto rows = buildFrom(maskedFile(folder, masks), options);
    QCOMPARE(rows->sourceLengths().size(), size_t{201});
    const api::LengthStatistics lengths = lengthStatistics(*rows, options);
    QVERIFY(lengths.shortest == 2 && lengths.longest == 5000 && lengths.median == 102 && lengths.p95 == 192 && lengths.p99 == 200);
    QCOMPARE(lengths.suggestedMaxSeqLen, int64_t{256});
    QCOMPARE(lengths.longerRows, int64_t{102});
    QCOMPARE(lengths.tokens, int64_t{200 * 203 / 2 + 5000});
    QVERIFY(lengths.counts.size() <= 64 && lengths.edges.size() == lengths.counts.size() + 1 && std::is_sorted(lengths.edges.begin(), lengths.edges.end()));
    QCOMPARE(std::accumulate(lengths.counts.begin(), lengths.counts.end(), int64_t{0}), int64_t{201});
    for (size_t i = 0; i < lengths.counts.size(); ++i) {
      const auto inside = std::count_if(masks.begin(), masks.end(), [&](const std::string& mask) {
        return static_cast<int64_t>(mask.size()) >= lengths.edges[i] && static_cast<int64_t>(mask.size()) < lengths.edges[i + 1];
      });
      QCOMPARE(lengths.counts[i], int64_t{inside});
    }
    QVERIFY(api::encode(api::decode<api::LengthStatistics>(api::encode(lengths))) == api::encode(lengths));
  }

  void theCacheKnowsEverythingThatChangesTokens() {
    const auto tokenizer = smallTokenizer();
    if (!tokenizer)
      QSKIP("the shared tokenizers are not here");
    QTemporaryDir folder;
    const std::string file = folder.filePath("t.jsonl").toStdString(), same = folder.filePath("t.txt").toStdString();
    writeFileAtomic(file, "{\"text\": \"one two three four five six\", \"other\": \"seven eight nine\"}\n");
    std::filesystem::copy_file(file, same);
    TokenizeOptions base = fitting(LongRows::Auto, 8);
    base.cacheFolder = folder.filePath("cache").toStdString();
    const auto build = [&](const std::string& path, const TokenizeOptions& options, const Json& columns = Json::object()) {
      return TokenizedDataset::build(Dataset::open({{path, "auto", columns}}), tokenizer.get(), options);
    };
    std::set<std::string> keys = {build(file, base)->fingerprint()};
    QVERIFY(build(file, base)->fromCache());
    const auto fresh = [&](const std::shared_ptr<const TokenizedDataset>& rows) { return !rows->fromCache() && keys.insert(rows->fingerprint()).second; };
    for (const LongRows longRows : {LongRows::TruncateRight, LongRows::TruncateLeft, LongRows::Split}) {
      TokenizeOptions other = base;
      other.longRows = longRows;
      QVERIFY2(fresh(build(file, other)), longRowsName(longRows));
    }
    TokenizeOptions other = base;
    other.chatTemplate = text::ChatTemplate::parse("{{ messages[0]['content'] }}");
    QVERIFY2(fresh(build(file, other)), "template");
    other = base;
    other.variables["eos_token"] = "the";
    QVERIFY2(fresh(build(file, other)), "variables");
    QVERIFY2(fresh(build(same, base)), "the same bytes read as plain text");
    QVERIFY2(fresh(build(file, base, {{"text", "other"}})), "another column");
    const auto time = std::filesystem::last_write_time(file);
    writeFileAtomic(file, "{\"text\": \"one two THREE four five six\", \"other\": \"seven eight nine\"}\n");
    std::filesystem::last_write_time(file, time);
    QVERIFY2(fresh(build(file, base)), "edited in place with the same size and time");
  }

  void sideFilesOfATokenizerChangeItsFingerprint() {
    QDir shared(LATHE_SHARED_DATA "/tokenizers");
    QString model;
    for (const QString& name : shared.entryList({"*.model"}))
      if (model.isEmpty() && QFileInfo(shared.filePath(name)).size() < 8 << 20)
        model = shared.filePath(name);
    if (model.isEmpty())
      QSKIP("no shared SentencePiece or tiktoken model is here");
    QTemporaryDir folder;
    QVERIFY(QFile::copy(model, folder.filePath("tokenizer.model")));
    const auto fingerprint = [&](const std::string& config) {
      writeFileAtomic(folder.filePath("tokenizer_config.json").toStdString(), config);
      return openTokenizer(folder.path().toStdString())->fingerprint();
    };
    const std::string plain = fingerprint("{}");
    QCOMPARE(fingerprint("{\"model_max_length\": 5}"), plain);
    const std::string added = fingerprint(R"({"added_tokens_decoder": {"90001": {"content": "<|a|>", "special": true}}})");
    QVERIFY(added != plain);
    QVERIFY(fingerprint(R"({"added_tokens_decoder": {"90001": {"content": "<|a|>", "special": false}}})") != added);
    QVERIFY(fingerprint(R"({"added_tokens_decoder": {"90002": {"content": "<|a|>", "special": true}}})") != added);
  }

  void aFileThatChangesWhileItIsReadIsRefused() {
    QTemporaryDir folder;
    const std::string path = maskedFile(folder, {".xx", ".xxx", "..x"});
    const auto dataset = Dataset::open({{path, "auto", Json::object()}});
    const auto time = std::filesystem::last_write_time(path);
    TokenizeOptions options = fitting(LongRows::Auto);
    options.cacheFolder = folder.filePath("cache").toStdString();
    bool edited = false;
    const auto change = [&](double) {
      if (std::exchange(edited, true))
        return;
      QFile file(QString::fromStdString(path));
      QVERIFY(file.open(QIODevice::ReadWrite));
      file.seek(file.size() - 1);
      file.write("\x01");
      file.close();
      std::filesystem::last_write_time(path, time);
    };
    const auto result = capture([&] { return TokenizedDataset::build(dataset, nullptr, options, change); });
    QVERIFY(edited && !result.ok());
    QCOMPARE(result.error().code, std::string("REJ:DATASET_CHANGED"));
    QVERIFY(listDirectory(options.cacheFolder).empty());
  }

  void twoProcessesMayWriteTheSameCache() {
    QTemporaryDir folder;
    const std::string path = maskedFile(folder, std::vector<std::string>(2000, ".xxxxxxx.xx"));
    TokenizeOptions options = fitting(LongRows::Split);
    options.cacheFolder = folder.filePath("cache").toStdString();
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        const auto rows = capture([&] { return buildFrom(path, options)->stats().trainRows; });
        ::_exit(rows.ok() && *rows == 6000 ? 0 : 1);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = -1;
      QCOMPARE(::waitpid(child, &status, 0), child);
      QVERIFY2(WIFEXITED(status) && WEXITSTATUS(status) == 0, qPrintable(QString::number(status)));
    }
    const auto rows = buildFrom(path, options);
    QVERIFY(rows->fromCache());
    QCOMPARE(rows->stats().trainRows, 6000u);
    QCOMPARE(listDirectory(options.cacheFolder).size(), size_t{1});
  }
};

QTEST_GUILESS_MAIN(TestLongRows)
#include "tst_long_rows.moc"
