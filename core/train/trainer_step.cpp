// SPDX-License-Identifier: Apache-2.0
// One optimizer step, and the evaluation.
#include "core/train/trainer.h"

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/device_memory.h"
#include "core/train/batch_stager.h"
#include "core/train/step_graphs.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace lathe::train {
namespace {

constexpr uint64_t kDropoutStream = 0x44524F50;
constexpr int kMostHalvings = 3;
using Clock = std::chrono::steady_clock;
double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// The calling thread's stream is told to note when everything before it is done.
std::unique_ptr<c10::Event> markOn(at::Device device) {
  auto event = std::make_unique<c10::Event>(device.type(), c10::EventFlag::BACKEND_DEFAULT); // one that keeps the time
  event->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  return event;
}

int64_t residentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

} // namespace

struct Trainer::StartedStep {
  api::MetricRow row;
  at::Tensor stats;                 // float64 [3]: AdamW::step's, in host memory once `done`
  std::unique_ptr<c10::Event> done; // null: nothing to wait for
  std::vector<uint64_t> rows;       // of the data
  Clock::time_point begin;
};

bool Trainer::isOnGpu() const { return !m_setup.model->device().is_cpu(); }

void Trainer::restartPrefetcher() {
  const auto remaining = static_cast<uint64_t>(m_setup.totalSteps - m_step);
  m_stager.reset();
  m_stager = std::make_unique<BatchStager>(m_setup.plan, m_cursor.epoch, m_cursor.step, remaining, isOnGpu(), m_graphs != nullptr);
}

void Trainer::chooseGraphs() {
  const nn::Model& model = *m_setup.model;
  if (m_options.recording == StepRecording::Never || !model.supportsRecording() || m_setup.recompute.offload) // its host memory grows: a graph has fixed addresses
    return;
  if (m_options.recording == StepRecording::Always || StepGraphs::areWorthwhile(model, std::max<int64_t>(static_cast<int64_t>(m_setup.plan->options().tokensPerMicrobatch), static_cast<int64_t>(m_setup.data.rows->stats().longest))))
    m_graphs = std::make_unique<StepGraphs>(m_setup, *m_optimizer);
}

at::Tensor Trainer::updateWeights(double rate, const at::Tensor& lossSum) {
  if (m_graphs)
    return m_graphs->finish(rate);
  const at::Tensor stats = m_optimizer->step(rate, lossSum);
  m_setup.model->publishMaster();
  at::Tensor(m_setup.model->flatGrad()).zero_();
  return stats;
}

void Trainer::trainStep() {
  c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  auto step = std::make_shared<StartedStep>();
  step->begin = Clock::now();
  step->row.step = m_step + 1;
  step->row.lr = m_setup.schedule.rateAt(m_step);
  at::Tensor lossSum;
  while (!runMicrobatches(*step, lossSum)) {
  }
  const at::Tensor stats = updateWeights(step->row.lr, lossSum);
  if (isOnGpu()) {
    noteMemory(step->row, false); // its own: the next step is started before this one's row is written
    step->stats = at::empty({3}, stats.options().device(at::kCPU).pinned_memory(true));
    step->stats.copy_(stats, true);
    step->done = markOn(m_setup.model->device());
  } else {
    step->stats = stats;
  }
  advance(*step);
  finishStarted(); // the step before: the device has the next one to do while the host writes
  m_started = step;
  if (isWaitedFor(step->row.step))
    finishStarted();
}

bool Trainer::runMicrobatches(StartedStep& step, at::Tensor& lossSum) {
  const auto seed = static_cast<uint64_t>(m_cursor.seed);
  uint64_t count = 0;
  step.rows.clear();
  if (m_graphs)
    m_graphs->begin();
  else
    lossSum = at::zeros({}, at::TensorOptions(at::kDouble).device(m_setup.model->device()));
  try {
    for (bool last = false; !last; ++count) {
      const auto staged = m_stager->next();
      if (!staged)
        throw Exception(ErrorKind::Internal, fmt::format("The data ended before step {} of {}.", step.row.step, m_setup.totalSteps));
      const data::PackedBatch& packed = staged->packed;
      last = packed.microbatch + 1 == packed.microbatches;
      if (m_options.beforeMicrobatch)
        m_options.beforeMicrobatch(step.row.step, packed.microbatch, *m_setup.model);
      const uint64_t dropoutCounter = randomBits(seed, kDropoutStream, m_cursor.microbatches + count);
      const double scale = 1.0 / static_cast<double>(std::max<int64_t>(1, packed.stepSupervised));
      if (m_graphs) {
        m_graphs->add(staged->host, scale, dropoutCounter);
      } else {
        nn::Batch batch = nn::toDevice(staged->host, m_setup.model->device());
        batch.dropoutCounter = dropoutCounter;
        lossSum.add_(m_setup.model->forwardBackward(batch, scale, m_setup.recompute).sum);
      }
      step.rows.insert(step.rows.end(), packed.rows.begin(), packed.rows.end());
      step.row.tokens = packed.stepTokens;
      step.row.supervisedTokens = packed.stepSupervised;
    }
  } catch (const c10::OutOfMemoryError& error) {
    if (!dropGraphs())
      halveMicrobatch(error.what_without_backtrace());
    return false;
  }
  m_cursor.microbatches += count;
  return true;
}

