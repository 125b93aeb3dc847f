// SPDX-License-Identifier: Apache-2.0
// One optimizer step, and the evaluation.
#include "core/train/trainer.h"

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/data/prefetcher.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <c10/core/GradMode.h>
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

template <class T>
at::Tensor toTensor(const std::vector<T>& values, at::ScalarType type, at::Device device) {
  const at::Tensor host = at::empty({static_cast<int64_t>(values.size())}, type);
  std::copy(values.begin(), values.end(), host.mutable_data_ptr<T>());
  return host.to(device);
}

nn::Batch toBatch(const data::PackedBatch& packed, at::Device device) {
  nn::Batch batch;
  batch.tokens = toTensor(packed.tokens, at::kLong, device);
  batch.targets = toTensor(packed.targets, at::kLong, device);
  batch.positions = toTensor(packed.positions, at::kLong, device);
  batch.cuSeqlens = toTensor(packed.cuSeqlens, at::kInt, at::kCPU);
  batch.maxSeqlen = packed.maxSeqlen;
  batch.supervised = packed.supervised;
  return batch;
}

int64_t residentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

} // namespace

void Trainer::restartPrefetcher() {
  const auto remaining = static_cast<uint64_t>(m_setup.totalSteps - m_step);
  m_prefetcher.reset();
  m_prefetcher = std::make_unique<data::Prefetcher>(m_setup.plan, m_cursor.epoch, m_cursor.step, remaining);
}

void Trainer::trainStep() {
  c10::NoGradGuard noGrad;
  const auto begin = Clock::now();
  api::MetricRow row;
  row.step = m_step + 1;
  row.lr = m_setup.schedule.rateAt(m_step);
  at::Tensor lossSum;
  while (!runMicrobatches(row, lossSum)) {
  }
  const at::Tensor stats = m_optimizer->step(row.lr, lossSum);
  m_setup.model->publishMaster();
  m_setup.model->flatGrad().zero_();
  const at::Tensor host = stats.to(at::kCPU);
  const double* values = host.const_data_ptr<double>();
  row.loss = values[0] / static_cast<double>(std::max<int64_t>(1, row.supervisedTokens));
  row.gradNorm = values[1];
  row.skipped = values[2] == 0;
  const double seconds = secondsSince(begin);
  row.stepMs = seconds * 1e3;
  row.tokensPerS = static_cast<double>(row.tokens) / std::max(seconds, 1e-9);
  m_trainingTime += seconds;
  finishRow(row);
}

bool Trainer::runMicrobatches(api::MetricRow& row, at::Tensor& lossSum) {
  const auto seed = static_cast<uint64_t>(m_cursor.seed);
  uint64_t count = 0;
  m_stepRows.clear();
  lossSum = at::zeros({}, at::TensorOptions(at::kDouble).device(m_setup.model->device()));
  try {
    for (bool last = false; !last; ++count) {
      const auto packed = m_prefetcher->next();
      if (!packed)
        throw Exception(ErrorKind::Internal, fmt::format("The data ended before step {} of {}.", row.step, m_setup.totalSteps));
      last = packed->microbatch + 1 == packed->microbatches;
      if (m_options.beforeMicrobatch)
        m_options.beforeMicrobatch(row.step, packed->microbatch, *m_setup.model);
      nn::Batch batch = toBatch(*packed, m_setup.model->device());
      batch.dropoutCounter = randomBits(seed, kDropoutStream, m_cursor.microbatches + count);
      const double scale = 1.0 / static_cast<double>(std::max<int64_t>(1, packed->stepSupervised));
      lossSum.add_(m_setup.model->forwardBackward(batch, scale, m_setup.recompute).sum);
      m_stepRows.insert(m_stepRows.end(), packed->rows.begin(), packed->rows.end());
      row.tokens = packed->stepTokens;
      row.supervisedTokens = packed->stepSupervised;
    }
  } catch (const c10::OutOfMemoryError& error) {
    halveMicrobatch(error.what_without_backtrace());
    return false;
  }
  m_cursor.microbatches += count;
  return true;
}

