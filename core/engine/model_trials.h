// SPDX-License-Identifier: Apache-2.0
// What a model's tokenizer and chat template make of a text, at once: the last two models stay open.
#pragma once

#include "core/api/model_values.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <deque>
#include <memory>
#include <string>

namespace lathe::engine {

/// Used by one thread at a time.
class ModelTrials {
public:
  /// `path`: model folder, GGUF file or tokenizer. Exact ids; refuses texts over 1 MiB (REJ:TEXT_SIZE). Throws what opening throws.
  api::TokenizerTrial tokenize(const std::string& path, const std::string& text, bool addSpecial);
  /// Errors of the template itself are in the answer. Without a template of its own the model gets ChatML, and `source` says so.
  api::TemplateTrial render(const std::string& path, const Json& messages, bool addGenerationPrompt);

private:
  struct Open {
    std::string path, stamp;
    std::shared_ptr<const text::Tokenizer> tokenizer; // null until it is asked for
    std::string tokenizerSource, chatTemplate;
    Json variables = Json::object(); // bos_token, eos_token, …
  };
  Open& find(const std::string& path);
  const text::Tokenizer* tokenizerOf(Open& open);
  std::deque<Open> m_open; // newest first
};

/// `what`: licence | template. NotFound where the model has none.
api::ModelText modelText(const std::string& path, const std::string& what);
/// Changes when files at the path are replaced.
std::string modelStamp(const std::string& path);

} // namespace lathe::engine
