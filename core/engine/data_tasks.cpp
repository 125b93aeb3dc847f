// SPDX-License-Identifier: Apache-2.0
// DataSets: what takes long.
#include "core/engine/data_sets.h"

#include "core/base/paths.h"
#include "core/data/data_quality.h"
#include "core/engine/data_rows.h"

namespace lathe::engine {
namespace {

data::DuplicateOptions duplicateOptions(const Json& params) {
  data::DuplicateOptions out;
  out.near = boolOr(params, "near", true);
  out.threshold = doubleOr(params, "threshold", out.threshold);
  return out;
}

data::QualityOptions qualityOptions(const Json& params, const std::string& home) {
  data::QualityOptions out;
  out.duplicates = duplicateOptions(params);
  out.duplicateCheck = out.leakageCheck = false;
  out.cacheFolder = home + "/cache/tokens"; // a run of this specification finds its tokens there
  return out;
}

Json clean(const data::Dataset& files, const data::DuplicateOptions& options, const std::string& out, const DataWorks::Report& report, std::stop_token stop) {
  const auto found = data::findDuplicates(files, options, [&](double share) { report("Comparing the rows", 0.8 * share); }, stop);
  const auto removed = found.removable();
  api::CleanedCopy copy;
  copy.path = out;
  copy.removed = static_cast<int64_t>(removed.size());
  copy.written = static_cast<int64_t>(data::writeWithout(files, removed, out, [&](double share) { report("Writing the copy", 0.8 + 0.2 * share); }, stop));
  return api::encode(copy);
}

} // namespace

DataWorks::Task DataSets::taskOf(const std::string& kind, const api::TrainSpec& spec, const Json& params) {
  const auto open = [this, spec](const DataWorks::Report& report, const std::stop_token& stop) {
    return m_files.open(data::specEntries(spec), UINT64_MAX, [&](double share) { report("Reading the data", share); }, stop);
  };
  if (kind == "rows")
    return [open](const DataWorks::Report& report, std::stop_token stop) {
      const auto files = open(report, stop);
      return api::encode(badDataRows(*files, [&](double share) { report("Checking the rows", share); }, stop));
    };
  if (kind == "duplicates")
    return [open, options = duplicateOptions(params)](const DataWorks::Report& report, std::stop_token stop) {
      const auto files = open(report, stop);
      const auto found = data::findDuplicates(*files, options, [&](double share) { report("Comparing the rows", share); }, stop);
      return api::encode(data::duplicateReport(*files, found, options));
    };
  if (kind == "clean") {
    const std::string out = stringOr(params, "out", "");
    if (out.empty())
      throw Exception(ErrorKind::Usage, "No file for the copy was given.");
    return [open, options = duplicateOptions(params), out = absolutePath(out)](const DataWorks::Report& report, std::stop_token stop) {
      const auto files = open(report, stop);
      return clean(*files, options, out, report, stop);
    };
  }
  if (kind != "statistics" && kind != "leakage")
    throw Exception(ErrorKind::Usage, fmt::format("There is no work \"{}\"; there are rows, statistics, duplicates, leakage and clean.", kind));
  data::QualityOptions options = qualityOptions(params, m_context.home);
  options.leakageCheck = kind == "leakage";
  return [spec, options, leakage = options.leakageCheck](const DataWorks::Report& report, std::stop_token stop) {
    const api::DataQuality quality = data::examineData(spec, options, report, stop);
    return leakage ? api::encode(quality.leakage) : api::encode(quality);
  };
}

Json DataSets::startWork(const Json& params) { return {{"work", m_works.start(taskOf(stringOr(params, "kind", ""), dataSpecOf(params), params))}}; }

} // namespace lathe::engine
