// SPDX-License-Identifier: Apache-2.0
// Any bytes as a chat template over a fixed conversation: refused or rendered, never a crash.
#include "core/text/chat_template.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lathe::text::ChatTemplate;
  try {
    const auto chat = ChatTemplate::parse(std::string(reinterpret_cast<const char*>(data), size));
    ChatTemplate::Request request;
    request.messages = lathe::Json::parse(R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}])");
    request.variables = {{"bos_token", "<s>"}, {"eos_token", "</s>"}};
    request.nowIso = "2026-07-26T14:05:06";
    chat->renderWithSpans(request);
  } catch (const lathe::Exception&) {
  }
  return 0;
}
