// SPDX-License-Identifier: Apache-2.0
// Real batches against equally long sequences of the same number of tokens, in one process.
#include "core/ops/attention.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/memory_scope.h"
#include "core/train/batch_stager.h"
#include "core/worker/bench_data.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace lathe::worker {
namespace {

constexpr int64_t kDenseLength = 2048;
constexpr double kTellSeconds = 5;

/// The dense figure's sequences: as many of 2,048 tokens as a full batch holds.
struct DenseShape {
  int64_t sequences = 1, length = 1;
  int64_t tokens() const { return sequences * length; }
};
DenseShape denseShape(const BenchOptions& options) {
  const int64_t length = std::min(kDenseLength, options.tokensPerStep);
  return {options.tokensPerStep / length, length};
}

ops::AttentionPlans attentionPlansOf(at::Device device) { return device.is_cuda() ? ops::cudaOps().attentionPlans() : ops::AttentionPlans{}; }

/// What building plans cost between two looks.
void addPlans(Json& out, const ops::AttentionPlans& before, const ops::AttentionPlans& after) {
  out["attention_plans"] = {{"built", after.count - before.count}, {"refused", after.refused - before.refused}, {"build_s", after.buildSeconds - before.buildSeconds},
                            {"largest_workspace", after.mostWorkspace}, {"last_refusal", after.lastRefusal}};
}

void tell(const BenchOptions& options, const std::string& what) {
  if (options.progress)
    options.progress(what);
}

struct PackedPass {
  double seconds = 0, waited = 0; // the host's wait for data, of it
};

/// The first batches of the plan, staged as in a run; the clock starts when the first one is ready.
PackedPass trainOnce(BenchTrainee& trainee, const std::shared_ptr<const data::BatchPlan>& plan, const BenchOptions& options, at::Device device) {
  train::BatchStager stager(plan, 0, 0, static_cast<uint64_t>(options.batches), device.is_cuda(), false);
  std::optional<train::StagedBatch> staged = stager.next();
  benchWait(device);
  PackedPass out;
  const double begin = benchNow();
  double told = begin;
  for (int64_t n = 0; n < options.batches && staged; ++n) {
    benchStep(trainee, nn::toDevice(staged->host, device));
    const double asked = benchNow();
    if (n + 1 < options.batches)
      staged = stager.next();
    out.waited += benchNow() - asked;
    if (benchNow() - told > kTellSeconds) {
      told = benchNow();
      tell(options, fmt::format("  {} of {} batches after {:.1f} s", n + 1, options.batches, told - begin));
    }
  }
  benchWait(device);
  out.seconds = benchNow() - begin;
  tell(options, fmt::format("pass over {} batches: {:.2f} s, {:.2f} s of it waiting for data", options.batches, out.seconds, out.waited));
  return out;
}

double denseStepSeconds(BenchTrainee& trainee, const BenchOptions& options, const io::ModelConfig& config, at::Device device) {
  const DenseShape dense = denseShape(options);
  std::vector<nn::Batch> batches;
  for (int i = 0; i < (device.is_cuda() ? 5 : 1); ++i)
    batches.push_back(benchBatch(config, dense.sequences, dense.length, static_cast<uint64_t>(i), device));
  const std::vector<double> seconds = benchRepeats(device, 1, options.repeats, [&] {
    for (const nn::Batch& batch : batches)
      benchStep(trainee, batch);
  });
  return benchMedian(seconds) / static_cast<double>(batches.size());
}

/// Forward and backward of attention alone; rows as in a layer: q, k and v are columns of one tensor, their gradients of another.
class LoneAttention {
public:
  LoneAttention(const io::ModelConfig& config, const BenchPlace& place, int64_t tokens) : m_options{config.heads, config.kvHeads, config.headDim} {
    m_options.window = config.windowOf(0).value_or(0);
    const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
    const auto type = at::TensorOptions().device(place.device).dtype(place.device.is_cuda() && place.dtype == nn::Compute::BFloat16 ? at::kBFloat16 : at::kFloat);
    m_qkv = at::randn({tokens, config.heads + 2 * config.kvHeads, config.headDim}, type);
    m_dOut = at::randn({tokens, config.heads, config.headDim}, type);
    m_gradients = at::empty_like(m_qkv);
  }
  void run(const ops::Sequences& sequences) {
    const int64_t tokens = sequences.tokens();
    const at::Tensor q = part(m_qkv, tokens, 0), k = part(m_qkv, tokens, 1), v = part(m_qkv, tokens, 2);
    const ops::AttentionResult forward = ops::attentionForward(q, k, v, sequences, m_options);
    ops::attentionBackward(m_dOut.narrow(0, 0, tokens), q, k, v, forward, sequences, m_options,
                           {part(m_gradients, tokens, 0), part(m_gradients, tokens, 1), part(m_gradients, tokens, 2)});
  }

private:
  at::Tensor part(const at::Tensor& all, int64_t tokens, int64_t which) const {
    const at::Tensor rows = all.narrow(0, 0, tokens);
    return which == 0 ? rows.narrow(1, 0, m_options.heads) : rows.narrow(1, m_options.heads + (which - 1) * m_options.kvHeads, m_options.kvHeads);
  }
  ops::AttentionOptions m_options;
  at::Tensor m_qkv, m_dOut, m_gradients;
};

ops::Sequences sequencesOf(const std::vector<int32_t>& bounds, at::Device device) { return {at::tensor(bounds, at::kInt), device}; }

std::vector<int32_t> denseBounds(const DenseShape& dense) {
  std::vector<int32_t> out;
  for (int64_t i = 0; i <= dense.sequences; ++i)
    out.push_back(static_cast<int32_t>(i * dense.length));
  return out;
}

} // namespace

