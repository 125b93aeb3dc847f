// SPDX-License-Identifier: Apache-2.0
// The first half of the input is a tokenizer.json, the rest (behind a zero byte) a text for it.
#include "core/base/error.h"
#include "core/text/tokenizer.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  size_t zero = input.find('\0');
  std::string_view json = input.substr(0, zero), text = zero == std::string_view::npos ? std::string_view("ab <s>\xFF") : input.substr(zero + 1);
  try {
    auto tokenizer = lathe::text::Tokenizer::fromJson(json);
    auto ids = tokenizer->encode(text, true);
    lathe::text::StreamDecoder decoder(tokenizer, false);
    std::string streamed;
    for (int32_t id : ids)
      streamed += decoder.push(id);
    streamed += decoder.finish();
    if (streamed != tokenizer->decode(ids, false))
      std::abort();
  } catch (const lathe::Exception&) {
  }
  return 0;
}
