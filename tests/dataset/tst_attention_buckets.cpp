// SPDX-License-Identifier: Apache-2.0
// How many attention plans packed batches ask for.
#include "core/base/random.h"
#include "core/data/batch_plan.h"
#include "core/ops/attention_buckets.h"

#include <QTest>

#include <array>
#include <numeric>
#include <set>

using namespace lathe;
using namespace lathe::data;

namespace {

/// Rows of given lengths and nothing else.
class RowsOfLengths final : public TokenizedDataset {
public:
  explicit RowsOfLengths(std::vector<uint64_t> lengths) : m_lengths(std::move(lengths)), m_ids(4096, 1), m_rows(m_lengths.size()) { std::iota(m_rows.begin(), m_rows.end(), 0); }
  uint64_t rows() const override { return m_lengths.size(); }
  RowView row(uint64_t index) const override {
    const std::span<const int32_t> ids(m_ids.data(), m_lengths[index]);
    return {ids, ids, index, false};
  }
  std::span<const uint64_t> trainRows() const override { return m_rows; }
  std::span<const uint64_t> validationRows() const override { return {}; }
  const DatasetStats& stats() const override { return m_stats; }
  const std::vector<RowError>& errors() const override { return m_errors; }
  const std::string& fingerprint() const override { return m_fingerprint; }
  bool fromCache() const override { return false; }

private:
  std::vector<uint64_t> m_lengths;
  std::vector<int32_t> m_ids;
  std::vector<uint64_t> m_rows;
  DatasetStats m_stats;
  std::vector<RowError> m_errors;
  std::string m_fingerprint = "lengths";
};

/// Quantiles of a chat data set: most rows short, a few at the limit of 2,048.
std::shared_ptr<const TokenizedDataset> chatLike(uint64_t rows) {
  constexpr std::array<uint64_t, 24> kLengths = {34, 48, 61, 77, 92, 110, 131, 150, 170, 190, 211, 236, 267, 310, 352, 388, 434, 480, 523, 640, 801, 1010, 1566, 2048};
  std::vector<uint64_t> out;
  for (uint64_t i = 0; i < rows; ++i) {
    const uint64_t bits = randomBits(5, 0, i);
    out.push_back(std::min<uint64_t>(2048, kLengths[bits % kLengths.size()] + (bits >> 32) % 29));
  }
  return std::make_shared<RowsOfLengths>(std::move(out));
}

struct Counted {
  std::set<ops::AttentionBuckets> buckets, finer; // finer: half steps in all three, what the ladder was compared with
  double places = 0, planned = 0;
};

Counted countShapes(uint64_t tokensPerMicrobatch, uint64_t rowsPerStep, size_t batches, PackingStrategy strategy) {
  const BatchPlan plan(chatLike(6000), chatLike(6000)->trainRows(), {.tokensPerMicrobatch = tokensPerMicrobatch, .sequencesPerStep = rowsPerStep, .strategy = strategy});
  Counted out;
  size_t seen = 0;
  for (uint64_t n = 0; seen < batches; ++n)
    for (const Microbatch& batch : plan.step(n / plan.stepsPerEpoch(), n % plan.stepsPerEpoch())) {
      if (++seen > batches)
        break;
      uint64_t longest = 0;
      for (const uint64_t row : batch.rows)
        longest = std::max<uint64_t>(longest, plan.dataset().row(row).ids.size());
      const auto sequences = static_cast<int64_t>(batch.rows.size()), most = static_cast<int64_t>(longest), tokens = static_cast<int64_t>(batch.tokens);
      const ops::AttentionBuckets bucket = ops::attentionBuckets(sequences, most, tokens);
      out.buckets.insert(bucket);
      out.finer.insert({ops::halfStepBucket(sequences), ops::halfStepBucket(most), tokens > 4096 ? bucket.tokens : ops::halfStepBucket(tokens)});
      out.places += static_cast<double>(sequences * most);
      out.planned += static_cast<double>(bucket.sequences * bucket.longest);
    }
  return out;
}

} // namespace

