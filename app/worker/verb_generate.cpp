// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/user_input.h"
#include "core/io/integers.h"
#include "core/io/safetensors.h"
#include "core/worker/device.h"
#include "core/worker/model_host.h"
#include "core/worker/model_server.h"

#include <fmt/format.h>

#include <atomic>
#include <csignal>

namespace lathe::cli {
namespace {

std::atomic<bool> g_interrupted{false};

struct GenerateOptions {
  ComputeOptions compute;
  std::string model, prompt, messages, tokens;
  std::vector<std::string> adapters;
  double strength = 1.0;
  api::Sampling sampling;
  bool json = false;
};

/// `--tokens`: safetensors with input_ids and, for several prompts, cu_seqlens (as for `lathe logits`).
std::vector<std::vector<int32_t>> tokenPrompts(const std::string& path) {
  const auto file = io::SafetensorsFile::open(path);
  const io::TensorView* ids = file->find("input_ids");
  if (!ids || ids->shape.size() != 1 || (ids->dtype != io::DType::I64 && ids->dtype != io::DType::I32))
    refuse("REJ:TOKENS", fmt::format("{} should hold \"input_ids\" as a list of int64 or int32.", path));
  const std::vector<int64_t> all = io::readIntegers(*file, *ids);
  std::vector<int64_t> bounds = {0, static_cast<int64_t>(all.size())};
  if (const io::TensorView* cu = file->find("cu_seqlens"))
    bounds = io::readIntegers(*file, *cu);
  std::vector<std::vector<int32_t>> out;
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    if (bounds[i] < 0 || bounds[i] > bounds[i + 1] || bounds[i + 1] > static_cast<int64_t>(all.size()))
      refuse("REJ:TOKENS", fmt::format("\"cu_seqlens\" of {} does not rise from 0 to {}.", path, all.size()));
    out.emplace_back(all.begin() + bounds[i], all.begin() + bounds[i + 1]);
  }
  return out;
}

std::vector<std::vector<int32_t>> promptsOf(const GenerateOptions& options, const worker::ModelHost& host) {
  if (!options.tokens.empty())
    return tokenPrompts(options.tokens);
  if (options.messages.empty())
    return {host.promptOf(options.prompt)};
  JsonLimits limits;
  limits.bytes = limits::kDatasetLineBytes;
  const Json json = readUserJson(options.messages, limits);
  const Json* inner = find(json, "messages");
  return {host.promptOf(inner ? *inner : json)};
}

Json describe(const generate::Completion& c, bool traced) {
  Json out = {{"text", c.text},           {"ids", c.ids},           {"logprobs", c.logprobs},       {"finish", generate::finishName(c.finish)},
              {"first_token_ms", c.firstTokenMs}, {"tokens_per_s", c.tokensPerS}, {"tokens", c.ids.size()}};
  if (!traced)
    return out;
  out["entropies"] = Json::array();
  out["alternatives"] = Json::array();
  for (const api::TokenTrace& token : c.traces) {
    out["entropies"].push_back(token.entropy);
    Json top = Json::array();
    for (const api::TokenAlternative& other : token.top)
      top.push_back({{"id", other.id}, {"logprob", other.logprob}, {"text", other.text}});
    out["alternatives"].push_back(std::move(top));
  }
  return out;
}

void runGenerate(const GenerateOptions& options) {
  worker::setThreads(options.compute.threads);
  const at::Device device = worker::deviceFor(options.compute.device);
  worker::ModelHost host(options.model, worker::computeFor(options.compute.dtype, "", device), device);
  std::vector<worker::AdapterUse> adapters;
  for (const std::string& path : options.adapters)
    adapters.push_back({path, options.strength});
  const auto active = host.use(adapters);
  std::signal(SIGINT, [](int) { g_interrupted = true; });
  for (auto& prompt : promptsOf(options, host)) {
    generate::Request request{std::move(prompt), {}, options.sampling, active};
    const auto session = host.generator().start(std::move(request));
    while (!session->done()) {
      if (g_interrupted)
        session->cancel();
      const std::string piece = session->step();
      if (!options.json && !piece.empty()) {
        fmt::print("{}", piece);
        std::fflush(stdout);
      }
    }
    if (options.json)
      fmt::print("{}\n", dumpJson(describe(session->result(), options.sampling.logprobs > 0)));
    else
      fmt::print("\n");
    if (g_interrupted)
      throw Exit{130};
  }
}

} // namespace

void addGenerateVerb(CLI::App& app) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App* verb = app.add_subcommand("generate", "Complete a prompt or answer messages.\nExample: lathe generate --model ./my-model --prompt \"Once upon a time\" --greedy");
  verb->add_option("--model", options->model, "Model folder")->required();
  verb->add_option("--adapter", options->adapters, "PEFT adapter folder; may be given several times");
  verb->add_option("--strength", options->strength, "Strength of the adapters")->capture_default_str();
  CLI::Option_group* input = verb->add_option_group("prompt");
  input->add_option("--prompt", options->prompt, "Text to go on from");
  input->add_option("--messages", options->messages, "JSON file with a conversation to answer");
  input->add_option("--tokens", options->tokens, "safetensors file with input_ids (and cu_seqlens)");
  input->require_option(1);
  api::Sampling& s = options->sampling;
  verb->add_option("--max-tokens", s.maxTokens, "Most tokens to make")->capture_default_str();
  verb->add_flag("--greedy", s.greedy, "Always the most likely token");
  verb->add_option("--temperature", s.temperature, "0 is greedy")->capture_default_str();
  verb->add_option("--top-k", s.topK, "Keep the k most likely; 0 is off")->capture_default_str();
  verb->add_option("--top-p", s.topP, "Keep the smallest set of this probability")->capture_default_str();
  verb->add_option("--min-p", s.minP, "Drop what is less likely than this share of the best")->capture_default_str();
  verb->add_option("--repetition-penalty", s.repetitionPenalty, "Above 1 discourages repeats")->capture_default_str();
  verb->add_option("--stop", s.stop, "Text that ends the reply; may be given several times");
  verb->add_option("--seed", s.seed, "Same seed, same text")->capture_default_str();
  verb->add_option("--logprobs", s.logprobs, "With --json: entropy and so many likely alternatives of every token, at most 5")->check(CLI::Range(0, 5))->needs(
      verb->add_flag("--json", options->json, "One JSON object per prompt with ids, logprobs, first-token time and tok/s"));
  addComputeOptions(*verb, options->compute);
  verb->callback([options] { runGenerate(*options); });
}

void addServeModelVerb(CLI::App& app) {
  struct Options {
    worker::ServeOptions serve;
    ComputeOptions compute;
    bool managed = false;
    int64_t idleSeconds = 300;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("serve-model", "Answer generation requests on a local socket (started by the engine)")->group("");
  verb->add_option("--socket", options->serve.socket, "Socket to listen on")->required();
  verb->add_option("--idle-exit", options->idleSeconds, "End after so many seconds without a request")->capture_default_str();
  verb->add_flag("--managed", options->managed, "Started by the engine");
  addComputeOptions(*verb, options->compute);
  verb->callback([options] {
    worker::setThreads(options->compute.threads);
    options->serve.home = options->compute.home;
    options->serve.device = options->compute.device;
    options->serve.dtype = options->compute.dtype;
    options->serve.idleExit = std::chrono::seconds(options->idleSeconds);
    const int code = worker::serveModel(options->serve);
    if (code != 0)
      throw Exit{code};
  });
}

} // namespace lathe::cli