/// The same rows again in microbatches of half the size. Step counter, schedule and weights are as before the step.
void Trainer::halveMicrobatch(const std::string& why) {
  data::PlanOptions options = m_setup.plan->options();
  if (++m_halvings > kMostHalvings || options.tokensPerMicrobatch < 2)
    throw;
  options.tokensPerMicrobatch /= 2;
  m_prefetcher.reset();
  m_setup.plan = std::make_shared<data::BatchPlan>(m_setup.data.rows, m_setup.data.rows->trainRows(), options);
  m_setup.model->flatGrad().zero_();
  if (m_setup.model->device().is_cuda())
    at::accelerator::emptyCache();
  restartPrefetcher();
  logWarning("out of memory: {}", why);
  writeEvent("warning", fmt::format("Out of memory in step {}: it is repeated with microbatches of {} tokens. From here on the run is not bit-reproducible.",
                                    m_step + 1, options.tokensPerMicrobatch),
             Json{{"tokens_per_microbatch", options.tokensPerMicrobatch}});
}

void Trainer::finishRow(api::MetricRow& row) {
  const auto& spec = m_setup.spec;
  std::sort(m_stepRows.begin(), m_stepRows.end()); // the chain does not depend on the packing
  m_cursor.samples = hashText(m_cursor.samples + std::string(reinterpret_cast<const char*>(m_stepRows.data()), m_stepRows.size() * sizeof(uint64_t)));
  if (++m_cursor.step == static_cast<uint64_t>(m_setup.stepsPerEpoch)) {
    m_cursor.step = 0;
    ++m_cursor.epoch;
  }
  ++m_step;
  m_evalLoss.reset();
  const bool evaluationDue = spec.evalEverySteps > 0 && (m_step % spec.evalEverySteps == 0 || m_step == m_setup.totalSteps);
  if (m_evaluateAsked || (m_setup.validation && evaluationDue))
    if (const double loss = evaluate(); m_setup.validation)
      row.evalLoss = loss;
  m_evaluateAsked = false;
  row.samples = m_cursor.samples;
  row.epoch = static_cast<double>(m_step) / static_cast<double>(m_setup.stepsPerEpoch);
  row.time = m_trainingTime;
  measureMemory(row);
  appendMetrics(row);
  if (row.skipped)
    writeEvent("skipped", fmt::format("Step {} was skipped: its gradient was not finite.", m_step));
  m_nonFinite.record(m_step, row.skipped, row.skipped ? sampleNames(m_stepRows) : std::vector<std::string>());
  if (spec.saveEverySteps > 0 && m_step % spec.saveEverySteps == 0)
    saveCheckpoint();
}

void Trainer::measureMemory(api::MetricRow& row) {
  auto memory = m_setup.model->memoryByCategory();
  memory["optimizer"] += m_optimizer->bytes();
  for (const auto& [name, bytes] : memory)
    row.memoryAllocated += static_cast<int64_t>(bytes);
  row.memoryReserved = residentBytes();
  if (m_setup.model->device().is_cuda()) {
    const auto stats = at::accelerator::getDeviceStats(m_setup.model->device().index());
    row.memoryAllocated = stats.allocated_bytes[0].peak;
    row.memoryReserved = stats.reserved_bytes[0].peak;
  }
  std::scoped_lock lock(m_mutex);
  m_memory = std::move(memory);
  m_folder.setStep(m_step, m_setup.totalSteps, false);
}

double Trainer::evaluate() {
  c10::NoGradGuard noGrad;
  if (!m_setup.validation) {
    writeEvent("warning", "There are no validation rows, so nothing was evaluated. Set data.validation.");
    return api::kNaN;
  }
  at::Tensor sum = at::zeros({}, at::TensorOptions(at::kDouble).device(m_setup.model->device()));
  int64_t supervised = 0;
  for (const data::Microbatch& microbatch : m_setup.validation->step(0, 0)) {
    const nn::Batch batch = toBatch(m_setup.validation->pack(microbatch), m_setup.model->device());
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
