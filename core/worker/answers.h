// SPDX-License-Identifier: Apache-2.0
// A generation as it goes over the socket (core/api/protocol.h): what a request asks for, and the events that answer it.
#pragma once

#include "core/generate/generator.h"

#include "core/base/json.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe::worker {

/// "prefix" and "sampling" of a `generate` request; prompt and adapters are the caller's.
generate::Request generationOf(const Json& params);

/// A request that is being answered.
struct Answer {
  std::string request;
  std::unique_ptr<generate::Session> session;
  uint64_t index = 0;

  /// One step. The body of a `text` event, or null when there is nothing to tell yet.
  Json step();
};

/// The body of a `text_end` event; `result` is null where there is none.
Json endOf(const std::string& request, const char* state, const generate::Completion* result, const std::string& error);
/// The same for an answer that is done.
Json endOf(const Answer& answer);

} // namespace lathe::worker
