// SPDX-License-Identifier: Apache-2.0
#include "core/worker/train_chat.h"

#include "core/generate/generator.h"

#include <fmt/format.h>

#include <list>

namespace lathe::worker {
namespace {

struct ActiveAnswer {
  std::string request;
  std::unique_ptr<generate::Session> session;
  uint64_t index = 0;
};

std::vector<int64_t> endIds(const train::Setup& setup) {
  std::vector<int64_t> ids = setup.model->config().eosIds;
  if (const auto eos = setup.data.tokenizer->eosId())
    ids.push_back(*eos);
  return ids;
}

std::vector<int32_t> promptOf(const train::Setup& setup, const Json& params) {
  const text::Tokenizer& tokenizer = *setup.data.tokenizer;
  const Json* messages = find(params, "messages");
  if (!messages)
    return tokenizer.encode(stringOr(params, "prompt", ""), true);
  text::ChatTemplate::Request request;
  request.messages = *messages;
  request.addGenerationPrompt = true;
  const auto name = [&](std::optional<int32_t> id) { return id ? tokenizer.tokenText(*id) : std::string(); };
  request.variables = {{"bos_token", name(tokenizer.bosId())}, {"eos_token", name(tokenizer.eosId())}, {"pad_token", name(tokenizer.padId())}};
  const auto chatTemplate = setup.data.chatTemplate ? setup.data.chatTemplate : text::ChatTemplate::chatMl();
  return tokenizer.encode(chatTemplate->render(request), false);
}

std::vector<nn::ActiveAdapter> adaptersOf(const train::Setup& setup, const Json& params, const std::string& run) {
  std::vector<nn::ActiveAdapter> out;
  if (const Json* list = find(params, "adapters"))
    for (const Json& item : *list) {
      if (setup.adapter.empty() || !stringOr(item, "path", "").starts_with(run))
        throw Exception(ErrorKind::Unsupported, "A run in training answers with its base model or with the adapter it trains; load other adapters in a chat of their own.");
      out.push_back({setup.adapter, doubleOr(item, "strength", 1.0)});
    }
  return out;
}

Json endOf(const std::string& request, const char* state, const generate::Completion* result, const std::string& error) {
  Json body = {{"request", request}, {"state", state}};
  if (!error.empty())
    body["error"] = error;
  body["finish"] = result ? generate::finishName(result->finish) : "";
  body["tokens"] = result ? static_cast<int64_t>(result->ids.size()) : 0;
  body["first_token_ms"] = result ? result->firstTokenMs : 0.0;
  body["tokens_per_s"] = result ? result->tokensPerS : 0.0;
  return body;
}

} // namespace

void TrainChat::accept(const Json& params) {
  if (stringOr(params, "request", "").empty())
    throw Exception(ErrorKind::Usage, "A generation needs \"request\".");
  {
    std::scoped_lock lock(m_mutex);
    m_waiting.push_back(params);
  }
  m_wake();
}

void TrainChat::cancel(const std::string& request) {
  std::scoped_lock lock(m_mutex);
  m_cancelled.insert(request);
}

bool TrainChat::isCancelled(const std::string& request) {
  std::scoped_lock lock(m_mutex);
  return m_cancelled.contains(request) || m_stopping();
}

void TrainChat::serve(const train::Setup& setup, rpc::ControlServer& control) {
  std::deque<Json> requests;
  {
    std::scoped_lock lock(m_mutex);
    requests.swap(m_waiting);
  }
  if (requests.empty())
    return;
  std::unique_ptr<generate::Generator> generator;
  std::list<ActiveAnswer> active; // after the generator: sessions end before it
  for (const Json& params : requests) {
    const std::string request = stringOr(params, "request", "");
    try {
      if (!setup.data.tokenizer)
        throw Exception(ErrorKind::NotFound, "This run trains on token ids and has no tokenizer, so it cannot chat.");
      if (!generator)
        generator = std::make_unique<generate::Generator>(setup.model, setup.data.tokenizer, endIds(setup));
      generate::Request generation;
      generation.adapters = adaptersOf(setup, params, m_run);
      generation.prompt = promptOf(setup, params);
      if (const Json* sampling = find(params, "sampling"))
        generation.sampling = api::decode<api::Sampling>(*sampling);
      active.push_back({request, generator->start(std::move(generation)), 0});
    } catch (...) {
      control.emit("text_end", {}, endOf(request, "failed", nullptr, currentError().message));
    }
  }
  while (!active.empty())
    for (auto it = active.begin(); it != active.end();) {
      try {
        if (isCancelled(it->request))
          it->session->cancel();
        const std::string piece = it->session->step();
        if (!piece.empty())
          control.emit("text", {}, {{"request", it->request}, {"piece", piece}, {"index", it->index++}});
        if (!it->session->done()) {
          ++it;
          continue;
        }
        const bool stopped = it->session->result().finish == generate::Finish::Cancelled;
        control.emit("text_end", {}, endOf(it->request, stopped ? "stopped" : "done", &it->session->result(), {}));
      } catch (...) {
        control.emit("text_end", {}, endOf(it->request, "failed", nullptr, currentError().message));
      }
      it = active.erase(it);
    }
}

} // namespace lathe::worker
