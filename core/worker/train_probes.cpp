// SPDX-License-Identifier: Apache-2.0
#include "core/worker/train_probes.h"

#include "core/base/log.h"
#include "core/generate/generator.h"
#include "core/io/model_folder.h"
#include "core/worker/model_host.h"

#include <ATen/DeviceAccelerator.h>
#include <fmt/format.h>

#include <algorithm>

namespace lathe::worker {
namespace {

using data::DatasetShape;

/// The data's tokenizer and template; token ids come without one, so the model's is read.
data::SpecSources chatSources(const train::Setup& setup) {
  const bool tokens = setup.data.files->shape() == DatasetShape::Tokens;
  return !setup.data.chatTemplate && tokens ? data::openSpecSources(setup.spec, true) : static_cast<const data::SpecSources&>(setup.data);
}

struct Probe {
  int64_t index = 0;
  std::vector<int32_t> prompt;
};

/// As a person's first message where the model knows conversations, else as the beginning of a text.
std::vector<Probe> probesOf(const train::Setup& setup, const std::vector<int64_t>& indices) {
  const data::SpecSources sources = chatSources(setup);
  const DatasetShape shape = setup.data.files->shape();
  const bool chat = sources.chatTemplate || shape == DatasetShape::Messages || shape == DatasetShape::Alpaca;
  const data::TokenizeOptions options = data::specTokenizeOptions(setup.spec, sources);
  std::vector<Probe> out;
  for (const int64_t index : indices) {
    const std::string& prompt = setup.spec.probes.prompts.at(static_cast<size_t>(index));
    const Json messages = Json::array({{{"role", "user"}, {"content", prompt}}});
    out.push_back({index, chat ? data::tokenizePrompt(messages, *sources.tokenizer, options) : sources.tokenizer->encode(prompt, true)});
  }
  return out;
}

/// Room for the longest conversation and no more: the rest of the memory is the training's.
generate::GeneratorOptions cacheFor(const std::vector<Probe>& probes, int64_t maxTokens) {
  generate::GeneratorOptions out;
  for (const Probe& probe : probes)
    out.cacheTokens = std::max(out.cacheTokens, static_cast<int64_t>(probe.prompt.size()) + maxTokens + out.pageSize);
  return out;
}

/// When the generator is gone: memory of its recorded graph would wait for another one otherwise, and every save makes a new one.
class GiveBack {
public:
  explicit GiveBack(at::Device device) : m_device(device) {}
  ~GiveBack() {
    if (!m_device.is_cuda())
      return;
    try {
      at::accelerator::emptyCache();
    } catch (const std::exception& problem) {
      logWarning("after the probe prompts: {}", problem.what());
    }
  }
  GiveBack(const GiveBack&) = delete;
  GiveBack& operator=(const GiveBack&) = delete;

private:
  at::Device m_device;
};

void answer(const train::Setup& setup, const std::vector<int64_t>& indices, bool base, const std::function<void(const train::ProbeAnswer&)>& answered,
            const std::function<bool()>& stopping) {
  const int64_t maxTokens = setup.spec.probes.maxTokens;
  const std::vector<Probe> probes = probesOf(setup, indices);
  const GiveBack after(setup.model->device());
  generate::Generator generator(setup.model, setup.data.tokenizer, endIdsOf(setup), cacheFor(probes, maxTokens));
  std::string problem;
  for (const Probe& probe : probes) {
    generate::Request request;
    request.prompt = probe.prompt;
    request.sampling.greedy = true;
    request.sampling.maxTokens = maxTokens;
    if (!base && !setup.adapter.empty())
      request.adapters = {{setup.adapter, 1.0}};
    const auto started = capture([&] { return generator.start(std::move(request)); });
    if (!started) { // too long for the context: the others can be answered
      problem = fmt::format("prompt {}: {}", probe.index + 1, started.error().message);
      continue;
    }
    generate::Session& session = **started;
    while (!session.done()) {
      if (stopping())
        return;
      session.step();
    }
    const auto& result = session.result();
    answered({probe.index, setup.spec.probes.prompts[static_cast<size_t>(probe.index)], result.text, static_cast<int64_t>(result.ids.size())});
  }
  if (!problem.empty())
    throw Exception(ErrorKind::Usage, problem);
}

} // namespace

std::vector<int64_t> endIdsOf(const train::Setup& setup) {
  if (!setup.spec.model.path.empty())
    return endIds(*io::ModelFolder::describe(setup.spec.model.path), setup.data.tokenizer.get());
  std::vector<int64_t> ids = setup.model->config().eosIds;
  if (const auto eos = setup.data.tokenizer->eosId())
    ids.push_back(*eos);
  return ids;
}

std::vector<int32_t> promptOf(const train::Setup& setup, const Json& messages) {
  const data::SpecSources sources = chatSources(setup);
  return data::tokenizePrompt(messages, *sources.tokenizer, data::specTokenizeOptions(setup.spec, sources));
}

train::ProbeHook probeHook(std::function<bool()> stopping) {
  return [stopping = std::move(stopping)](const train::Setup& setup, const std::vector<int64_t>& indices, bool base,
                                          const std::function<void(const train::ProbeAnswer&)>& answered) { answer(setup, indices, base, answered, stopping); };
}

} // namespace lathe::worker
