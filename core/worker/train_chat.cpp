// SPDX-License-Identifier: Apache-2.0
#include "core/worker/train_chat.h"

#include "core/generate/generator.h"
#include "core/worker/answers.h"
#include "core/worker/train_probes.h"

#include <fmt/format.h>

#include <list>

namespace lathe::worker {
namespace {

std::vector<int32_t> promptOfRequest(const train::Setup& setup, const Json& params) {
  const Json* messages = find(params, "messages");
  return messages ? promptOf(setup, *messages) : setup.data.tokenizer->encode(stringOr(params, "prompt", ""), true);
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
  std::list<Answer> active; // after the generator: sessions end before it
  for (const Json& params : requests) {
    const std::string request = stringOr(params, "request", "");
    try {
      if (!setup.data.tokenizer)
        throw Exception(ErrorKind::NotFound, "This run trains on token ids and has no tokenizer, so it cannot chat.");
      if (!generator)
        generator = std::make_unique<generate::Generator>(setup.model, setup.data.tokenizer, endIdsOf(setup));
      generate::Request generation = generationOf(params);
      generation.adapters = adaptersOf(setup, params, m_run);
      generation.prompt = promptOfRequest(setup, params);
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
        if (Json text = it->step(); !text.is_null())
          control.emit("text", {}, std::move(text));
        if (!it->session->done()) {
          ++it;
          continue;
        }
        control.emit("text_end", {}, endOf(*it));
      } catch (...) {
        control.emit("text_end", {}, endOf(it->request, "failed", nullptr, currentError().message));
      }
      it = active.erase(it);
    }
}

} // namespace lathe::worker
