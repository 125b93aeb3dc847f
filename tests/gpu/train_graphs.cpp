// SPDX-License-Identifier: Apache-2.0
// Steps replayed from recorded graphs against the same steps computed operation by operation: every number of every step, and all weights at the end.
#include "core/base/files.h"
#include "core/ops/cuda_ops.h"
#include "core/train/batch_stager.h"
#include "core/train/step_graphs.h"
#include "tests/gpu/train_support.h"
#include "tests/train/tiny_run.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <chrono>

namespace lathe::gputrain {

namespace {

constexpr int kSteps = 108;

struct Kind {
  const char* method;
  const char* dtype;
  double dropout;
  bool wide;          // heads of 64 and some 2,400 tokens a step: cuDNN's attention; otherwise FlashAttention's or the memory-efficient one
  bool deterministic;
};

/// One of two runs that see the same batches.
struct Side {
  train::Setup setup;
  std::unique_ptr<train::AdamW> optimizer;
  std::unique_ptr<train::StepGraphs> graphs;

  Side(const api::TrainSpec& spec, const train::RunOptions& options, bool records) : setup(train::prepare(spec, options, {}, {}, {})) {
    train::AdamWOptions settings;
    settings.maxGradNorm = 1;
    optimizer = std::make_unique<train::AdamW>(setup.model->flatMaster(), setup.model->flatGrad(), settings);
    graphs = std::make_unique<train::StepGraphs>(setup, *optimizer, records);
  }

  at::Tensor step(const std::vector<data::PackedBatch>& microbatches, int64_t number) {
    graphs->begin();
    for (const data::PackedBatch& packed : microbatches)
      graphs->add(train::stageBatch(packed, true, true).host, 1.0 / static_cast<double>(packed.stepSupervised), static_cast<uint64_t>(number) * 100 + packed.microbatch);
    return graphs->finish(1e-3 / static_cast<double>(1 + number)).clone();
  }
};

std::string wideModel(const std::string& folder) {
  io::ModelConfig c = io::parseModelConfig(testing::tinyConfig());
  c.hiddenSize = 256;
  c.heads = 4;
  c.kvHeads = 2;
  c.headDim = 64;
  c.intermediateSize = 384;
  nn::Model::random(c, 3, nn::Compute::Float32, at::kCPU)->saveModel(folder + "/wide");
  testing::writeTokenData(folder + "/wide.safetensors", 400, 96);
  return folder + "/wide";
}

api::TrainSpec specOf(Session& s, testing::TinyRun& tiny, const Kind& kind) {
  api::TrainSpec spec = tiny.spec(kind.method);
  spec.model.dtype = kind.dtype;
  spec.method.dropout = kind.dropout;
  spec.training.deterministic = kind.deterministic;
  if (kind.wide) {
    spec.model.path = s.folder + "/wide";
    spec.data.train[0].path = s.folder + "/wide.safetensors";
    spec.training.tokensPerMicrobatch = 4096;
    spec.training.sequencesPerStep = 200;
  }
  return spec;
}

void checkKind(Session& s, testing::TinyRun& tiny, const Kind& kind) {
  const std::string name = fmt::format("{} {}{}{}{}", kind.method, kind.dtype, kind.dropout > 0 ? " with dropout" : "", kind.wide ? ", long batches" : "",
                                       kind.deterministic ? ", deterministic" : "");
  ops::setDeterministic(kind.deterministic);
  train::RunOptions options = testing::cpuOptions();
  options.device = s.device.str();
  const api::TrainSpec spec = specOf(s, tiny, kind);
  Side recorded(spec, options, true), plain(spec, options, false);
  const auto calls = ops::cudaOps().attentionPlans();
  std::string problem;
  const auto& plan = *recorded.setup.plan;
  for (int64_t i = 0; i < kSteps && problem.empty(); ++i) {
    const auto batches = plan.batches(static_cast<uint64_t>(i) / plan.stepsPerEpoch(), static_cast<uint64_t>(i) % plan.stepsPerEpoch());
    const at::Tensor a = recorded.step(batches, i).cpu(), b = plain.step(batches, i).cpu();
    if (!a.equal(b) || !std::isfinite(a[0].item<double>()))
      problem = fmt::format("step {}: loss {:.17g} and {:.17g}, norm {:.17g} and {:.17g}", i + 1, a[0].item<double>(), b[0].item<double>(), a[1].item<double>(), b[1].item<double>());
  }
  s.report.line(name + ": loss and norm of every step, bit for bit", problem);
  const auto plans = ops::cudaOps().attentionPlans();
  if (kind.wide) // a plan of this size may be there already: the first kind of it builds it
    s.report.line(name + ": cuDNN has plans for it", plans.count > 0 && plans.refused == calls.refused ? "" : fmt::format("{} plans, {} refused: {}", plans.count, plans.refused, plans.lastRefusal));
  s.report.same(name + ": the weights after them", recorded.setup.model->flatMaster(), plain.setup.model->flatMaster());
  s.report.line(name + ": at least 100 replays", recorded.graphs->replays() >= 100 && plain.graphs->replays() == 0
                                                    ? ""
                                                    : fmt::format("{} graphs, {} replays", recorded.graphs->recorded(), recorded.graphs->replays()));
}

/// Milliseconds of a step of a model of 7 million parameters with 450 tokens, where starting kernels is nearly everything.
void timeSteps(Session& s, testing::TinyRun& tiny) {
  train::RunOptions options = testing::cpuOptions();
  options.device = s.device.str();
  api::TrainSpec spec = specOf(s, tiny, {"lora", "bfloat16", 0, true, false});
  spec.training.sequencesPerStep = 40;
  double milliseconds[2] = {};
  for (const bool records : {false, true}) {
    Side side(spec, options, records);
    const auto batches = side.setup.plan->batches(0, 0);
    for (int64_t i = 0; i < 5; ++i)
      side.step(batches, i);
    ops::cudaOps().synchronize(s.device);
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < 50; ++i)
      side.step(batches, i);
    ops::cudaOps().synchronize(s.device);
    milliseconds[records] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() / 50;
  }
  std::printf("a small step: %.2f ms operation by operation, %.2f ms recorded\n", milliseconds[0], milliseconds[1]);
  s.report.atMost("a recorded small step takes less than half the time", milliseconds[1] * 2, milliseconds[0]);
}

} // namespace

void checkGraphs(Session& session) {
  testing::TinyRun tiny(session.folder + "/graphs");
  wideModel(session.folder);
  for (const Kind& kind : {Kind{"lora", "bfloat16", 0, false, false}, {"lora", "bfloat16", 0.1, false, false}, {"lora", "float32", 0.1, false, false},
                           {"full", "bfloat16", 0, false, false}, {"full", "float32", 0, false, false}, {"lora", "bfloat16", 0, true, false},
                           {"lora", "bfloat16", 0, true, true}, {"full", "bfloat16", 0, true, true}, {"lora", "float32", 0.1, false, true}})
    session.report.guarded(fmt::format("graphs {} {} {} {}", kind.method, kind.dtype, kind.wide, kind.deterministic), [&] { checkKind(session, tiny, kind); });
  session.report.guarded("time of a small step", [&] { timeSteps(session, tiny); });
  ops::setDeterministic(true);
}

} // namespace lathe::gputrain
