// SPDX-License-Identifier: Apache-2.0
// Where a GPU's memory goes: every block has a category, the categories are what the model and the driver say, and a full card ends in a sentence with numbers.
#include "core/generate/device_decoder.h"
#include "core/ops/cuda_ops.h"
#include "core/ops/graph.h"
#include "core/train/optimizer.h"
#include "core/train/trainer.h"
#include "tests/gpu/train_support.h"
#include "tests/train/tiny_run.h"

#include <c10/util/Exception.h>

namespace lathe::gputrain {

namespace {

using ops::MemoryAnatomy;
using ops::MemoryCategory;
using ops::MemoryMoment;

constexpr int64_t kRank = 16, kRoom3 = 64, kRoom2 = 64, kRoom1 = 64; // columns beside the weights that rank 16 gets
constexpr double kUnattributed = 0.03;

/// 308 M parameters, 617 MB in bfloat16.
io::ModelConfig midSize() {
  io::ModelConfig c;
  c.modelType = "llama";
  c.architecture = "LlamaForCausalLM";
  c.vocabSize = 32000;
  c.hiddenSize = 2048;
  c.intermediateSize = 8192;
  c.layers = 4;
  c.heads = 32;
  c.kvHeads = 8;
  c.headDim = 64;
  c.maxPositions = 4096;
  c.tieEmbeddings = true;
  c.rmsNormEps = 1e-5;
  return c;
}

nn::Batch batchOf(int64_t sequences, int64_t length, at::Device device) {
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(sequences), std::vector<int64_t>(static_cast<size_t>(length)));
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t t = 0; t < rows[i].size(); ++t)
      rows[i][t] = static_cast<int64_t>((i * 7919 + t * 104729) % 32000);
  const ops::MemoryScope scope(MemoryCategory::Workspace);
  return nn::packBatch(rows, {}, device);
}

/// A model with an adapter that is being trained.
struct Trainee {
  std::shared_ptr<nn::Model> model;
  std::unique_ptr<train::AdamW> optimizer;

  explicit Trainee(at::Device device) : model(nn::Model::randomOnDevice(midSize(), 1, nn::Compute::BFloat16, device, kRank)) {
    nn::AdapterSpec spec;
    spec.r = kRank;
    spec.targetModules = {"all-linear"};
    model->addAdapter("memory", spec, 1);
    model->trainable("memory");
    train::AdamWOptions options;
    options.maxGradNorm = 1.0;
    optimizer = std::make_unique<train::AdamW>(model->flatMaster(), model->flatGrad(), options);
  }
  void step(const nn::Batch& batch) {
    const ops::MemoryScope scope(MemoryCategory::Workspace);
    const auto loss = model->forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), {});
    optimizer->step(1e-4, loss.sum);
    model->publishMaster();
    at::Tensor(model->flatGrad()).zero_();
  }
};

class Checker {
public:
  explicit Checker(Session& session) : m(session) {}

  MemoryAnatomy anatomy(bool atPeak = false) const { return ops::cudaOps().memoryAnatomy(m.device, atPeak); }
  ops::CudaMemory allocator(bool driver = false) const { return ops::cudaOps().memory(m.device, driver); }
  uint64_t requested(MemoryCategory category, bool atPeak = false) const { return anatomy(atPeak).requested[static_cast<size_t>(category)]; }

  void bytes(const std::string& what, uint64_t got, uint64_t expected) { m.report.line(what, got == expected ? "" : fmt::format("expected {} bytes, got {}", expected, got)); }

  /// The categories are all that the allocator has handed out, now and at the peak.
  void sums(const std::string& when) {
    bytes(when + ": the categories are what is allocated", anatomy().total() - anatomy().recorded, allocator().allocated);
    if (anatomy().recorded == 0)
      bytes(when + ": the categories at the peak are the peak", anatomy(true).total(), allocator().peakAllocated);
  }

  void attributed(const std::string& when) {
    const auto parts = ops::deviceMemoryByCategory(m.device, MemoryMoment::Peak, true);
    const double own = static_cast<double>(ops::cudaOps().driverMemory(m.device).own);
    uint64_t sum = 0;
    std::string text;
    for (const auto& [name, bytes] : parts) {
      sum += bytes;
      text += fmt::format(" {} {:.1f}", name, static_cast<double>(bytes) / (1 << 20));
    }
    std::printf("      %s, MiB: driver %.1f;%s\n", when.c_str(), own / (1 << 20), text.c_str());
    const auto other = parts.find("other");
    m.report.atMost(when + ": share of the driver's figure that nobody attributed", other == parts.end() ? 0 : static_cast<double>(other->second) / own, kUnattributed);
    m.report.near(when + ": the parts are the driver's figure", static_cast<double>(sum) / own, 1, 0.01);
    m.report.line(when + ": the driver keeps something for the process", parts.contains("context") ? "" : "no context");
  }

