// SPDX-License-Identifier: Apache-2.0
// What a path is, from names, sizes and headers alone: never loads weights.
#pragma once

#include "core/base/json.h"

#include <string>

namespace lathe::io {

/// {"kind": "model" | "adapter" | "safetensors" | "tokenizer" | "dataset" | "gguf" | "run" | "checkpoint" | "unknown", "path", "bytes",
///  "problems": […], "supported": bool, …} plus per kind: architecture, parameters, bytes_by_dtype, tensors, layers, hidden_size,
/// context, vocab, template, tokenizer, files. Throws NotFound for an absent path and the refusal of a file that is broken.
Json inspectPath(const std::string& path);
/// The same as aligned lines for a person.
std::string inspectText(const Json& inspected);

} // namespace lathe::io
