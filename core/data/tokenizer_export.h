// SPDX-License-Identifier: Apache-2.0
// The vocabulary of a GGUF file as the files of a model folder (source: transformers' convert_slow_tokenizer.py and llama.cpp's converter, read backwards).
#pragma once

#include "core/io/gguf.h"

#include <string>

namespace lathe::data {

/// Writes tokenizer.json, tokenizer_config.json and, where the file has a chat template, chat_template.jinja into `folder`. The written tokenizer is
/// read again and compared with the file's own on probe texts before it stays. NotFound where the GGUF file has no vocabulary; Unsupported for
/// vocabularies that tokenizer.json cannot say (Unigram with a normalization table of its own) or where the comparison fails.
void writeTokenizerOfGguf(const io::GgufHeader& header, const std::string& folder);

/// The same where a folder without tokenizer is still worth something: what is Unsupported or absent comes back as a sentence, otherwise it is empty.
std::string tryWriteTokenizerOfGguf(const io::GgufHeader& header, const std::string& folder);

} // namespace lathe::data
