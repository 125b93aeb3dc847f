// SPDX-License-Identifier: Apache-2.0
// The tokenizer of a model folder as a GGUF file holds it (source: gguf-py/gguf/vocab.py and set_vocab of llama.cpp's converter).
#pragma once

#include "core/io/gguf_writer.h"
#include "core/io/model_folder.h"

namespace lathe::data {

/// From tokenizer.json (byte-level or SentencePiece-style BPE), tokenizer.model, or the keys of a GGUF file. Unsupported, named, for splitting
/// rules that llama.cpp has no name for; NotFound where the folder has no tokenizer.
io::GgufVocabulary vocabularyForGguf(const io::ModelFolder& folder);

} // namespace lathe::data
