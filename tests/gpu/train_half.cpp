// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "core/ops/cuda_ops.h"
#include "tests/gpu/train_support.h"
#include "tests/nn/twin.h"

#include <c10/core/GradMode.h>

namespace lathe::gputrain {

namespace {

using nn::Model;

/// Head dimension 64 and sizes that the fast kernels take.
io::ModelConfig mediumConfig(bool headNorms) {
  io::ModelConfig c;
  c.modelType = headNorms ? "qwen3" : "llama";
  c.headNorms = headNorms ? io::HeadNorms::EachHead : io::HeadNorms::None;
  c.architecture = headNorms ? "Qwen3ForCausalLM" : "LlamaForCausalLM";
  c.vocabSize = 512;
  c.hiddenSize = 256;
  c.intermediateSize = 384;
  c.layers = 3;
  c.heads = 4;
  c.kvHeads = 2;
  c.headDim = 64;
  c.maxPositions = 1024;
  c.rmsNormEps = 1e-5;
  c.initializerRange = 0.06;
  return c;
}

nn::Batch mediumBatch(const io::ModelConfig& c, at::Device device) {
  std::vector<std::vector<int64_t>> sequences;
  std::vector<std::vector<uint8_t>> supervise;
  for (const int64_t length : {5, 1, 131, 2, 200}) {
    std::vector<int64_t> ids;
    for (int64_t i = 0; i < length; ++i)
      ids.push_back((i * 31 + length * 7 + i * i) % c.vocabSize);
    sequences.push_back(ids);
    supervise.emplace_back(ids.size(), uint8_t{1});
    for (size_t i = 1; i < ids.size(); i += 3)
      supervise.back()[i] = 0;
  }
  return nn::packBatch(sequences, supervise, device);
}

void randomizeAdapter(Model& model, const std::string& name) {
  at::Generator generator = at::detail::createCPUGenerator(99);
  for (const nn::Parameter& p : model.trainable(name)) {
    at::Tensor master = p.master;
    master.copy_(at::empty(master.sizes(), at::kFloat).normal_(0, 0.05, generator));
  }
  model.publishMaster();
}

nn::AdapterSpec adapter(double dropout = 0) {
  nn::AdapterSpec spec;
  spec.r = 8;
  spec.alpha = 16;
  spec.dropout = dropout;
  spec.targetModules = {"all-linear"};
  return spec;
}

at::Tensor gradients(Model& model, const nn::Batch& batch, const nn::RecomputePolicy& policy) {
  at::Tensor grad = model.flatGrad();
  grad.zero_();
  model.forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), policy);
  return grad.clone();
}

/// Gradients of the twin in the given type on the given device, by parameter name.
std::map<std::string, at::Tensor> twinGradients(const io::ModelConfig& c, const std::vector<nn::Parameter>& weights, const std::vector<nn::Parameter>& lora, double scaling,
                                                const nn::Batch& batch, at::ScalarType type) {
  const at::AutoGradMode differentiate(true);
  test::TwinModel twin{c, {}, {}};
  std::map<std::string, at::Tensor> leaves;
  const auto leaf = [&](const nn::Parameter& p) {
    return leaves[p.name] = p.value.detach().to(batch.tokens.device(), type).clone().set_requires_grad(true);
  };
  for (const nn::Parameter& p : weights)
    twin.weights[p.name] = leaf(p);
  for (const nn::Parameter& p : lora) { // base_model.model.PATH.lora_A.weight
    test::TwinLora& module = twin.lora[p.name.substr(17, p.name.size() - 17 - 14)];
    (p.name.find("lora_A") != std::string::npos ? module.a : module.b) = leaf(p);
    module.scaling = scaling;
  }
  (twin.loss(batch) / static_cast<double>(batch.supervised)).backward();
  std::map<std::string, at::Tensor> out;
  for (const auto& [name, tensor] : leaves)
    out[name] = tensor.grad().to(at::kCPU, at::kDouble);
  return out;
}

double relativeError(const at::Tensor& got, const at::Tensor& exact) { return ((got.to(at::kCPU, at::kDouble) - exact).norm() / exact.norm()).item<double>(); }

