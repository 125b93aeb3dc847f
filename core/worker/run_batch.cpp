// SPDX-License-Identifier: Apache-2.0
#include "core/worker/run_batch.h"

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/train/batch_stager.h"
#include "core/train/run_folder.h"
#include "core/train/setup.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

namespace lathe::worker {
namespace {

using train::CheckpointStore;

/// A state of the run's weights that can be loaded.
struct Weights {
  int64_t step = 0;
  std::string kind; // base | checkpoint | result
  std::string path; // of adapter or model; empty for the base
};

struct Recorded {
  double loss = api::kNaN;
  std::string samples, before; // hash chain after the step and after the one before it
  bool found = false;
};

/// The lines of two steps out of metrics.jsonl, without parsing the others.
Recorded recordedStep(const std::string& folder, int64_t step) {
  std::ifstream lines(folder + "/metrics.jsonl");
  const std::string mine = fmt::format("{{\"step\":{},", step), last = fmt::format("{{\"step\":{},", step - 1);
  Recorded out;
  for (std::string line; std::getline(lines, line);) {
    const bool here = line.starts_with(mine);
    if (!here && !line.starts_with(last))
      continue;
    const auto row = capture([&] { return api::decode<api::MetricRow>(parseJson(line)); });
    if (!row.ok())
      continue; // the last one may be half written
    (here ? out.samples : out.before) = row->samples;
    if (here) {
      out.loss = row->loss;
      out.found = true;
    }
  }
  return out;
}

[[noreturn]] void failWithOtherData(int64_t step) {
  refuse("REJ:BATCH_DATA", fmt::format("The rows of step {} are no longer those that were trained on: the data files, the tokenizer or the template changed after it. Restore "
                                       "them to look at this batch.", step));
}

void checkSamples(const Recorded& recorded, std::vector<uint64_t> rows, int64_t step) {
  std::sort(rows.begin(), rows.end());
  const std::string chain = hashText(recorded.before + std::string(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(uint64_t)));
  if (chain != recorded.samples)
    failWithOtherData(step);
}

std::string resultFolder(const train::RunFolder& run) { return run.file(run.spec().method.type == "full" ? "model" : "adapter"); }

/// The first that can be read, in the order that the header tells; what cannot is told.
Weights chooseWeights(const train::RunFolder& run, int64_t wanted, std::vector<std::string>& notes) {
  std::vector<Weights> known;
  for (const train::CheckpointEntry& entry : CheckpointStore(run.checkpoints()).list())
    known.push_back({entry.step, "checkpoint", entry.path});
  if (run.status().state == api::RunState::Finished && isDirectory(resultFolder(run)))
    known.push_back({run.status().step, "result", resultFolder(run)});
  known.push_back({0, "base", {}}); // last: of two that are equally near, the trained one says more
  const auto before = [&](const Weights& w) { return w.step > 0 && w.step <= wanted; };
  std::stable_sort(known.begin(), known.end(), [&](const Weights& a, const Weights& b) {
    if (before(a) != before(b))
      return before(a);
    return std::abs(a.step - wanted) < std::abs(b.step - wanted);
  });
  for (const Weights& weights : known) {
    if (weights.kind != "checkpoint")
      return weights;
    if (const auto good = capture([&] { return CheckpointStore::verify(weights.path); }); good.ok())
      return weights;
    else
      notes.push_back(good.error().message);
  }
  return known.front(); // not reached: the base is always there
}

class BatchReader {
public:
  BatchReader(const std::string& folder, int64_t step, const RunBatchOptions& options)
      : m_run(train::RunFolder::open(folder)), m_spec(m_run.spec()), m_step(step), m_options(options) {}

