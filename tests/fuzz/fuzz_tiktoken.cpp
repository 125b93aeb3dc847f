// SPDX-License-Identifier: Apache-2.0
// The input up to the first zero byte is a tiktoken file, what follows a text for it: refused, or text and stream agree.
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_state.h"
#include "core/text/vocabulary.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe::text;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t zero = input.find('\0');
  const std::string_view ranks = input.substr(0, zero), text = zero == std::string_view::npos ? std::string_view("ab 12 \xFF") : input.substr(zero + 1);
  fuzz::accepted([&] {
    const auto tokenizer = std::make_shared<const Tokenizer>(stateFromTiktoken(ranks, true));
    const auto ids = tokenizer->encode(text, true);
    StreamDecoder decoder(tokenizer, false);
    std::string streamed;
    for (const int32_t id : ids)
      streamed += decoder.push(id);
    streamed += decoder.finish();
    fuzz::require(streamed == tokenizer->decode(ids, false), "streamed text is the decoded text");
  });
  return 0;
}