  void released(const std::string& when) {
    const MemoryAnatomy now = anatomy();
    std::string problem;
    for (const MemoryCategory category : {MemoryCategory::Weights, MemoryCategory::Adapters, MemoryCategory::Masters, MemoryCategory::Gradients, MemoryCategory::Optimizer,
                                          MemoryCategory::Stash, MemoryCategory::Cache})
      if (now.of(category) > 0)
        problem += fmt::format("{} {} bytes; ", ops::memoryCategoryName(category), now.of(category));
    m.report.line(when + ": every category but the workspace is empty again", problem);
    m.report.atMost(when + ": MiB of workspace that libraries keep", static_cast<double>(now.of(MemoryCategory::Workspace)) / (1 << 20), 160);
    sums(when);
  }

private:
  Session& m;
};

void checkState(Checker& check, const Trainee& trainee) {
  auto formula = trainee.model->memoryByCategory();
  const io::ModelConfig& c = trainee.model->config();
  const int64_t hidden = c.hiddenSize, inner = c.intermediateSize, attention = (c.heads + 2 * c.kvHeads) * c.headDim;
  const int64_t room = kRoom3 * (attention + hidden + kRoom3) + kRoom2 * (2 * inner + hidden + kRoom2) + kRoom1 * (hidden + inner + kRoom1);
  const auto frequencies = static_cast<uint64_t>(c.headDim / 2) * 4, roomBytes = static_cast<uint64_t>(2 * c.layers * room);
  check.bytes("weights are the tensors' bytes and the rotary frequencies", check.requested(MemoryCategory::Weights), formula["weights"] + frequencies);
  check.bytes("adapters are their values and the room beside the weights", check.requested(MemoryCategory::Adapters), formula["adapters"] + roomBytes);
  check.bytes("masters are the float32 matrices", check.requested(MemoryCategory::Masters), formula["masters"]);
  check.bytes("gradients are the flat buffer", check.requested(MemoryCategory::Gradients), formula["gradients"]);
  check.bytes("the optimizer's are its moments and its counter", check.requested(MemoryCategory::Optimizer), trainee.optimizer->bytes() + 4);
  check.bytes("nothing is stashed before the first step", check.requested(MemoryCategory::Stash), 0);
  check.sums("before the first step");
}

void checkSteps(Session& s, Checker& check, Trainee& trainee) {
  const nn::Batch batch = batchOf(4, 512, s.device);
  trainee.step(batch);
  trainee.step(batch);
  ops::cudaOps().resetPeakMemory(s.device);
  trainee.step(batch);
  check.sums("after a step");
  // At the peak, in the loss, every layer's stash is there, and the last layer's output.
  const io::ModelConfig& c = trainee.model->config();
  const int64_t tokens = batch.tokens.size(0);
  const auto rooms = static_cast<double>(2 * tokens * c.layers * (kRoom3 + kRoom2)), last = static_cast<double>(2 * tokens * c.hiddenSize);
  const double stash = static_cast<double>(trainee.model->memoryByCategory()["stash"]) + rooms + last;
  s.report.near("the stash at the peak is what the layers keep", static_cast<double>(check.requested(MemoryCategory::Stash, true)) / stash, 1, 0.005);
  check.bytes("nothing stays stashed", check.requested(MemoryCategory::Stash), 0);
  check.attributed("training step");
  const MemoryAnatomy before = check.anatomy();
  const uint64_t reserved = check.allocator().reserved;
  for (int i = 0; i < 50; ++i)
    trainee.step(batch);
  s.report.line("50 steps later every category is as it was", check.anatomy().bytes == before.bytes ? "" : ops::anatomyText(check.anatomy()) + " instead of " + ops::anatomyText(before));
  check.bytes("50 steps later nothing more is reserved", check.allocator().reserved, reserved);
  check.sums("50 steps later");
}

