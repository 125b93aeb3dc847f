// SPDX-License-Identifier: Apache-2.0
// Rows into microbatches: nothing lost, nothing too full, close to the fewest possible, and the same step whatever the strategy.
#include "core/base/files.h"
#include "core/base/random.h"
#include "core/data/data_quality.h"
#include "core/data/packing.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <QTest>

#include <algorithm>
#include <numeric>

using namespace lathe;
using namespace lathe::data;

namespace {

constexpr PackingStrategy kStrategies[] = {PackingStrategy::BestFit, PackingStrategy::FirstFit, PackingStrategy::InOrder};

std::vector<uint64_t> randomLengths(uint64_t seed, size_t count, uint64_t longest) {
  std::vector<uint64_t> out;
  for (size_t i = 0; i < count; ++i)
    out.push_back(2 + randomBits(seed, 1, i) % (longest - 1));
  return out;
}

/// Fewest bins by trying everything.
size_t fewestByTrying(const std::vector<uint64_t>& lengths, uint64_t capacity, size_t at, std::vector<uint64_t>& bins, size_t best) {
  if (bins.size() >= best)
    return best;
  if (at == lengths.size())
    return bins.size();
  for (size_t i = 0; i < bins.size(); ++i)
    if (bins[i] + lengths[at] <= capacity) {
      bins[i] += lengths[at];
      best = std::min(best, fewestByTrying(lengths, capacity, at + 1, bins, best));
      bins[i] -= lengths[at];
    }
  bins.push_back(lengths[at]);
  best = std::min(best, fewestByTrying(lengths, capacity, at + 1, bins, best));
  bins.pop_back();
  return best;
}

/// Rows of given lengths without any file.
class LengthRows final : public TokenizedDataset {
public:
  explicit LengthRows(std::vector<uint64_t> lengths) : m_lengths(std::move(lengths)), m_ids(*std::max_element(m_lengths.begin(), m_lengths.end()), 1), m_all(m_lengths.size()) {
    std::iota(m_all.begin(), m_all.end(), uint64_t{0});
  }
  uint64_t rows() const override { return m_lengths.size(); }
  RowView row(uint64_t index) const override {
    const std::span<const int32_t> ids(m_ids.data(), m_lengths[index]);
    return {ids, ids, index, false};
  }
  std::span<const uint64_t> trainRows() const override { return m_all; }
  std::span<const uint64_t> validationRows() const override { return {}; }
  const DatasetStats& stats() const override { return m_stats; }
  const std::vector<RowError>& errors() const override { return m_errors; }
  const std::string& fingerprint() const override { return m_name; }
  bool fromCache() const override { return false; }

private:
  std::vector<uint64_t> m_lengths;
  std::vector<int32_t> m_ids;
  std::vector<uint64_t> m_all;
  DatasetStats m_stats;
  std::vector<RowError> m_errors;
  std::string m_name;
};

std::shared_ptr<const TokenizedDataset> lengthRows(uint64_t seed, size_t count, uint64_t longest) { return std::make_shared<LengthRows>(randomLengths(seed, count, longest)); }

} // namespace

class TestPacking : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyRowIsPlacedOnceAndNoMicrobatchIsTooFull() {
    for (uint64_t seed = 0; seed < 40; ++seed)
      for (const PackingStrategy strategy : kStrategies) {
        const auto lengths = randomLengths(seed, 1 + seed * 7, 90);
        std::vector<size_t> seen;
        std::vector<size_t> firsts;
        for (const auto& bin : packLengths(lengths, 64, strategy)) {
          uint64_t tokens = 0;
          for (const size_t i : bin)
            tokens += lengths[i];
          QVERIFY2(tokens <= 64 || bin.size() == 1, qPrintable(QString("%1 tokens in %2 rows").arg(tokens).arg(bin.size())));
          QVERIFY(std::is_sorted(bin.begin(), bin.end()));
          firsts.push_back(bin.front());
          seen.insert(seen.end(), bin.begin(), bin.end());
        }
        QVERIFY(std::is_sorted(firsts.begin(), firsts.end()));
        std::sort(seen.begin(), seen.end());
        QCOMPARE(seen.size(), lengths.size());
        QVERIFY(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
      }
  }