  api::StepBatch read() {
    const Recorded recorded = recordedStep(m_run.path(), m_step);
    if (!recorded.found)
      throw Exception(ErrorKind::NotFound, fmt::format("The run has no step {}: it is at step {} of {}. Choose a step it has trained.", m_step, m_run.status().step, m_run.status().totalSteps));
    m_out.step = m_step;
    m_out.recorded = recorded.loss;
    m_out.dropout = m_spec.method.type != "full" && m_spec.method.dropout > 0;
    std::vector<uint64_t> rows = openRows();
    checkSamples(recorded, rows, m_step);
    checkContent();
    m_out.stepRows = static_cast<int64_t>(rows.size());
    cut(rows);
    loadModel();
    compute(rows);
    return std::move(m_out);
  }

private:
  void tell(const char* what, double share) const {
    if (m_options.progress)
      m_options.progress(what, share);
    if (m_options.stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Stopped.");
  }

  /// Rows of the step, in its order.
  std::vector<uint64_t> openRows() {
    data::SpecDataOptions options;
    options.cacheFolder = m_options.cacheFolder;
    options.progress = m_options.progress;
    options.stop = m_options.stop;
    m_data = data::openSpecData(m_spec, options);
    const data::BatchPlan plan(m_data.rows, m_data.rows->trainRows(), data::planOptions(m_spec));
    const auto index = static_cast<uint64_t>(m_step - 1);
    std::vector<uint64_t> rows;
    for (const data::Microbatch& microbatch : plan.step(index / plan.stepsPerEpoch(), index % plan.stepsPerEpoch()))
      rows.insert(rows.end(), microbatch.rows.begin(), microbatch.rows.end());
    return rows;
  }

  /// The chain in the metrics holds row numbers; what stands in the rows is in the identity of every checkpoint.
  void checkContent() const {
    for (const train::CheckpointEntry& entry : CheckpointStore(m_run.checkpoints()).list()) {
      const auto manifest = capture([&] { return api::decode<train::Manifest>(parseJsonFile(entry.path + "/manifest.json", {.bytes = limits::kSpecBytes})); });
      if (manifest.ok() && manifest->identity.dataset != m_data.rows->fingerprint())
        failWithOtherData(m_step);
    }
  }

  void cut(std::vector<uint64_t>& rows) {
    int64_t tokens = 0;
    size_t kept = 0;
    for (; kept < rows.size() && static_cast<int64_t>(kept) < api::kBatchRows; ++kept) {
      tokens += static_cast<int64_t>(m_data.rows->row(rows[kept]).ids.size());
      if (tokens > api::kBatchTokens && kept > 0)
        break;
    }
    if (kept < rows.size())
      m_out.notes.push_back(fmt::format("Only the first {} of the step's {} rows are shown, and the mean is theirs.", kept, rows.size()));
    rows.resize(kept);
  }

  void loadModel() {
    const std::string asked = m_options.device == "auto" ? m_spec.training.device : m_options.device;
    const at::Device device = train::resolveDevice(asked);
    const Weights weights = chooseWeights(m_run, m_step - 1, m_out.notes);
    m_out.weightsStep = weights.step;
    m_out.weights = weights.kind;
    m_out.device = device.str();
    tell("Loading the model", 0);
    const bool full = m_spec.method.type == "full";
    const std::string base = full && !weights.path.empty() ? weights.path : m_spec.model.path;
    if (base.empty()) { // from scratch, before anything was saved
      const io::ModelConfig config = io::parseModelConfig(parseJsonFile(m_spec.model.config, {.what = m_spec.model.config}));
      m_model = nn::Model::random(config, static_cast<uint64_t>(m_spec.training.seed), train::resolveDtype(m_spec.model.dtype, "float32", device), device);
    } else {
      nn::LoadOptions load;
      load.device = device;
      load.dtype = train::resolveDtype(m_spec.model.dtype, io::readModelConfig(m_spec.model.path.empty() ? base : m_spec.model.path).dtype, device);
      load.stop = m_options.stop;
      load.progress = [this](uint64_t done, uint64_t total) { tell("Loading the model", total ? static_cast<double>(done) / static_cast<double>(total) : 1); };
      m_model = nn::Model::load(base, load);
    }
    const std::string adapter = full ? std::string() : weights.path.empty() ? m_spec.method.initFrom : weights.path;
    if (adapter.empty())
      return;
    m_model->loadAdapter(train::kAdapterName, adapter);
    m_model->setActiveAdapters({{train::kAdapterName, 1.0}});
  }

  void compute(const std::vector<uint64_t>& rows) {
    const c10::NoGradGuard noGrad;
    data::PlanOptions options = data::planOptions(m_spec);
    options.shuffled = false;
    options.sequencesPerStep = 0;
    const data::BatchPlan plan(m_data.rows, rows, options);
    const auto microbatches = plan.step(0, 0);
    double sum = 0;
    for (size_t i = 0; i < microbatches.size(); ++i) {
      tell("Computing the losses", static_cast<double>(i) / static_cast<double>(microbatches.size()));
      const train::StagedBatch staged = train::stageBatch(plan.pack(microbatches[i]), false);
      const nn::Batch batch = nn::toDevice(staged.host, m_model->device());
      const auto loss = m_model->evaluate(batch);
      std::vector<float> losses(static_cast<size_t>(staged.host.tokens), -1);
      if (batch.supervised > 0) {
        const at::Tensor values = loss.perToken.to(at::kCPU, at::kFloat).contiguous(), places = batch.supervisedRows.to(at::kCPU).contiguous();
        for (int64_t k = 0; k < batch.supervised; ++k)
          losses[static_cast<size_t>(places.const_data_ptr<int64_t>()[k])] = values.const_data_ptr<float>()[k];
      }
      for (size_t r = 0; r < staged.packed.rows.size(); ++r)
        sum += addRow(staged.packed.rows[r], std::span(losses).subspan(static_cast<size_t>(staged.packed.cuSeqlens[r])));
    }
    m_out.mean = m_out.supervised > 0 ? sum / static_cast<double>(m_out.supervised) : api::kNaN;
    std::stable_sort(m_out.rows.begin(), m_out.rows.end(), [](const api::BatchRow& a, const api::BatchRow& b) {
      return (std::isnan(b.loss) && !std::isnan(a.loss)) || a.loss > b.loss;
    });
  }

  /// `losses[t]`: of the token after t. Returns their sum.
  double addRow(uint64_t index, std::span<const float> losses) {
    const data::RowView view = m_data.rows->row(index);
    const data::RowError place = m_data.files->place(view.source);
    api::BatchRow row;
    row.name = fmt::format("{}:{}", std::filesystem::path(place.file).filename().string(), place.line);
    row.row = static_cast<int64_t>(index);
    row.truncated = view.truncated;
    double sum = 0;
    for (size_t t = 0; t < view.ids.size(); ++t) {
      const float loss = t == 0 ? -1 : losses[t - 1];
      if (static_cast<int64_t>(t) < api::kBatchTokens)
        showToken(row, view.ids[t], loss);
      row.supervised += loss >= 0;
      sum += loss >= 0 ? static_cast<double>(loss) : 0;
    }
    if (row.supervised > 0)
      row.loss = sum / static_cast<double>(row.supervised);
    if (view.ids.size() > row.ids.size())
      m_out.notes.push_back(fmt::format("{} has {} tokens; the first {} are shown.", row.name, view.ids.size(), row.ids.size()));
    m_out.tokens += static_cast<int64_t>(view.ids.size());
    m_out.supervised += row.supervised;
    m_out.rows.push_back(std::move(row));
    return sum;
  }

  void showToken(api::BatchRow& row, int32_t id, float loss) const {
    row.ids.push_back(id);
    if (m_data.tokenizer)
      row.texts.push_back(m_data.tokenizer->decode(std::span(&id, 1), false));
    row.losses.push_back(std::round(static_cast<double>(loss) * 1e4) / 1e4); // as many digits as are shown
  }

  train::RunFolder m_run;
  api::TrainSpec m_spec;
  int64_t m_step;
  const RunBatchOptions& m_options;
  data::SpecData m_data;
  std::shared_ptr<nn::Model> m_model;
  api::StepBatch m_out;
};

} // namespace

api::StepBatch readStepBatch(const std::string& folder, int64_t step, const RunBatchOptions& options) {
  if (step < 1)
    throw Exception(ErrorKind::Usage, fmt::format("Steps count from 1; {} is none.", step));
  try {
    return BatchReader(folder, step, options).read();
  } catch (const c10::OutOfMemoryError& error) {
    throw Exception(ErrorKind::OutOfMemory, "There is not enough GPU memory to compute this batch beside what runs. Look at it when the run has ended, or use `lathe runs batch` with --device cpu.",
                    error.what_without_backtrace());
  }
}

} // namespace lathe::worker
