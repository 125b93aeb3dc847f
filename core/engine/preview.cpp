// SPDX-License-Identifier: Apache-2.0
#include "core/engine/preview.h"

#include "core/base/processes.h"
#include "core/data/spec_data.h"
#include "core/io/model_folder.h"
#include "core/monitor/devices.h"
#include "core/monitor/devices.h"
#include "core/monitor/host.h"
#include "core/plan/device_rates.h"
#include "core/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace lathe::engine {
namespace {

constexpr size_t kChips = 400;
constexpr size_t kProblemsShown = 20;
constexpr int64_t kRowsShown = 50;
constexpr uint64_t kExactBytes = 4ull << 20; // every row of so much data is counted within a second or two

api::PreviewRow rowPreview(const data::Dataset& files, uint64_t index, const data::SpecSources& sources, const data::TokenizeOptions& options) {
  api::PreviewRow out;
  out.row = static_cast<int64_t>(index);
  try {
    const auto rows = data::tokenizeSample(files.sample(index), sources.tokenizer.get(), options);
    if (rows.empty())
      return out;
    const data::TokenizedRow& row = rows.front();
    out.tokens = static_cast<int64_t>(row.ids.size());
    out.supervised = std::count(row.supervised.begin(), row.supervised.end(), uint8_t{1});
    out.truncated = row.truncated;
    for (size_t i = 0; i < row.ids.size() && i < kChips; ++i) {
      api::TokenChip chip;
      chip.id = row.ids[i];
      chip.supervised = i < row.supervised.size() && row.supervised[i] != 0;
      if (sources.tokenizer) {
        const int32_t id = row.ids[i];
        chip.text = sources.tokenizer->decode(std::span(&id, 1), false);
        chip.special = sources.tokenizer->decode(std::span(&id, 1), true).empty() && !chip.text.empty();
      }
      out.chips.push_back(std::move(chip));
    }
  } catch (const data::RowException& e) {
    out.error = e.row().text();
  } catch (const Exception& e) {
    out.error = e.error().message;
  }
  return out;
}

uint64_t bytesOf(const data::Dataset& files) {
  uint64_t sum = 0;
  for (const data::Dataset::File& file : files.files())
    sum += file.bytes;
  return sum;
}

bool isWhole(const data::Dataset& files) {
  return std::all_of(files.files().begin(), files.files().end(), [](const auto& file) { return file.whole(); });
}

/// What the first rows of every file say about all of them.
void extrapolate(api::DataPreview& out, const data::Dataset& files, const api::TrainSpec& spec) {
  uint64_t all = 0;
  for (const data::Dataset::File& file : files.files())
    all += file.estimatedRows;
  const double factor = static_cast<double>(all) / static_cast<double>(std::max<uint64_t>(1, files.rows()));
  for (int64_t* count : {&out.badRows, &out.unsupervisedRows, &out.truncatedRows, &out.splitRows, &out.splitPieces, &out.droppedPieces, &out.droppedRows, &out.tokens, &out.supervisedTokens,
                         &out.validationRows})
    *count = std::llround(static_cast<double>(*count) * factor);
  out.rows = static_cast<int64_t>(all);
  if (spec.data.validationCount > 0) // left out of the sample, where it could be more than there is
    out.validationRows = std::min(spec.data.validationCount, std::max<int64_t>(0, out.rows - 1));
}

void count(api::DataPreview& out, const data::TokenizedDataset& set) {
  const data::DatasetStats& stats = set.stats();
  out.validationRows = static_cast<int64_t>(stats.validationRows);
  out.badRows = static_cast<int64_t>(stats.badRows);
  out.unsupervisedRows = static_cast<int64_t>(stats.zeroSupervision);
  out.truncatedRows = static_cast<int64_t>(stats.truncatedRows);
  out.splitRows = static_cast<int64_t>(stats.splitSources);
  out.splitPieces = static_cast<int64_t>(stats.splitPieces);
  out.droppedPieces = static_cast<int64_t>(stats.droppedPieces);
  out.droppedRows = static_cast<int64_t>(stats.droppedRows);
  out.tokens = static_cast<int64_t>(stats.tokens);
  out.supervisedTokens = static_cast<int64_t>(stats.supervisedTokens);
  for (const data::RowError& error : set.errors())
    if (out.problems.size() < kProblemsShown)
      out.problems.push_back(error.text());
}

/// The files with every row where they are small, else with the first `sampleRows` of each.
std::shared_ptr<const data::Dataset> openForPreview(const api::TrainSpec& spec, uint64_t sampleRows, std::stop_token stop) {
  data::DatasetOptions open;
  open.maxRows = sampleRows;
  auto files = data::Dataset::open(data::specEntries(spec), open, {}, stop);
  if (isWhole(*files) || bytesOf(*files) > kExactBytes)
    return files;
  return data::Dataset::open(data::specEntries(spec), {}, {}, stop);
}

} // namespace