/// Recorded graphs keep the memory of a whole step, which other shapes and the evaluation may need: without them the same batches are computed operation by
/// operation, with the same results. False when there are none.
bool Trainer::dropGraphs() {
  if (!m_graphs || m_graphs->recorded() == 0)
    return false;
  m_graphs->stopRecording();
  at::Tensor(m_setup.model->flatGrad()).zero_();
  at::accelerator::emptyCache();
  restartPrefetcher();
  logInfo("memory is short: steps are no longer recorded");
  return true;
}

/// The same rows again in microbatches of half the size. Step counter, schedule and weights are as before the step.
void Trainer::halveMicrobatch(const std::string& why) {
  data::PlanOptions options = m_setup.plan->options();
  if (++m_halvings > kMostHalvings || options.tokensPerMicrobatch < 2)
    throw;
  options.tokensPerMicrobatch /= 2;
  m_stager.reset();
  m_setup.plan = std::make_shared<data::BatchPlan>(m_setup.data.rows, m_setup.data.rows->trainRows(), options);
  at::Tensor(m_setup.model->flatGrad()).zero_();
  m_graphs.reset(); // their memory, too
  m_setup.model->dropStash();
  if (m_setup.model->device().is_cuda())
    at::accelerator::emptyCache();
  restartPrefetcher();
  logWarning("out of memory: {}", why);
  const std::string numbers = ops::refusedMemoryText();
  writeEvent("warning", fmt::format("Out of memory in step {}{}{} It is repeated with microbatches of {} tokens. From here on the run is not bit-reproducible.",
                                    m_step + 1, numbers.empty() ? "." : ": ", numbers, options.tokensPerMicrobatch),
             Json{{"tokens_per_microbatch", options.tokensPerMicrobatch}});
}

/// What the host knows without asking the device: cursor, sample chain, step counter.
void Trainer::advance(StartedStep& step) {
  std::sort(step.rows.begin(), step.rows.end()); // the chain does not depend on the packing
  m_cursor.samples = hashText(m_cursor.samples + std::string(reinterpret_cast<const char*>(step.rows.data()), step.rows.size() * sizeof(uint64_t)));
  if (++m_cursor.step == static_cast<uint64_t>(m_setup.stepsPerEpoch)) {
    m_cursor.step = 0;
    ++m_cursor.epoch;
  }
  ++m_step;
  step.row.samples = m_cursor.samples;
  step.row.epoch = static_cast<double>(m_step) / static_cast<double>(m_setup.stepsPerEpoch);
}

bool Trainer::isEvaluationDue(int64_t step) const {
  const auto every = m_setup.spec.evalEverySteps;
  return m_evaluateAsked || (m_setup.validation && every > 0 && (step % every == 0 || step == m_setup.totalSteps));
}

bool Trainer::isSaveDue(int64_t step) const { return m_setup.spec.saveEverySteps > 0 && step % m_setup.spec.saveEverySteps == 0; }

bool Trainer::isWaitedFor(int64_t step) const { return !isOnGpu() || step == m_setup.totalSteps || isEvaluationDue(step) || isSaveDue(step); }

void Trainer::finishStarted() {
  const auto step = std::exchange(m_started, nullptr);
  if (!step)
    return;
  if (step->done)
    step->done->synchronize();
  api::MetricRow& row = step->row;
  const double* values = step->stats.const_data_ptr<double>();
  row.loss = values[0] / static_cast<double>(std::max<int64_t>(1, row.supervisedTokens));
  row.gradNorm = values[1];
  row.skipped = values[2] == 0;
  // Steps overlap on a GPU: each counts from the end of the one before, by the device's own clock where nothing came between.
  const double seconds = m_lastStep && step->done ? m_lastStep->done->elapsedTime(*step->done) / 1e3 : secondsSince(std::max(step->begin, m_lastDone));
  m_lastStep = step->done ? step : nullptr;
  m_lastDone = Clock::now();
  row.stepMs = seconds * 1e3;
  row.tokensPerS = static_cast<double>(row.tokens) / std::max(seconds, 1e-9);
  m_trainingTime += seconds;
  row.time = m_trainingTime;
  finishRow(row, step->rows);
}