  void theBoundIsNeverAboveTheBestPacking() {
    size_t sharp = 0;
    for (uint64_t seed = 100; seed < 400; ++seed) {
      const auto lengths = randomLengths(seed, 8, 70);
      std::vector<uint64_t> bins;
      const size_t best = fewestByTrying(lengths, 100, 0, bins, lengths.size() + 1);
      const uint64_t bound = fewestMicrobatches(lengths, 100);
      QVERIFY2(bound <= best, qPrintable(QString("seed %1: bound %2, possible %3").arg(seed).arg(bound).arg(best)));
      const size_t got = packLengths(lengths, 100, PackingStrategy::BestFit).size();
      QVERIFY2(got >= best && 9 * got <= 11 * best + 6, qPrintable(QString("seed %1: best fit %2, possible %3").arg(seed).arg(got).arg(best)));
      sharp += bound == best;
    }
    QVERIFY2(sharp > 270, qPrintable(QString("the bound is reached in %1 of 300 cases").arg(sharp)));
  }

  void knownRowsArePackedAsOnPaper() {
    const std::vector<uint64_t> lengths = {6, 5, 4, 5, 20};
    QVERIFY(packLengths(lengths, 10, PackingStrategy::BestFit) == (std::vector<std::vector<size_t>>{{0, 2}, {1, 3}, {4}}));
    QVERIFY(packLengths(lengths, 10, PackingStrategy::InOrder) == (std::vector<std::vector<size_t>>{{0}, {1, 2}, {3}, {4}}));
    QVERIFY(packLengths(lengths, 10, PackingStrategy::FirstFit) == (std::vector<std::vector<size_t>>{{0, 2}, {1, 3}, {4}}));
    QCOMPARE(fewestMicrobatches(lengths, 10), 3u);
    QCOMPARE(fewestMicrobatches(std::vector<uint64_t>{6, 6, 6}, 10), 3u);
    QCOMPARE(fewestMicrobatches({}, 10), 0u);
  }

  void aStepCoversTheSameRowsWithEveryStrategy() {
    const auto rows = lengthRows(5, 333, 60);
    const auto rowsOf = [&](PackingStrategy strategy, uint64_t epoch, uint64_t step) {
      const BatchPlan plan(rows, rows->trainRows(), {.tokensPerMicrobatch = 128, .sequencesPerStep = 24, .strategy = strategy, .seed = 3});
      std::vector<uint64_t> out;
      int64_t supervised = 0;
      for (const PackedBatch& batch : plan.batches(epoch, step)) {
        out.insert(out.end(), batch.rows.begin(), batch.rows.end());
        supervised = batch.stepSupervised;
      }
      out.push_back(static_cast<uint64_t>(supervised));
      std::sort(out.begin(), out.end());
      return out;
    };
    for (uint64_t step = 0; step < 14; ++step)
      for (const PackingStrategy strategy : {PackingStrategy::FirstFit, PackingStrategy::InOrder})
        QVERIFY2(rowsOf(strategy, 2, step) == rowsOf(PackingStrategy::BestFit, 2, step), qPrintable(QString("step %1").arg(step)));
  }

  void oneMicrobatchKeepsTheOrderOfTheStep() {
    const auto rows = lengthRows(6, 20, 30);
    const auto order = [&](PackingStrategy strategy) { return BatchPlan(rows, rows->trainRows(), {.tokensPerMicrobatch = 4096, .sequencesPerStep = 0, .strategy = strategy}).step(1, 0).at(0).rows; };
    QVERIFY(order(PackingStrategy::BestFit) == order(PackingStrategy::InOrder));
  }

  void rowsInFileOrderAreJoinedWithTheirNeighboursOnly() {
    const auto rows = lengthRows(7, 100, 60);
    const BatchPlan plan(rows, rows->trainRows(), {.tokensPerMicrobatch = 100, .sequencesPerStep = 0, .shuffled = false});
    QVERIFY(plan.strategy() == PackingStrategy::InOrder);
    std::vector<uint64_t> order;
    for (const Microbatch& microbatch : plan.step(0, 0))
      order.insert(order.end(), microbatch.rows.begin(), microbatch.rows.end());
    QVERIFY(std::ranges::equal(order, rows->trainRows()));
  }

  void theReportCountsWhatThePlanMakes() {
    const auto rows = lengthRows(8, 500, 90);
    const BatchPlan plan(rows, rows->trainRows(), {.tokensPerMicrobatch = 64, .sequencesPerStep = 32});
    int64_t microbatches = 0, tokens = 0;
    uint64_t places = 0;
    for (uint64_t step = 0; step < plan.stepsPerEpoch(); ++step)
      for (const Microbatch& m : plan.step(0, step)) {
        ++microbatches;
        tokens += static_cast<int64_t>(m.tokens);
        places += std::max<uint64_t>(64, m.tokens);
      }
    const api::PackingReport report = packingReport(plan, 5);
    QCOMPARE(report.microbatches, microbatches);
    QCOMPARE(report.tokens, tokens);
    QCOMPARE(report.fill, static_cast<double>(tokens) / static_cast<double>(places));
    QVERIFY(report.fewestMicrobatches <= report.microbatches && report.bestFill >= report.fill && report.bestFill <= 1);
    QCOMPARE(report.first.size(), 5u);
    QVERIFY(report.first[0].rows.size() > 0 && report.first[0].tokens == std::accumulate(report.first[0].rows.begin(), report.first[0].rows.end(), int64_t{0}, [](int64_t sum, const auto& row) { return sum + row.tokens; }));
    const api::PackingReport back = api::decode<api::PackingReport>(api::encode(report));
    QVERIFY(api::encode(back) == api::encode(report));
    const api::PackingReport sampled = packingReport(plan, 0, 4);
    QCOMPARE(sampled.measuredSteps, int64_t{4});
    QVERIFY(std::abs(sampled.fill - report.fill) < 0.1);
  }

