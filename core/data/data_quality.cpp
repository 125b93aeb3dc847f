// SPDX-License-Identifier: Apache-2.0
#include "core/data/data_quality.h"

#include "core/data/row_sketches.h"

#include <algorithm>
#include <chrono>

namespace lathe::data {
namespace {

constexpr size_t kProblemsTold = 20;

/// The parts of the whole and their shares of its time.
class Stages {
public:
  explicit Stages(std::function<void(const std::string&, double)> tell) : m_tell(std::move(tell)) {}
  Progress part(const char* what, double from, double to) const {
    if (!m_tell)
      return {};
    return [tell = m_tell, what, from, to](double share) { tell(what, from + share * (to - from)); };
  }

private:
  std::function<void(const std::string&, double)> m_tell;
};

/// Source rows of one side of the split, each once.
RowSet sourceRows(const std::shared_ptr<const Dataset>& dataset, const TokenizedDataset& rows, std::span<const uint64_t> indices) {
  RowSet out{dataset, {}};
  for (const uint64_t index : indices)
    out.rows.push_back(rows.row(index).source);
  std::sort(out.rows.begin(), out.rows.end());
  out.rows.erase(std::unique(out.rows.begin(), out.rows.end()), out.rows.end());
  return out;
}

void compareRows(const api::TrainSpec& spec, const SpecData& data, const QualityOptions& options, const Stages& stages, const std::stop_token& stop, api::DataQuality& out) {
  if (options.duplicateCheck) {
    const RowSketches all(RowSet::whole(data.files), options.duplicates, stages.part("Comparing rows", 0.4, 0.6), stop);
    const Duplicates found = findDuplicates(all, stages.part("Looking for duplicates", 0.6, 0.75), stop);
    out.duplicates = duplicateReport(*data.files, found, options.duplicates);
  }
  if (!options.leakageCheck)
    return;
  const bool ownFile = !spec.data.validationPath.empty();
  if (!ownFile && (!data.rows || data.rows->validationRows().empty()))
    return;
  const RowSet train = ownFile ? RowSet::whole(data.files) : sourceRows(data.files, *data.rows, data.rows->trainRows());
  const RowSet validation = ownFile ? RowSet::whole(Dataset::open({{spec.data.validationPath, "auto", Json::object()}}, {}, {}, stop)) : sourceRows(data.files, *data.rows, data.rows->validationRows());
  out.leakage = findLeakage(train, validation, ownFile ? "files" : "split", options.duplicates, stages.part("Comparing training and validation", 0.75, 0.95), stop);
}

} // namespace

api::DataQuality examineOpenData(const api::TrainSpec& spec, const SpecData& data, const QualityOptions& options, const std::function<void(const std::string& what, double share)>& progress,
                                 std::stop_token stop) {
  const auto begin = std::chrono::steady_clock::now();
  api::DataQuality out;
  compareRows(spec, data, options, Stages(progress), stop, out);
  if (data.rows) {
    if (progress)
      progress("Packing", 0.95);
    out.lengths = lengthStatistics(*data.rows, specTokenizeOptions(spec, data));
    for (const RowError& error : data.rows->errors())
      if (out.problems.size() < kProblemsTold)
        out.problems.push_back(error.text());
    out.packing = packingReport(BatchPlan(data.rows, data.rows->trainRows(), planOptions(spec)), options.firstBins);
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return out;
}

api::DataQuality examineData(const api::TrainSpec& spec, const QualityOptions& options, const std::function<void(const std::string& what, double share)>& progress, std::stop_token stop) {
  const auto begin = std::chrono::steady_clock::now();
  SpecDataOptions open;
  open.cacheFolder = options.cacheFolder;
  open.stop = stop;
  if (progress)
    open.progress = [&](const std::string& what, double share) { progress(what, what == "Tokenizing" ? 0.1 + 0.3 * share : 0.1 * share); };
  const auto opened = capture([&] { return openSpecData(spec, open); });
  if (!opened.ok()) {
    // Data that teaches nothing is what the report is for; anything else is not about its quality.
    const std::string& code = opened.error().code;
    if (!code.starts_with("REJ:DATASET_ALL_") && code != "REJ:DATASET_SPLIT" && code != "REJ:DATASET_NO_ROWS")
      throw Exception(opened.error());
    api::DataQuality out;
    out.problems.push_back(opened.error().message);
    return out;
  }
  api::DataQuality out = examineOpenData(spec, *opened, options, progress, stop);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return out;
}

} // namespace lathe::data
