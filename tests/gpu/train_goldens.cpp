// SPDX-License-Identifier: Apache-2.0
// The tolerances are those of tests/parity on the CPU.
#include "core/ops/adamw.h"
#include "tests/gpu/train_support.h"

namespace lathe::gputrain {

namespace {

using nn::Model;

const char* const kModels[] = {"llama",       "llama3-rope-tied", "llama-bf16-sharded", "llama-yarn", "llama-dynamic", "mistral-swa",   "ministral", "qwen2", "qwen3",
                               "gemma",       "gemma2",           "gemma3-text",        "smollm3",    "granite",       "olmo2",         "phi3-longrope", "phi3-partial"};

void checkForward(Session& s, const std::string& name) {
  const std::string folder = s.models() + name;
  const test::TensorFile golden(folder + "/golden.safetensors");
  const auto model = loadModel(folder, nn::Compute::Float32, s.device);
  const nn::Batch batch = goldenBatch(golden, s.device);
  const Model::Outputs out = model->logits(batch, true);
  s.report.close(name + ": logits", out.logits, golden["logits"], 1e-4 * test::largest(golden["logits"]));
  const int64_t first = golden["cu_seqlens"][1].item<int64_t>();
  for (int64_t i = 0; i < model->config().layers; ++i) {
    const at::Tensor expected = golden[fmt::format("hidden.layer.{}", i)];
    s.report.close(fmt::format("{}: hidden state after layer {}", name, i), out.hidden[static_cast<size_t>(i) + 1].narrow(0, 0, first), expected, 1e-4 * test::largest(expected));
  }
  s.report.close(name + ": loss of every sequence", model->evaluate(batch, true).perSequence, golden["loss"], 1e-5);
  model->loadAdapter("a", folder + "/adapter");
  model->setActiveAdapters({{"a", 1.0}});
  const at::Tensor adapted = golden["lora.logits"];
  s.report.close(name + ": logits with the adapter", model->logits(batch, false).logits, adapted, 1e-4 * test::largest(adapted));
  model->mergeAdapter("a");
  s.report.close(name + ": logits with the adapter merged", model->logits(batch, false).logits, adapted, 1e-4 * test::largest(adapted));
}

/// Five AdamW steps (lr 1e-3, weight decay 0.01); gradients of the first.
void trainFive(Session& s, Model& model, const std::string& adapter, const test::TensorFile& golden, const std::string& kind, const std::string& name) {
  const nn::Batch batch = goldenBatch(golden, s.device);
  const std::vector<nn::Parameter> parameters = model.trainable(adapter);
  ops::AdamWState state;
  state.value = model.flatMaster();
  state.grad = model.flatGrad();
  state.mean = at::zeros_like(state.value);
  state.variance = at::zeros_like(state.value);
  state.updates = at::zeros({}, state.value.options());
  ops::ClippedAdamWOptions options;
  options.weightDecay = 0.01;
  for (int64_t step = 1; step <= 5; ++step) {
    state.grad.zero_();
    const Model::Loss loss = model.forwardBackward(batch, 1.0 / static_cast<double>(batch.supervised), {});
    s.report.near(fmt::format("{}: loss of step {}", name, step), meanLoss(loss), golden[kind + ".losses"][step - 1].item<double>(), 1e-5);
    std::string worst;
    for (const nn::Parameter& p : parameters)
      if (const at::Tensor wanted = step == 1 ? golden[kind + ".grad." + p.name] : at::Tensor(); wanted.defined() && worst.empty())
        if (const std::string problem = test::difference(p.grad.cpu(), wanted, 2e-5 * test::largest(wanted)); !problem.empty())
          worst = p.name + ": " + problem;
    if (step == 1)
      s.report.line(name + ": gradients of the first step", worst);
    ops::clippedAdamwStep(state, 1e-3, loss.sum, options);
    model.publishMaster();
  }
}

/// `room`: the adapter's matrices lie beside the weights (concat), otherwise they are products of their own (split).
void checkAdapterSteps(Session& s, const std::string& model, bool room) {
  const std::string folder = s.models() + model, name = model + (room ? " concat" : " split");
  const test::TensorFile golden(folder + "/golden.safetensors");
  const auto loaded = loadModel(folder, nn::Compute::Float32, s.device, room ? 4 : 0);
  loaded->loadAdapter("a", folder + "/adapter");
  trainFive(s, *loaded, "a", golden, "lora", name + " lora");
  std::string worst;
  for (const nn::Parameter& p : loaded->trainable("a"))
    if (const std::string problem = test::difference(p.value.cpu(), golden["lora.step5." + p.name], 3e-5); !problem.empty() && worst.empty())
      worst = p.name + ": " + problem;
  s.report.line(name + " lora: weights after five steps", worst);
}

void checkFullSteps(Session& s) {
  const std::string folder = s.models() + "llama";
  const test::TensorFile golden(folder + "/golden.safetensors");
  const auto model = loadModel(folder, nn::Compute::Float32, s.device);
  trainFive(s, *model, "", golden, "full", "llama full");
  int64_t total = 0, close = 0;
  for (const nn::Parameter& p : model->trainable("")) {
    const at::Tensor delta = (p.value.cpu() - golden["full.step5." + p.name]).abs();
    total += delta.numel();
    close += delta.le(1e-5).sum().item<int64_t>();
  }
  s.report.atMost("llama full: share of weights farther than 1e-5 after five steps", 1 - static_cast<double>(close) / static_cast<double>(total), 1e-3);
}

std::vector<int64_t> greedy(Session& s, Model& model, const std::vector<int64_t>& prompt, int64_t count) {
  nn::PagedCache cache(model.config(), model.dtype(), s.device, 16, 16);
  const nn::SequenceId sequence = cache.open();
  std::vector<int64_t> out, feed = prompt;
  for (int64_t i = 0; i < count; ++i) {
    if (const int64_t held = cache.length(sequence); model.outgrowsCache(held, held + static_cast<int64_t>(feed.size()))) {
      cache.truncate(sequence, 0);
      feed = prompt;
      feed.insert(feed.end(), out.begin(), out.end());
    }
    const int64_t n = static_cast<int64_t>(feed.size()), start = cache.length(sequence);
    cache.reserve(sequence, n);
    nn::CacheView view = cache.view(std::span(&sequence, 1));
    const auto positions = at::TensorOptions().dtype(at::kLong).device(s.device);
    const at::Tensor logits = model.forwardCached(at::tensor(feed, at::kLong).to(s.device), at::arange(start, start + n, positions), at::tensor({0, static_cast<int>(n)}, at::kInt), view);
    out.push_back(logits[0].argmax().item<int64_t>());
    feed = {out.back()};
  }
  return out;
}

void checkGreedy(Session& s, const std::string& name) {
  const std::string folder = s.models() + name;
  const test::TensorFile golden(folder + "/golden.safetensors");
  const auto model = loadModel(folder, nn::Compute::Float32, s.device);
  model->loadAdapter("a", folder + "/adapter");
  for (int j = 0; golden.has(fmt::format("gen.prompt.{}", j)); ++j)
    for (const bool lora : {false, true}) {
      model->setActiveAdapters(lora ? std::vector<nn::ActiveAdapter>{{"a", 1.0}} : std::vector<nn::ActiveAdapter>{});
      const at::Tensor prompt = golden[fmt::format("gen.prompt.{}", j)], expected = golden[fmt::format("gen.{}.{}", lora ? "lora" : "base", j)];
      const std::vector<int64_t> ids(prompt.data_ptr<int64_t>(), prompt.data_ptr<int64_t>() + prompt.numel());
      s.report.same(fmt::format("{}: greedy text {}{}", name, j, lora ? " with the adapter" : ""), at::tensor(greedy(s, *model, ids, expected.numel()), at::kLong), expected.to(at::kLong));
    }
}

} // namespace

void checkGoldens(Session& session) {
  for (const std::string name : kModels) {
    session.report.guarded(name + ": forward", [&] { checkForward(session, name); });
    for (const bool room : {false, true})
      session.report.guarded(name + ": five adapter steps", [&] { checkAdapterSteps(session, name, room); });
    session.report.guarded(name + ": greedy text", [&] { checkGreedy(session, name); });
  }
  session.report.guarded("llama: five full steps", [&] { checkFullSteps(session); });
}

} // namespace lathe::gputrain
