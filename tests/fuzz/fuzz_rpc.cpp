// SPDX-License-Identifier: Apache-2.0
// Bytes of a peer through framing and message parsing: nothing throws, nothing grows without bound, answers stay valid JSON.
#include "core/api/framing.h"
#include "core/rpc/message.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  api::FrameReader reader;
  for (size_t at = 0; at < bytes.size(); at += 7) {
    reader.append(bytes.substr(at, 7));
    while (const auto body = reader.next()) {
      const rpc::Message message = rpc::parseMessage(*body);
      if (message.kind == rpc::Message::Kind::Invalid && message.problem.empty())
        std::abort();
      parseJson(rpc::errorText(message.id, rpc::kParseError, message.problem), {.bytes = limits::kFrameBytes});
    }
  }
  rpc::parseMessage(bytes);
  return 0;
}