Json benchTrainPacked(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place) {
  const c10::NoGradGuard noGrad;
  const auto plan = benchPlan(options, config.vocabSize);
  const std::vector<PackedShape> shapes = packedShapes(*plan, options.batches);
  BenchTrainee trainee = benchTrainee(options, config, place);
  tell(options, fmt::format("{} rows are tokenized and the model is made", plan->sequences()));
  const double denseStep = denseStepSeconds(trainee, options, config, place.device);
  tell(options, fmt::format("dense step: {:.1f} ms", denseStep * 1e3));
  const ops::AttentionPlans before = attentionPlansOf(place.device);
  if (place.device.is_cuda())
    ops::cudaOps().resetPeakMemory(place.device);
  const PackedPass first = trainOnce(trainee, plan, options, place.device);
  const ops::AttentionPlans after = attentionPlansOf(place.device);
  std::vector<double> seconds, waits;
  for (int i = 1; i < std::max(2, options.passes); ++i) {
    const PackedPass pass = trainOnce(trainee, plan, options, place.device);
    seconds.push_back(pass.seconds);
    waits.push_back(pass.waited);
  }
  Json out = benchHeader(options, config, place);
  addPacking(out, options, *plan, shapes);
  const double tokens = out["tokens"].get<double>(), denseRate = static_cast<double>(denseShape(options).tokens()) / denseStep;
  out.update({{"method", options.method}, {"rank", options.rank}, {"recompute", options.recompute || options.offload}, {"offload", options.offload}, {"passes", seconds.size() + 1}, {"first_pass_s", first.seconds}, {"later_pass_s", benchMedian(seconds)},
              {"waited_for_data_s", benchMedian(waits)}, {"first_pass_tokens_per_s", tokens / first.seconds}, {"tokens_per_s", tokens / benchMedian(seconds)}});
  out.update({{"dense_sequences", denseShape(options).sequences}, {"dense_length", denseShape(options).length}, {"dense_tokens_per_s", denseRate},
              {"share_of_dense", tokens / benchMedian(seconds) / denseRate}});
  addPlans(out, before, after);
  addBenchTraineeMemory(out, trainee, place.device);
  return out;
}

Json benchAttention(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place) {
  const c10::NoGradGuard noGrad;
  const auto plan = benchPlan(options, 0);
  const std::vector<PackedShape> shapes = packedShapes(*plan, options.batches);
  const DenseShape dense = denseShape(options);
  int64_t most = dense.tokens();
  std::vector<ops::Sequences> batches;
  for (const PackedShape& shape : shapes) {
    most = std::max(most, shape.tokens());
    batches.push_back(sequencesOf(shape.bounds, place.device));
  }
  LoneAttention attention(config, place, most);
  const ops::Sequences equal = sequencesOf(denseBounds(dense), place.device);
  const double denseSeconds = benchMedian(benchRepeats(place.device, 1, options.repeats, [&] {
    for (int i = 0; i < 10; ++i)
      attention.run(equal);
  }));
  const auto pass = [&] {
    for (const ops::Sequences& sequences : batches)
      attention.run(sequences);
  };
  const ops::AttentionPlans before = attentionPlansOf(place.device);
  const double first = benchRepeats(place.device, 0, 1, pass).front();
  const ops::AttentionPlans after = attentionPlansOf(place.device);
  const double later = benchMedian(benchRepeats(place.device, 0, options.repeats, pass));
  Json out = benchHeader(options, config, place);
  addPacking(out, options, *plan, shapes);
  out.update({{"first_pass_s", first}, {"later_pass_s", later}, {"ms_per_batch", later * 1e3 / static_cast<double>(shapes.size())}, {"dense_ms_per_batch", denseSeconds * 100}});
  addPlans(out, before, after);
  addBenchMemory(out, place.device);
  return out;
}

} // namespace lathe::worker