api::DataPreview previewData(const api::TrainSpec& spec, int64_t rows, uint64_t sampleRows, std::stop_token stop) {
  const auto files = openForPreview(spec, sampleRows, stop);
  const bool tokens = files->shape() == data::DatasetShape::Tokens;
  const data::SpecSources sources = data::openSpecSources(spec, !tokens);
  api::DataPreview out;
  out.shape = data::datasetShapeName(files->shape());
  out.templateName = tokens || files->shape() == data::DatasetShape::Text ? "none" : sources.templateName;
  if (!tokens && !sources.tokenizer)
    data::failWithoutTokenizer(spec);
  data::TokenizeOptions options = data::specTokenizeOptions(spec, sources);
  for (uint64_t i = 0; i < std::min<uint64_t>(files->rows(), static_cast<uint64_t>(std::clamp<int64_t>(rows, 0, kRowsShown))) && !stop.stop_requested(); ++i)
    out.first.push_back(rowPreview(*files, i, sources, options));
  out.exact = isWhole(*files);
  out.problems = data::templateWarnings(*files, options);
  if (!out.exact)
    options.validation.count = 0;
  const auto tokenized = capture([&] { return data::TokenizedDataset::build(files, sources.tokenizer.get(), options, {}, stop); });
  if (stop.stop_requested())
    throw Exception(ErrorKind::Cancelled, "A newer preview was asked for.");
  out.rows = static_cast<int64_t>(files->rows());
  if (tokenized.ok())
    count(out, **tokenized);
  else
    out.problems.push_back(tokenized.error().message);
  if (!out.exact)
    extrapolate(out, *files, spec);
  if (!tokenized.ok())
    return out;
  const int64_t perStep = spec.training.sequencesPerStep;
  const int64_t more = out.splitPieces - out.splitRows - out.droppedRows; // token rows beyond the rows of the files
  const int64_t learned = out.exact ? static_cast<int64_t>((*tokenized)->stats().trainRows) : std::max<int64_t>(1, out.rows + more - out.badRows - out.unsupervisedRows - out.validationRows);
  out.steps = perStep == 0 ? 1 : (learned + perStep - 1) / perStep;
  return out;
}

namespace {

constexpr const char* kCpu = "CPU";

std::string cpuName() { return fmt::format("{}, {} threads", monitor::processorName(), monitor::processorCount()); }

/// Shape of the model, and model.dtype of `spec` as a run would resolve it (train::resolveDtype).
plan::ModelShape resolveModel(api::TrainSpec& spec, bool gpu) {
  const bool scratch = spec.model.path.empty();
  const io::ModelConfig config = scratch ? io::parseModelConfig(parseJsonFile(spec.model.config)) : io::ModelFolder::describe(spec.model.path)->config();
  if (spec.model.dtype != "float32" && spec.model.dtype != "bfloat16")
    spec.model.dtype = gpu && !scratch && config.dtype != "float32" ? "bfloat16" : "float32";
  return plan::shapeOf(config);
}

} // namespace

api::MemoryPlan planSpec(const api::TrainSpec& given, const std::string& home) {
  api::TrainSpec spec = given;
  const monitor::DeviceMemory device = monitor::memoryOf(spec.training.device);
  plan::DeviceBudget budget;
  budget.isGpu = device.id != "cpu";
  const plan::ModelShape shape = resolveModel(spec, budget.isGpu);
  budget.name = device.name;
  budget.available = device.free;
  if (device.id == "cpu") // measured rates are the processor's
    budget.flops = plan::expectedFlops(plan::loadRates(home, kCpu, cpuName()), shape.hidden);
  api::MemoryPlan out = plan::planTraining(spec, shape, budget);
  if (budget.flops == 0)
    out.advice.push_back(budget.isGpu ? "How fast this GPU trains is seen when the run has started; only processors' rates are kept."
                                      : "The speed of this machine is not known yet: \"lathe bench device\" measures it once, and every run that ends does too.");
  return out;
}

void rememberSpeed(const std::string& home, const api::RunSummary& run, double tokensPerS) {
  if (monitor::Devices().available())
    return; // it may have trained there; state.json does not say
  const api::ParsedSpec parsed = api::readTrainSpec(run.folder + "/spec.json");
  if (!parsed.ok() || !(tokensPerS > 0))
    return;
  api::TrainSpec spec = parsed.spec;
  const plan::ModelShape shape = resolveModel(spec, false);
  plan::DeviceBudget budget;
  budget.available = monitor::hostMemory().available;
  const bool recompute = plan::planTraining(spec, shape, budget).recompute == "all";
  plan::saveRate(home, kCpu, cpuName(), plan::rateOfRun(spec, shape, recompute, tokensPerS, run.name, wallClock()));
}

} // namespace lathe::engine
