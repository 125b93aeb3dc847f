// SPDX-License-Identifier: Apache-2.0
// Every kind of tokenizer by its path; the one place that knows vocabularies inside GGUF files.
#pragma once

#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

#include <memory>
#include <string>

namespace lathe::io {
class GgufHeader;
}

namespace lathe::data {

/// `path`: a GGUF file, or what text::Tokenizer::fromFile takes. Throws NotFound, Unsupported or a refusal (REJ:…).
std::shared_ptr<const text::Tokenizer> openTokenizer(const std::string& path);
/// From tokenizer.ggml.* of a GGUF file's metadata.
std::shared_ptr<const text::Tokenizer> tokenizerOfGguf(const io::GgufHeader& header);

/// The same as plain data. Its `model` is not set: that is tokenizer.ggml.model.
text::VocabularyData vocabularyOfGguf(const io::GgufHeader& header);

} // namespace lathe::data