class TestAttentionBuckets : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void bucketHoldsTheBatchAndIsNotMuchLarger_data();
  void bucketHoldsTheBatchAndIsNotMuchLarger();
  void twoHundredPackedBatchesShareFewPlans_data();
  void twoHundredPackedBatchesShareFewPlans();
};

void TestAttentionBuckets::bucketHoldsTheBatchAndIsNotMuchLarger_data() {
  QTest::addColumn<qlonglong>("sequences");
  QTest::addColumn<qlonglong>("longest");
  for (const qlonglong sequences : {1, 2, 3, 5, 31, 33, 127, 129, 4096})
    for (const qlonglong longest : {1, 31, 127, 128, 129, 1566, 2047, 2048, 4097, 16384, 100001})
      QTest::addRow("%lld x %lld", sequences, longest) << sequences << longest;
}

void TestAttentionBuckets::bucketHoldsTheBatchAndIsNotMuchLarger() {
  QFETCH(qlonglong, sequences);
  QFETCH(qlonglong, longest);
  for (const qlonglong tokens : {longest, sequences * longest}) {
    const ops::AttentionBuckets bucket = ops::attentionBuckets(sequences, longest, tokens);
    QVERIFY(bucket.sequences >= sequences && bucket.longest >= longest && bucket.tokens >= tokens);
    QVERIFY(bucket.longest == 128 || bucket.longest < 2 * longest);
    QVERIFY(bucket.tokens < tokens + 4096);
    QVERIFY2(bucket.sequences * 2 <= sequences * 3 || bucket.sequences * bucket.longest <= 4096, "more than half as many sequences again in a plan of more than 4,096 places");
    QVERIFY2(ops::attentionBuckets(bucket.sequences, bucket.longest, bucket.tokens) == bucket, "a bucket is not its own bucket");
  }
}

void TestAttentionBuckets::twoHundredPackedBatchesShareFewPlans_data() {
  QTest::addColumn<qulonglong>("tokens");
  QTest::addColumn<qulonglong>("rowsPerStep");
  QTest::addColumn<int>("shapes");
  QTest::addColumn<QByteArray>("strategy");
  QTest::newRow("4,096 tokens") << 4096ULL << 0ULL << 14 << QByteArray("first_fit");
  QTest::newRow("8,192 tokens") << 8192ULL << 0ULL << 8 << QByteArray("first_fit");
  QTest::newRow("16,384 tokens") << 16384ULL << 0ULL << 5 << QByteArray("first_fit");
  QTest::newRow("16 rows") << 8192ULL << 16ULL << 18 << QByteArray("first_fit");
  QTest::newRow("16 rows, best fit") << 8192ULL << 16ULL << 18 << QByteArray("best_fit"); // small steps keep the order where that is enough
}

void TestAttentionBuckets::twoHundredPackedBatchesShareFewPlans() {
  QFETCH(qulonglong, tokens);
  QFETCH(qulonglong, rowsPerStep);
  QFETCH(int, shapes);
  QFETCH(QByteArray, strategy);
  const Counted got = countShapes(tokens, rowsPerStep, 200, packingStrategyFromName(strategy.toStdString()));
  const QByteArray text = QByteArray("shapes ") + QByteArray::number(int(got.buckets.size())) + ", with finer steps " + QByteArray::number(int(got.finer.size())) + ", places per place " +
                          QByteArray::number(got.planned / got.places);
  QVERIFY2(int(got.buckets.size()) == shapes, text.constData());
  QVERIFY2(got.buckets.size() < got.finer.size(), text.constData());
  QVERIFY2(got.planned < 1.5 * got.places, text.constData());
}

QTEST_GUILESS_MAIN(TestAttentionBuckets)
#include "tst_attention_buckets.moc"
