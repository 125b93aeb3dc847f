// SPDX-License-Identifier: Apache-2.0
// Decoding by a recorded graph with sampling on the device against the same model one call at a time with sampling on the host.
#include "core/generate/device_decoder.h"
#include "tests/gpu/train_support.h"

#include <chrono>

namespace lathe::gputrain {

namespace {

using nn::Model;

io::ModelConfig decoderConfig(int64_t window) {
  io::ModelConfig c;
  c.modelType = window > 0 ? "mistral" : "qwen3";
  c.headNorms = window > 0 ? io::HeadNorms::None : io::HeadNorms::EachHead;
  c.architecture = window > 0 ? "MistralForCausalLM" : "Qwen3ForCausalLM";
  c.vocabSize = 1000;
  c.hiddenSize = 256;
  c.intermediateSize = 512;
  c.layers = 3;
  c.heads = 4;
  c.kvHeads = 2;
  c.headDim = 64;
  c.maxPositions = 512;
  c.rmsNormEps = 1e-5;
  c.initializerRange = 0.12; // clear winners among the logits
  if (window > 0)
    c.slidingWindow = window;
  return c;
}

std::vector<int32_t> promptOf(int64_t length) {
  std::vector<int32_t> out;
  for (int64_t i = 0; i < length; ++i)
    out.push_back(static_cast<int32_t>((i * 37 + length) % 1000));
  return out;
}

/// One sequence in a cache, and the tokens so far.
struct Talk {
  nn::SequenceId sequence;
  std::vector<int32_t> history;
  uint64_t made = 0;
  std::vector<int32_t> ids;
  std::vector<double> logprobs, entropies;
  std::vector<std::vector<generate::Likely>> tops;
  void take(const generate::Choice& choice) {
    history.push_back(choice.id);
    ids.push_back(choice.id);
    logprobs.push_back(choice.logprob);
    entropies.push_back(choice.entropy);
    tops.push_back(choice.top);
    ++made;
  }
};

/// Logits after the tokens from `first` on, on the host.
at::Tensor feed(Session& s, Model& model, nn::PagedCache& cache, const Talk& talk, int64_t first) {
  const auto count = static_cast<int64_t>(talk.history.size()) - first;
  cache.reserve(talk.sequence, count);
  nn::CacheView view = cache.view(std::span(&talk.sequence, 1));
  std::vector<int64_t> ids(talk.history.begin() + first, talk.history.end());
  const at::Tensor positions = at::arange(first, first + count, at::TensorOptions().dtype(at::kLong).device(s.device));
  return model.forwardCached(at::tensor(ids, at::kLong).to(s.device), positions, at::tensor({0, static_cast<int>(count)}, at::kInt), view).reshape({-1}).to(at::kCPU, at::kFloat).contiguous();
}

std::vector<Talk> onTheHost(Session& s, Model& model, const std::vector<int64_t>& prompts, const api::Sampling& sampling, int64_t tokens) {
  nn::PagedCache cache(model.config(), model.dtype(), s.device, 64, 16);
  std::vector<Talk> talks;
  generate::Sampler sampler(sampling);
  for (const int64_t length : prompts) {
    Talk talk{cache.open(), promptOf(length), 0, {}, {}, {}, {}};
    for (int64_t i = 0; i < tokens; ++i) {
      at::Tensor logits = feed(s, model, cache, talk, cache.length(talk.sequence));
      talk.take(sampler.choose(std::span(logits.mutable_data_ptr<float>(), static_cast<size_t>(logits.numel())), talk.history, talk.made));
    }
    talks.push_back(talk);
  }
  return talks;
}

/// Turn by turn, so that the decoder changes between sequences.
std::vector<Talk> onTheDevice(Session& s, Model& model, const std::vector<int64_t>& prompts, const api::Sampling& sampling, int64_t tokens) {
  nn::PagedCache cache(model.config(), model.dtype(), s.device, 64, 16);
  std::vector<Talk> talks;
  for (const int64_t length : prompts) {
    Talk talk{cache.open(), promptOf(length), 0, {}, {}, {}, {}};
    const int32_t last = talk.history.back();
    talk.history.pop_back();
    feed(s, model, cache, talk, 0);
    talk.history.push_back(last);
    talks.push_back(talk);
  }
  generate::DeviceDecoder decoder(model, cache, 256, sampling.repetitionPenalty != 1.0, sampling.logprobs > 0);
  for (int64_t done = 0; done < tokens;) {
    const int64_t turn = std::min<int64_t>(tokens - done, 1 + done % 5);
    for (Talk& talk : talks)
      for (int64_t i = 0; i < turn; ++i) {
        cache.reserve(talk.sequence, 1);
        talk.take(decoder.next(talk.sequence, sampling, talk.history, talk.made));
        cache.advance(talk.sequence, 1);
      }
    done += turn;
  }
  return talks;
}

void compareTalks(Session& s, const std::string& name, const std::vector<Talk>& host, const std::vector<Talk>& device) {
  for (size_t t = 0; t < host.size(); ++t) {
    const auto differs = std::mismatch(host[t].ids.begin(), host[t].ids.end(), device[t].ids.begin());
    const auto at = differs.first - host[t].ids.begin();
    s.report.line(fmt::format("{}, sequence {}: the tokens are the host's", name, t),
                  differs.first == host[t].ids.end() ? "" : fmt::format("token {} is {} instead of {}", at, *differs.second, *differs.first));
    double worst = 0;
    for (size_t i = 0; i < static_cast<size_t>(at); ++i)
      worst = std::max(worst, std::abs(host[t].logprobs[i] - device[t].logprobs[i]));
    s.report.atMost(fmt::format("{}, sequence {}: log probabilities differ by", name, t), worst, 1e-3);
  }
}

/// Entropies and alternatives, as far as the tokens are the same. Likely tokens of nearly the same probability may change places.
void compareTraces(Session& s, const std::string& name, const std::vector<Talk>& host, const std::vector<Talk>& device) {
  double entropy = 0, probability = 0;
  size_t missing = 0;
  for (size_t t = 0; t < host.size(); ++t)
    for (size_t i = 0; i < host[t].ids.size() && host[t].ids[i] == device[t].ids[i]; ++i) {
      entropy = std::max(entropy, std::abs(host[t].entropies[i] - device[t].entropies[i]));
      missing += host[t].tops[i].size() != device[t].tops[i].size();
      for (size_t k = 0; k < std::min(host[t].tops[i].size(), device[t].tops[i].size()); ++k)
        probability = std::max(probability, std::abs(host[t].tops[i][k].logprob - device[t].tops[i][k].logprob));
    }
  s.report.atMost(name + ": entropies differ by", entropy, 1e-3);
  s.report.atMost(name + ": log probabilities of the alternatives differ by", probability, 1e-3);
  s.report.line(name + ": as many alternatives", missing == 0 && host.at(0).tops.at(0).size() == 5 ? "" : fmt::format("{} tokens have another number", missing));
}

void checkDecoder(Session& s, int64_t window) {
  const auto model = Model::random(decoderConfig(window), 3, nn::Compute::Float32, s.device);
  nn::AdapterSpec spec;
  spec.r = 8;
  spec.targetModules = {"all-linear"};
  model->addAdapter("a", spec, 5);
  for (const nn::Parameter& p : model->trainable("a"))
    at::Tensor(p.master).normal_(0, 0.05);
  model->publishMaster();
  for (const bool adapted : {false, true}) {
    model->setActiveAdapters(adapted ? std::vector<nn::ActiveAdapter>{{"a", 1.0}} : std::vector<nn::ActiveAdapter>{});
    api::Sampling greedy, drawn, careful, traced;
    traced.greedy = true;
    traced.logprobs = 5;
    greedy.greedy = true;
    drawn.temperature = 0.8;
    drawn.topP = 0.9;
    careful.temperature = 0.7;
    careful.topK = 40;
    careful.repetitionPenalty = 1.3;
    for (const auto& [kind, sampling] : {std::pair<const char*, api::Sampling>{"greedy", greedy}, {"drawn", drawn}, {"with a repetition penalty", careful}, {"with traces", traced}}) {
      const std::vector<int64_t> prompts = {5, 31, 70};
      const std::string name = fmt::format("decoding {}{}{}", kind, window > 0 ? " with a window" : "", adapted ? " with an adapter" : "");
      const auto host = onTheHost(s, *model, prompts, sampling, 40), device = onTheDevice(s, *model, prompts, sampling, 40);
      compareTalks(s, name, host, device);
      if (sampling.logprobs > 0)
        compareTraces(s, name, host, device);
    }
  }
}

} // namespace

void checkGeneration(Session& session) {
  for (const int64_t window : {0, 24})
    session.report.guarded("recorded decoding", [&] { checkDecoder(session, window); });
}

} // namespace lathe::gputrain