void checkGradients(Session& s, bool headNorms, bool lora) {
  const std::string name = fmt::format("{} {} in bfloat16", headNorms ? "qwen3" : "llama", lora ? "lora" : "full");
  const io::ModelConfig c = mediumConfig(headNorms);
  const auto model = Model::random(c, 3, nn::Compute::BFloat16, s.device);
  const std::vector<nn::Parameter> weights = Model::random(c, 3, nn::Compute::BFloat16, at::kCPU)->trainable("");
  if (lora) {
    model->addAdapter("a", adapter(), 5);
    randomizeAdapter(*model, "a");
  }
  const nn::Batch batch = mediumBatch(c, s.device), host = mediumBatch(c, at::kCPU);
  const std::vector<nn::Parameter> parameters = model->trainable(lora ? "a" : "");
  gradients(*model, batch, {});
  const std::vector<nn::Parameter> none, &adapters = lora ? parameters : none;
  const auto exact = twinGradients(c, weights, adapters, 2.0, host, at::kDouble), plain = twinGradients(c, weights, adapters, 2.0, batch, at::kBFloat16);
  double worst = 0;
  std::string where;
  for (const nn::Parameter& p : parameters) {
    const double ours = relativeError(p.grad, exact.at(p.name)), theirs = relativeError(plain.at(p.name), exact.at(p.name));
    if (const double ratio = ours / std::max(theirs, 1e-4); ratio > worst) {
      worst = ratio;
      where = fmt::format("{} ({:.2e} against {:.2e})", p.name, ours, theirs);
    }
  }
  s.report.atMost(fmt::format("{}: largest error of a gradient, in those of a twin of plain operations, {}", name, where), worst, 1.5);
  s.report.same(name + ": recomputing changes no bit", gradients(*model, batch, {nn::RecomputePolicy::Kind::All}), gradients(*model, batch, {}));
}

void checkLogits(Session& s) {
  const std::string folder = s.models() + "llama-bf16-sharded";
  const test::TensorFile golden(folder + "/golden.safetensors");
  const auto model = loadModel(folder, nn::Compute::BFloat16, s.device);
  const at::Tensor exact = golden["logits"], half = golden["logits_bf16"], got = model->logits(goldenBatch(golden, s.device), false).logits.cpu();
  const auto error = [&](const at::Tensor& t) { return (t - exact).pow(2).mean().sqrt().item<double>(); };
  s.report.atMost("llama in bfloat16: rms error of the logits, in those of transformers", error(got) / error(half), 1.1);
}

} // namespace

void checkHalf(Session& session) {
  session.report.guarded("bfloat16 logits", [&] { checkLogits(session); });
  for (const bool headNorms : {false, true})
    for (const bool lora : {true, false})
      session.report.guarded(fmt::format("bfloat16 gradients {} {}", headNorms, lora), [&] { checkGradients(session, headNorms, lora); });
}

namespace {

/// The same model laid out with and without room for the adapter beside the weights.
void checkRoom(Session& s) {
  const io::ModelConfig c = mediumConfig(false);
  const std::string folder = s.folder + "/medium";
  Model::random(c, 3, nn::Compute::BFloat16, at::kCPU)->saveModel(folder);
  const nn::Batch batch = mediumBatch(c, s.device);
  at::Tensor exact;
  for (const nn::Compute dtype : {nn::Compute::Float32, nn::Compute::BFloat16}) {
    std::vector<at::Tensor> results;
    for (const int64_t rank : {0, 8}) {
      const auto model = loadModel(folder, dtype, s.device, rank);
      model->addAdapter("a", adapter(), 5);
      randomizeAdapter(*model, "a");
      results.push_back(gradients(*model, batch, {}));
      s.report.same(fmt::format("room for rank {}: recomputing changes no bit", rank), gradients(*model, batch, {nn::RecomputePolicy::Kind::All}), results.back());
      if (rank > 0) { // what is saved does not know of the room
        model->saveModel(folder + "-again");
        const auto bytes = [](const std::string& path) { return readFile(path + "/model.safetensors", 1 << 26); };
        s.report.line("a model with room saves the same file", dtype == nn::Compute::Float32 || bytes(folder) == bytes(folder + "-again") ? "" : "the bytes differ");
      }
    }
    if (dtype == nn::Compute::Float32) {
      exact = results[0].to(at::kCPU, at::kDouble);
      s.report.atMost("float32: gradients of concat and split differ by", relativeError(results[1], exact), 1e-5);
    } else { // each rounds in its own places: neither may be further from float32 than the other
      const double split = relativeError(results[0], exact), concat = relativeError(results[1], exact);
      s.report.atMost(fmt::format("bfloat16: error of the gradients by concat ({:.2e}), in those by split ({:.2e})", concat, split), concat / split, 1.2);
    }
  }
}

} // namespace

void checkRoutes(Session& s) {
  s.report.guarded("room beside the weights", [&] { checkRoom(s); });
  s.report.guarded("adapter routes", [&] {
    const io::ModelConfig c = mediumConfig(false);
    const nn::Batch batch = mediumBatch(c, s.device), host = mediumBatch(c, at::kCPU);
    for (const double dropout : {0.0, 0.25}) {
      const auto gpu = Model::random(c, 3, nn::Compute::Float32, s.device), cpu = Model::random(c, 3, nn::Compute::Float32, at::kCPU);
      for (const auto& model : {gpu, cpu}) {
        model->addAdapter("a", adapter(dropout), 5);
        nn::AdapterSpec part = adapter(dropout);
        part.targetModules = {"q_proj", "v_proj", "up_proj"};
        model->addAdapter("b", part, 6);
        randomizeAdapter(*model, "b");
        randomizeAdapter(*model, "a");
        model->setActiveAdapters({{"a", 1.0}});
      }
      const auto compare = [&](const std::string& what) {
        const at::Tensor expected = gradients(*cpu, host, {}), got = gradients(*gpu, batch, {});
        s.report.atMost(fmt::format("{}, dropout {}: gradients differ from the CPU's by", what, dropout), relativeError(got, expected.to(at::kDouble)), 1e-5);
      };
      compare("one adapter");
      for (const auto& model : {gpu, cpu})
        model->setActiveAdapters({{"a", 1.0}, {"b", 0.5}});
      compare("two adapters");
      for (const auto& model : {gpu, cpu})
        model->trainable("b");
      compare("an adapter on some modules trains");
    }
  });
}

