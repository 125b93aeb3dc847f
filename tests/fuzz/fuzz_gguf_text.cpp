// SPDX-License-Identifier: Apache-2.0
// Any bytes as a GGUF file whose vocabulary encodes a text and whose template renders a conversation: refused, or text and stream agree.
#include "core/data/open_tokenizer.h"
#include "core/io/model_folder.h"
#include "core/text/chat_template.h"
#include "tests/fuzz/fuzz_support.h"

namespace {

using namespace lathe;

void encodeAndDecode(const io::GgufHeader& header, std::string_view text) {
  const auto tokenizer = data::tokenizerOfGguf(header);
  for (const bool special : {false, true}) {
    const auto ids = tokenizer->encode(text, text::EncodeOptions{true, special});
    text::StreamDecoder decoder(tokenizer, false);
    std::string streamed;
    for (const int32_t id : ids)
      streamed += decoder.push(id);
    streamed += decoder.finish();
    fuzz::require(streamed == tokenizer->decode(ids, false), "streamed text is the decoded text");
  }
}

void render(const std::string& source) {
  const auto chat = text::ChatTemplate::parse(source);
  text::ChatTemplate::Request request;
  request.messages = Json::parse(R"([{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}])");
  request.variables = {{"bos_token", "<s>"}, {"eos_token", "</s>"}};
  request.nowIso = "2026-07-26T14:05:06";
  chat->renderWithSpans(request);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::MemoryFile file(data, size);
  std::shared_ptr<const io::GgufFile> opened;
  if (!fuzz::accepted([&] { opened = io::GgufFile::open(file.path()); }))
    return 0;
  fuzz::accepted([&] { encodeAndDecode(opened->header(), "ab <s>t1 12\xE2\x96\x81 \xFF\xC3\xA9\n\n  c"); });
  std::shared_ptr<io::ModelFolder> folder;
  if (!fuzz::accepted([&] { folder = io::ModelFolder::describe(file.path()); }))
    return 0;
  fuzz::accepted([&] { render(folder->chatTemplate()); });
  return 0;
}