void checkRecorded(Session& s, Checker& check, Trainee& trainee) {
  const nn::Batch batch = batchOf(4, 512, s.device);
  {
    ops::RecordedGraph graph(s.device, [&] { trainee.model->forwardBackward(batch, 1.0, {}); });
    graph.replay();
    ops::cudaOps().synchronize(s.device);
    ops::cudaOps().resetPeakMemory(s.device);
    const MemoryAnatomy now = check.anatomy();
    check.sums("with a recorded graph");
    s.report.line("a recorded graph's memory is attributed", now.recorded > 0 ? "" : "none is");
    const double stash = static_cast<double>(trainee.model->memoryByCategory()["stash"]);
    s.report.line("its stash among it", static_cast<double>(now.of(MemoryCategory::Stash)) >= stash ? "" : fmt::format("{} bytes of {:.0f}", now.of(MemoryCategory::Stash), stash));
    s.report.line("not more than is reserved", now.total() <= check.allocator().reserved ? "" : fmt::format("{} of {}", now.total(), check.allocator().reserved));
    check.attributed("recorded graph");
  }
  check.bytes("nothing is left of a graph that is gone", check.anatomy().recorded, 0);
  at::Tensor(trainee.model->flatGrad()).zero_();
}

void checkDecode(Session& s, Checker& check) {
  const auto model = nn::Model::randomOnDevice(midSize(), 2, nn::Compute::BFloat16, s.device);
  nn::PagedCache cache(model->config(), nn::Compute::BFloat16, s.device, 64, 32);
  check.bytes("the cache is its pages", check.requested(MemoryCategory::Cache), cache.bytes());
  const nn::Batch prompt = batchOf(1, 300, s.device);
  const nn::SequenceId sequence = cache.open();
  cache.reserve(sequence, 300);
  nn::CacheView view = cache.view(std::span(&sequence, 1));
  model->forwardCached(prompt.tokens, prompt.positions, prompt.cuSeqlens, view);
  generate::DeviceDecoder decoder(*model, cache, 1024, false);
  api::Sampling greedy;
  greedy.greedy = true;
  std::vector<int32_t> history(301, 1);
  ops::cudaOps().resetPeakMemory(s.device);
  for (uint64_t t = 0; t < 32; ++t) {
    cache.reserve(sequence, 1);
    history.push_back(decoder.next(sequence, greedy, history, t).id);
    cache.advance(sequence, 1);
  }
  check.sums("decoding");
  check.bytes("decoding adds nothing to the cache", check.requested(MemoryCategory::Cache), cache.bytes());
  check.attributed("decoding");
}

/// All but `keep` bytes of the card.
at::Tensor fill(Session& s, Checker& check, uint64_t keep) {
  ops::cudaOps().releaseCachedMemory();
  const uint64_t free = check.allocator(true).driverFree;
  return at::empty({static_cast<int64_t>(free - std::min(free, keep))}, at::TensorOptions().dtype(at::kByte).device(s.device));
}

void checkFullCard(Session& s, Checker& check, Trainee& trainee) {
  ops::cudaOps().resetPeakMemory(s.device);
  const nn::Batch large = batchOf(4, 2048, s.device), small = batchOf(1, 128, s.device);
  const uint64_t before = ops::cudaOps().refusedMemory(s.device).count;
  check.sums("before the card is filled");
  const at::Tensor filler = fill(s, check, uint64_t{400} << 20);
  check.sums("on a filled card");
  std::string problem = "the step was done";
  try {
    trainee.step(large);
  } catch (const c10::OutOfMemoryError&) {
    problem.clear();
  }
  s.report.line("a step too large for what is free is refused", problem);
  const ops::RefusedMemory refused = ops::cudaOps().refusedMemory(s.device);
  const std::string text = ops::refusedMemoryText(s.device);
  std::printf("      %s\n", text.c_str());
  s.report.line("the refusal is remembered", refused.count > before && refused.asked > 0 && refused.free < (uint64_t{400} << 20) ? "" : fmt::format("{} asked, {} free", refused.asked, refused.free));
  s.report.line("with what was there at that moment", refused.anatomy.of(MemoryCategory::Stash) > 0 && refused.anatomy.of(MemoryCategory::Weights) > 0 ? "" : ops::anatomyText(refused.anatomy));
  for (const char* part : {"more were asked for", "were free", "weights", "stash"})
    s.report.line(fmt::format("the sentence says \"{}\"", part), text.find(part) != std::string::npos ? "" : text);
  check.bytes("nothing of the refused step stays", check.requested(MemoryCategory::Stash), 0);
  check.sums("after the refusal");
  at::Tensor(trainee.model->flatGrad()).zero_();
  ops::cudaOps().releaseCachedMemory();
  trainee.step(small);
  s.report.line("a smaller step on the same card is done", at::isfinite(trainee.model->flatMaster()).all().item<bool>() ? "" : "the weights are not finite");
  check.sums("on a full card");
}

