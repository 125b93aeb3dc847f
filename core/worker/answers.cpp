// SPDX-License-Identifier: Apache-2.0
#include "core/worker/answers.h"

namespace lathe::worker {

generate::Request generationOf(const Json& params) {
  generate::Request out;
  if (const Json* prefix = find(params, "prefix"))
    out.prefix = api::decode<std::vector<int32_t>>(*prefix);
  if (const Json* sampling = find(params, "sampling"))
    out.sampling = api::decode<api::Sampling>(*sampling);
  return out;
}

Json Answer::step() {
  const std::string piece = session->step();
  if (piece.empty() && !session->done())
    return nullptr; // tokens without text wait for it
  const auto traces = session->takeTraces();
  if (piece.empty() && traces.empty())
    return nullptr;
  Json body = {{"request", request}, {"piece", piece}, {"index", index++}};
  if (!traces.empty())
    body["tokens"] = api::encode(traces);
  return body;
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

Json endOf(const Answer& answer) {
  const generate::Completion& result = answer.session->result();
  return endOf(answer.request, result.finish == generate::Finish::Cancelled ? "stopped" : "done", &result, {});
}

} // namespace lathe::worker