namespace {

/// One optimizer step as the trainer makes it, over a batch that is copied from pinned memory.
void step(Model& model, ops::AdamWState& state, const nn::HostBatch& host, at::Device device, const nn::RecomputePolicy& policy) {
  ops::ClippedAdamWOptions options;
  options.maxGradNorm = 1.0;
  nn::Batch batch = nn::toDevice(host, device);
  batch.dropoutCounter = 7;
  at::Tensor sum = at::zeros({}, at::TensorOptions(at::kDouble).device(device));
  sum.add_(model.forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), policy).sum);
  const at::Tensor stats = ops::clippedAdamwStep(state, 1e-4, sum, options);
  model.publishMaster();
  state.grad.zero_();
  at::empty({3}, stats.options().device(at::kCPU).pinned_memory(true)).copy_(stats, true);
}

nn::HostBatch pinnedBatch(const io::ModelConfig& c) {
  const nn::Batch b = mediumBatch(c, at::kCPU);
  const auto span = [](const at::Tensor& t) { return std::span<const int64_t>(t.const_data_ptr<int64_t>(), static_cast<size_t>(t.numel())); };
  return nn::layOutBatch(span(b.tokens), span(b.targets), span(b.positions), std::span(b.cuSeqlens.const_data_ptr<int32_t>(), static_cast<size_t>(b.cuSeqlens.numel())), b.maxSeqlen, true);
}

void checkStep(Session& s, nn::Compute dtype, const std::string& kind, double dropout, nn::RecomputePolicy policy) {
  const std::string name = fmt::format("{} {}{}{}", dtype == nn::Compute::BFloat16 ? "bfloat16" : "float32", kind, dropout > 0 ? " with dropout" : "",
                                       policy.kind == nn::RecomputePolicy::Kind::All ? " with recompute" : "");
  const io::ModelConfig c = mediumConfig(kind == "qwen3");
  const auto model = Model::random(c, 3, dtype, s.device);
  if (kind != "full")
    model->addAdapter("a", adapter(dropout), 5);
  model->trainable(kind == "full" ? "" : "a");
  ops::AdamWState state;
  state.value = model->flatMaster();
  state.grad = model->flatGrad();
  state.mean = at::zeros_like(state.value);
  state.variance = at::zeros_like(state.value);
  state.updates = at::zeros({}, state.value.options());
  const nn::HostBatch host = pinnedBatch(c);
  for (int i = 0; i < 3; ++i)
    step(*model, state, host, s.device, policy);
  const auto& table = ops::cudaOps();
  table.synchronize(s.device);
  const uint64_t before = table.memory(s.device, false).reserved;
  table.setSyncDebug(2);
  std::string problem;
  try {
    for (int i = 0; i < 3; ++i)
      step(*model, state, host, s.device, policy);
  } catch (const std::exception& error) {
    problem = error.what();
  }
  table.setSyncDebug(0);
  table.synchronize(s.device);
  s.report.line(name + ": no operation of a step waits for the device", problem);
  s.report.near(name + ": bytes taken from the driver in steps 4 to 6", static_cast<double>(table.memory(s.device, false).reserved - before), 0, 0);
  // A gradient that is not finite must change nothing.
  const at::Tensor weights = state.value.clone(), mean = state.mean.clone();
  state.grad[3] = NAN;
  const at::Tensor stats = ops::clippedAdamwStep(state, 1e-2, at::ones({}, state.value.options()), {});
  s.report.same(name + ": a gradient that is not finite changes no weight", state.value, weights);
  s.report.same(name + ": … and no moment", state.mean, mean);
  s.report.near(name + ": … and is reported", stats.cpu()[2].item<double>(), 0, 0);
}

} // namespace

void checkWaiting(Session& session) {
  ops::setDeterministic(false); // some deterministic algorithms of LibTorch wait
  const nn::RecomputePolicy none, all{nn::RecomputePolicy::Kind::All};
  for (const nn::Compute dtype : {nn::Compute::BFloat16, nn::Compute::Float32})
    for (const char* kind : {"lora", "full", "qwen3"})
      for (const auto& [dropout, policy] : {std::pair{0.0, none}, {0.1, none}, {0.0, all}})
        if (dropout == 0 || std::string(kind) == "lora")
          session.report.guarded(fmt::format("waiting {} {}", kind, dropout), [&, dropout = dropout, policy = policy] { checkStep(session, dtype, kind, dropout, policy); });
  ops::setDeterministic(true);
}

} // namespace lathe::gputrain
