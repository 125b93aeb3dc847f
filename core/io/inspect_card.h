// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: what `inspect` says of an architecture beyond its sizes, and of licence and origin.
#pragma once

#include "core/base/json.h"
#include "core/io/model_config.h"

#include <string>

namespace lathe::io {

class GgufFile;

/// rope {type, theta, factor?, original_positions?}, activation, norms, head_norms, attention_bias, sliding_layers, softcaps, stored_dtype.
void putCard(const ModelConfig& config, Json& out);
/// licence {file?, id?} (null when neither is there) and base_model (a name or path, where README.md says it).
void putOrigin(const std::string& folder, Json& out);
/// The same from general.license and general.base_model.0.*.
void putOrigin(const GgufFile& file, Json& out);
/// Name of the licence text in a folder; empty when there is none.
std::string licenceFile(const std::string& folder);

} // namespace lathe::io
