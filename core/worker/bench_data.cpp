// SPDX-License-Identifier: Apache-2.0
#include "core/worker/bench_data.h"

#include "core/base/paths.h"
#include "core/data/spec_data.h"
#include "core/ops/attention_buckets.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

namespace lathe::worker {
namespace {

constexpr uint64_t kPreviewRows = 200;
constexpr uint64_t kParsedRows = 200'000; // of each file

/// Another dataset's rows with ids below `vocab`: a tokenizer may know more tokens than the shape that is measured.
class FoldedRows final : public data::TokenizedDataset {
public:
  FoldedRows(std::shared_ptr<const data::TokenizedDataset> rows, int64_t vocab) : m_rows(std::move(rows)), m_ids(m_rows->rows()), m_labels(m_rows->rows()) {
    const auto folded = [&](int32_t id) { return id < 0 ? id : static_cast<int32_t>(id % vocab); };
    for (uint64_t i = 0; i < m_ids.size(); ++i) {
      const data::RowView row = m_rows->row(i);
      std::transform(row.ids.begin(), row.ids.end(), std::back_inserter(m_ids[i]), folded);
      std::transform(row.labels.begin(), row.labels.end(), std::back_inserter(m_labels[i]), folded);
    }
  }
  uint64_t rows() const override { return m_ids.size(); }
  data::RowView row(uint64_t index) const override {
    data::RowView out = m_rows->row(index);
    out.ids = m_ids[index];
    out.labels = m_labels[index];
    return out;
  }
  std::span<const uint64_t> trainRows() const override { return m_rows->trainRows(); }
  std::span<const uint64_t> validationRows() const override { return m_rows->validationRows(); }
  const data::DatasetStats& stats() const override { return m_rows->stats(); }
  const std::vector<data::RowError>& errors() const override { return m_rows->errors(); }
  const std::string& fingerprint() const override { return m_rows->fingerprint(); }
  bool fromCache() const override { return m_rows->fromCache(); }

private:
  std::shared_ptr<const data::TokenizedDataset> m_rows;
  std::vector<std::vector<int32_t>> m_ids, m_labels;
};

api::TrainSpec benchSpec(const BenchOptions& options) {
  if (options.data.empty() || options.tokenizer.empty())
    throw Exception(ErrorKind::Usage, "Real batches need --data FILE and --tokenizer FOLDER (or tokenizer.json).");
  if (options.tokensPerStep < 1 || options.batches < 1)
    throw Exception(ErrorKind::Usage, "--tokens-per-step and --batches must be at least 1.");
  api::TrainSpec spec;
  spec.model.tokenizer = options.tokenizer;
  for (const std::string& file : options.data)
    spec.data.train.push_back({file, "auto"});
  spec.data.trainOn = options.supervise;
  spec.training.tokensPerMicrobatch = options.tokensPerStep;
  spec.training.sequencesPerStep = options.rowsPerStep;
  data::makePathsAbsolute(spec);
  return spec;
}

Json spread(std::vector<int64_t> values) {
  std::sort(values.begin(), values.end());
  const double sum = static_cast<double>(std::accumulate(values.begin(), values.end(), int64_t{0}));
  return {{"mean", sum / static_cast<double>(values.size())}, {"median", values[values.size() / 2]}, {"min", values.front()}, {"max", values.back()}};
}

std::vector<int64_t> each(const std::vector<PackedShape>& shapes, int64_t (*value)(const PackedShape&)) {
  std::vector<int64_t> out;
  std::transform(shapes.begin(), shapes.end(), std::back_inserter(out), value);
  return out;
}

int64_t supervisedOf(const data::RowView& row) {
  return std::count_if(row.labels.begin() + 1, row.labels.end(), [](int32_t label) { return label != data::kIgnoredLabel; });
}

} // namespace

std::shared_ptr<const data::BatchPlan> benchPlan(const BenchOptions& options, int64_t vocab) {
  const api::TrainSpec spec = benchSpec(options);
  std::shared_ptr<const data::TokenizedDataset> rows = data::openSpecData(spec, {}).rows;
  int32_t largest = 0;
  for (uint64_t i = 0; i < rows->rows(); ++i)
    for (const int32_t id : rows->row(i).ids)
      largest = std::max(largest, id);
  if (vocab > 0 && largest >= vocab)
    rows = std::make_shared<FoldedRows>(rows, vocab);
  return std::make_shared<data::BatchPlan>(rows, rows->trainRows(), data::planOptions(spec));
}

std::vector<PackedShape> packedShapes(const data::BatchPlan& plan, int64_t count) {
  std::vector<PackedShape> out;
  for (uint64_t n = 0; static_cast<int64_t>(out.size()) < count; ++n)
    for (const data::Microbatch& microbatch : plan.step(n / plan.stepsPerEpoch(), n % plan.stepsPerEpoch())) {
      PackedShape shape{{0}, 0, 0};
      for (const uint64_t index : microbatch.rows) {
        const data::RowView row = plan.dataset().row(index);
        shape.bounds.push_back(shape.bounds.back() + static_cast<int32_t>(row.ids.size()));
        shape.longest = std::max(shape.longest, static_cast<int64_t>(row.ids.size()));
        shape.supervised += supervisedOf(row);
      }
      if (static_cast<int64_t>(out.size()) < count)
        out.push_back(std::move(shape));
    }
  return out;
}

void addPacking(Json& out, const BenchOptions& options, const data::BatchPlan& plan, const std::vector<PackedShape>& shapes) {
  const data::DatasetStats& stats = plan.dataset().stats();
  std::set<ops::AttentionBuckets> buckets;
  std::map<int64_t, int64_t> upTo; // ordered by length
  double tokens = 0, supervised = 0, places = 0, planned = 0;
  for (const PackedShape& shape : shapes) {
    const ops::AttentionBuckets bucket = ops::attentionBuckets(shape.sequences(), shape.longest, shape.tokens());
    buckets.insert(bucket);
    ++upTo[bucket.longest];
    tokens += static_cast<double>(shape.tokens());
    supervised += static_cast<double>(shape.supervised);
    places += static_cast<double>(shape.sequences() * shape.longest);
    planned += static_cast<double>(bucket.sequences * bucket.longest);
  }
  for (const std::string& file : options.data)
    out["data"].push_back(std::filesystem::path(file).filename().string());
  out.update({{"supervise", options.supervise}, {"tokens_per_step", options.tokensPerStep}});
  out.update({{"batches", shapes.size()}, {"rows", plan.sequences()}, {"truncated_rows", stats.truncatedRows}, {"tokens", tokens}, {"supervised_tokens", supervised}});
  out["supervised_share"] = supervised / tokens;
  out["batch_tokens"] = spread(each(shapes, [](const PackedShape& s) { return s.tokens(); }));
  out["batch_sequences"] = spread(each(shapes, [](const PackedShape& s) { return s.sequences(); }));
  out["batch_longest"] = spread(each(shapes, [](const PackedShape& s) { return s.longest; }));
  for (const auto& [length, count] : upTo)
    out["batch_longest"]["up_to"][std::to_string(length)] = count;
  out["packing_efficiency"] = tokens / static_cast<double>(options.tokensPerStep) / static_cast<double>(shapes.size());
  out["attention_shapes"] = buckets.size();
  out["attention_padding"] = planned / places;
}

Json benchPacking(const BenchOptions& options) {
  const auto plan = benchPlan(options, 0);
  Json out = {{"what", options.what}};
  addPacking(out, options, *plan, packedShapes(*plan, options.batches));
  return out;
}

Json benchRows(const BenchOptions& options) {
  if (options.data.empty())
    throw Exception(ErrorKind::Usage, "Reading rows needs --data FILE.");
  std::vector<data::DatasetEntry> entries;
  for (const std::string& file : options.data)
    entries.push_back({file, "auto", Json::object()});
  std::shared_ptr<const data::Dataset> set;
  const auto seconds = [&](uint64_t maxRows) {
    data::DatasetOptions open;
    open.maxRows = maxRows;
    std::vector<double> out;
    for (int i = 0; i < options.repeats; ++i) {
      set.reset();
      const double begin = benchNow();
      set = data::Dataset::open(entries, open);
      out.push_back(benchNow() - begin);
    }
    return benchMedian(std::move(out));
  };
  const double preview = seconds(kPreviewRows), index = seconds(UINT64_MAX);
  double bytes = 0;
  Json out = {{"what", "data"}};
  for (const auto& file : set->files()) {
    bytes += static_cast<double>(file.bytes);
    out["data"].push_back(std::filesystem::path(file.path).filename().string());
  }
  const auto rows = static_cast<double>(set->rows());
  out.update({{"bytes", bytes}, {"rows", set->rows()}, {"preview_s", preview}, {"index_s", index}, {"index_mb_per_s", bytes / 1e6 / index}, {"index_rows_per_s", rows / index}});
  for (const unsigned threads : {1u, 0u}) {
    const double begin = benchNow();
    const auto check = set->check(0, kParsedRows, threads);
    const double parsed = static_cast<double>(std::accumulate(check.checked.begin(), check.checked.end(), uint64_t{0}));
    const std::string name = threads == 1 ? "parse_rows_per_s_one_thread" : "parse_rows_per_s";
    out[name] = parsed / (benchNow() - begin);
    out["parsed_rows"] = parsed;
    out["bad_rows"] = check.totalBad();
  }
  out["parse_mb_per_s"] = out["parse_rows_per_s"].get<double>() * bytes / 1e6 / rows;
  return out;
}

} // namespace lathe::worker
