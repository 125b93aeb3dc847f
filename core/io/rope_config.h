// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: the rotary position fields of config.json in both key styles.
#pragma once

#include "core/io/config_fields.h"
#include "core/io/model_config.h"

namespace lathe::io {

/// Sets rope, localRope and partialRotaryFactor (and `unsupported` for an unknown type). headDim and maxPositions are set before.
void readRope(const ConfigFields& fields, ModelConfig& config);
const char* ropeTypeName(RopeType type); // "llama3"

} // namespace lathe::io