void checkModelTooLarge(Session& s, Checker& check) {
  const at::Tensor filler = fill(s, check, uint64_t{200} << 20);
  const uint64_t allocated = check.allocator().allocated, reserved = check.allocator().reserved;
  std::string problem = "it was loaded";
  try {
    nn::Model::randomOnDevice(midSize(), 1, nn::Compute::BFloat16, s.device, kRank);
  } catch (const Exception& error) {
    std::printf("      %s\n", error.what());
    const std::string text = error.what();
    problem = error.error().kind == ErrorKind::OutOfMemory && text.find("needs") != std::string::npos && text.find("are free") != std::string::npos ? "" : text;
  }
  s.report.line("a model that does not fit is refused before it is loaded", problem);
  check.bytes("nothing of it is allocated", check.allocator().allocated, allocated);
  check.bytes("nothing of it is reserved", check.allocator().reserved, reserved);
}

/// Runs with evaluations and checkpoints: every row tells of its own step.
void checkRows(Session& s, const testing::TinyRun& tiny, const train::RunOptions& options, const std::string& how) {
  const std::string run = s.folder + "/memory-" + how;
  api::TrainSpec spec = tiny.spec();
  spec.data.validationCount = 6;
  spec.evalEverySteps = 5;
  train::TrainObserver observer;
  const train::TrainOutcome outcome = train::Trainer(train::RunFolder::create(run, spec), observer, options).run();
  s.report.line("the next run of the same process finishes, " + how, outcome.state == api::RunState::Finished ? "" : outcome.error.message);
  std::string problem;
  for (const api::MetricRow& row : train::readMetrics(run)) {
    int64_t sum = 0;
    for (const auto& [name, bytes] : row.memoryByCategory.value_or(std::map<std::string, int64_t>()))
      sum += name == "held" || name == "context" ? 0 : bytes;
    if (sum != row.memoryAllocated || sum == 0 || !row.memoryByCategory->contains("weights") || !row.memoryByCategory->contains("stash"))
      problem = fmt::format("row {}: {} bytes by category and {} allocated", row.step, sum, row.memoryAllocated);
  }
  s.report.line("every metric row has the categories of what its step had allocated, " + how, problem);
}

/// A run that never gets what it asks for ends with the numbers; the process trains the next one.
void checkRunEnds(Session& s) {
  testing::TinyRun tiny(s.folder + "/memory-run");
  train::RunOptions options = testing::cpuOptions();
  options.device = s.device.str();
  train::RunOptions failing = options;
  failing.beforeMicrobatch = [](int64_t, int64_t, nn::Model& model) { at::empty({int64_t{1} << 50}, model.flatGrad().options()); };
  train::TrainObserver observer;
  const train::TrainOutcome failed = train::Trainer(train::RunFolder::create(s.folder + "/memory-failed", tiny.spec()), observer, failing).run();
  std::printf("      %s\n", failed.error.message.c_str());
  const std::string& text = failed.error.message;
  const bool told = text.find("were asked for") != std::string::npos && text.find("were free") != std::string::npos && text.find("training.recompute") != std::string::npos;
  s.report.line("a run without memory fails with the numbers and what to do", failed.state == api::RunState::Failed && failed.error.kind == ErrorKind::OutOfMemory && told ? "" : text);
  for (const auto recording : {train::StepRecording::WhereWorthwhile, train::StepRecording::Never}) {
    options.recording = recording;
    checkRows(s, tiny, options, recording == train::StepRecording::Never ? "operation by operation" : "recorded");
  }
}

} // namespace

void checkMemory(Session& session) {
  Checker check(session);
  {
    Trainee trainee(session.device);
    checkState(check, trainee);
    checkSteps(session, check, trainee);
    if (trainee.model->supportsRecording())
      session.report.guarded("memory of recorded graphs", [&] { checkRecorded(session, check, trainee); });
    session.report.guarded("memory of a full card", [&] { checkFullCard(session, check, trainee); });
  }
  check.released("after training");
  session.report.guarded("memory of decoding", [&] { checkDecode(session, check); });
  check.released("after decoding");
  session.report.guarded("a model too large", [&] { checkModelTooLarge(session, check); });
  session.report.guarded("runs without memory", [&] { checkRunEnds(session); });
  check.released("after runs");
  ops::cudaOps().releaseCachedMemory();
}

} // namespace lathe::gputrain