  void theDatasetsHereAreFilled_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"alpaca_en_demo.json", "alpaca_zh_demo.json", "c4_demo.jsonl", "dpo_en_demo.json", "glaive_toolcall_en_demo.json", "gsm8k-test.jsonl", "gsm8k-train.jsonl", "identity.json", "v1_sft_demo.jsonl", "wiki_demo.txt"})
      QTest::newRow(name) << name;
  }

  void theDatasetsHereAreFilled() {
    QFETCH(QString, name);
    const std::string tokenizer = LATHE_SHARED_DATA "/tokenizers/qwen2.tokenizer.json", file = LATHE_SHARED_DATA "/datasets/" + name.toStdString();
    const std::string chat = LATHE_SHARED_DATA "/templates/Qwen-Qwen2.5-7B-Instruct.jinja";
    if (!fileExists(tokenizer) || !fileExists(file) || !fileExists(chat))
      QSKIP("the shared data are not here");
    static const auto loaded = text::Tokenizer::fromFile(tokenizer);
    TokenizeOptions options;
    options.chatTemplate = text::ChatTemplate::parse(readFile(chat, 1 << 20));
    options.variables = {{"eos_token", "<|im_end|>"}};
    const auto rows = TokenizedDataset::build(Dataset::open({{file, "auto", Json::object()}}), loaded.get(), options);
    const auto report = [&](PackingStrategy strategy, uint64_t perStep, uint64_t capacity) {
      return packingReport(BatchPlan(rows, rows->trainRows(), {.tokensPerMicrobatch = capacity, .sequencesPerStep = perStep, .strategy = strategy}), 0);
    };
    const auto whole = report(PackingStrategy::BestFit, 0, options.maxSeqLen);
    const auto first = report(PackingStrategy::FirstFit, 0, options.maxSeqLen), simple = report(PackingStrategy::InOrder, 0, options.maxSeqLen);
    QVERIFY2(whole.fill >= 0.98 || whole.microbatches == whole.fewestMicrobatches, qPrintable(QString("%1 of %2 microbatches, %3 filled").arg(whole.microbatches).arg(whole.fewestMicrobatches).arg(whole.fill)));
    QVERIFY(whole.microbatches <= first.microbatches && first.microbatches <= simple.microbatches);
    QString line = QString("%1 | %2 rows, %3 tokens | epoch: %4 %5 %6 (at most %7)").arg(name).arg(whole.rows).arg(whole.tokens).arg(whole.fill, 0, 'f', 4).arg(first.fill, 0, 'f', 4).arg(simple.fill, 0, 'f', 4).arg(whole.bestFill, 0, 'f', 4);
    for (const auto& [perStep, capacity] : {std::pair<uint64_t, uint64_t>{16, 2048}, {64, 2048}, {256, 2048}, {16, 8192}}) {
      const auto best = report(PackingStrategy::BestFit, perStep, capacity);
      const auto others = {report(PackingStrategy::FirstFit, perStep, capacity), report(PackingStrategy::InOrder, perStep, capacity)};
      for (const auto& other : others)
        QVERIFY2(best.microbatches <= other.microbatches, qPrintable(QString("%1 rows a step: %2 against %3 of %4").arg(perStep).arg(best.microbatches).arg(other.microbatches).arg(QString::fromStdString(other.strategy))));
      QVERIFY2(best.fill >= 0.98 * best.bestFill, qPrintable(QString("%1 rows a step: %2 of %3").arg(perStep).arg(best.fill).arg(best.bestFill)));
      line += QString(" | %1 x %2: %3 %4 %5 (at most %6)").arg(perStep).arg(capacity).arg(best.fill, 0, 'f', 4).arg(others.begin()->fill, 0, 'f', 4).arg((others.begin() + 1)->fill, 0, 'f', 4).arg(best.bestFill, 0, 'f', 4);
    }
    qInfo("%s", qPrintable(line));
  }
};

QTEST_GUILESS_MAIN(TestPacking)
#include "tst_packing.moc"