void Trainer::finishRow(api::MetricRow& row, const std::vector<uint64_t>& rows) {
  m_evalLoss.reset();
  if (isEvaluationDue(row.step)) {
    if (const double loss = evaluate(); m_setup.validation)
      row.evalLoss = loss;
    m_lastDone = Clock::now();
    m_lastStep.reset();
  }
  m_evaluateAsked = false;
  if (!row.memoryByCategory || row.evalLoss)
    noteMemory(row, true);
  tellMemory(row);
  appendMetrics(row);
  if (row.skipped)
    writeEvent("skipped", fmt::format("Step {} was skipped: its gradient was not finite.", row.step));
  m_nonFinite.record(row.step, row.skipped, row.skipped ? sampleNames(rows) : std::vector<std::string>());
  if (isSaveDue(row.step)) {
    saveCheckpoint();
    m_lastStep.reset();
  }
}

/// What is, or on a GPU was at most, allocated since the last time; a row that is noted twice keeps the larger.
void Trainer::noteMemory(api::MetricRow& row, bool askDriver) {
  std::map<std::string, uint64_t> memory;
  int64_t allocated = 0;
  if (isOnGpu()) {
    const at::Device device = m_setup.model->device();
    allocated = static_cast<int64_t>(ops::cudaOps().memoryAnatomy(device, true).total());
    memory = ops::deviceMemoryByCategory(device, ops::MemoryMoment::Peak, askDriver);
    row.memoryReserved = std::max(row.memoryReserved, static_cast<int64_t>(ops::cudaOps().memory(device, false).peakReserved));
    ops::cudaOps().resetPeakMemory(device);
  } else {
    memory = m_setup.model->memoryByCategory();
    memory["optimizer"] += m_optimizer->bytes();
    for (const auto& [name, bytes] : memory)
      allocated += static_cast<int64_t>(bytes);
    row.memoryReserved = residentBytes();
  }
  if (row.memoryByCategory && allocated <= row.memoryAllocated)
    return;
  row.memoryAllocated = allocated;
  row.memoryByCategory.emplace(memory.begin(), memory.end());
}

void Trainer::tellMemory(const api::MetricRow& row) {
  std::scoped_lock lock(m_mutex);
  m_memory = {row.memoryByCategory->begin(), row.memoryByCategory->end()};
  m_folder.setStep(row.step, m_setup.totalSteps, false);
}

double Trainer::evaluate() {
  if (!m_setup.validation) {
    writeEvent("warning", "There are no validation rows, so nothing was evaluated. Set data.validation.");
    return api::kNaN;
  }
  for (;;)
    try {
      return evaluateOnce();
    } catch (const c10::OutOfMemoryError& error) {
      if (dropGraphs())
        continue;
      data::PlanOptions options = m_setup.validation->options();
      if (++m_halvings > kMostHalvings || options.tokensPerMicrobatch < 2)
        throw;
      options.tokensPerMicrobatch /= 2;
      m_setup.validation = std::make_shared<data::BatchPlan>(m_setup.data.rows, m_setup.data.rows->validationRows(), options);
      logWarning("out of memory: {}", error.what_without_backtrace());
      writeEvent("warning", fmt::format("Out of memory in the evaluation: it is repeated with microbatches of {} tokens.", options.tokensPerMicrobatch),
                 Json{{"tokens_per_microbatch", options.tokensPerMicrobatch}});
    }
}

double Trainer::evaluateOnce() {
  c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  at::Tensor sum = at::zeros({}, at::TensorOptions(at::kDouble).device(m_setup.model->device()));
  int64_t supervised = 0;
  for (const data::Microbatch& microbatch : m_setup.validation->step(0, 0)) {
    const nn::Batch batch = nn::toDevice(stageBatch(m_setup.validation->pack(microbatch), isOnGpu()).host, m_setup.model->device());
    sum.add_(m_setup.model->evaluate(batch).sum);
    supervised += batch.supervised;
  }
  const double loss = sum.item<double>() / static_cast<double>(std::max<int64_t>(1, supervised));
  m_evalLoss = loss;
  writeEvent("evaluated", fmt::format("Validation loss {:.4f} over {} tokens.", loss, supervised), Json{{"eval_loss", loss}, {"tokens", supervised}});
  return loss;
}

std::vector<std::string> Trainer::sampleNames(const std::vector<uint64_t>& rows) const {
  std::vector<std::string> names;
  for (const uint64_t row : rows) {
    const data::RowError place = m_setup.data.files->place(m_setup.data.rows->row(row).source);
    names.push_back(fmt::format("{}:{}", std::filesystem::path(place.file).filename().string(), place.line));
  }
  return names;
}

} // namespace lathe::train
