// SPDX-License-Identifier: Apache-2.0
// The tensors of a checkpoint: adapter or model files for everybody, optimizer.safetensors for going on.
#pragma once

#include "core/train/optimizer.h"
#include "core/train/setup.h"

#include <string>

namespace lathe::train {

/// Upper bound of what writeState() writes.
uint64_t stateBytes(const Setup& setup);
/// adapter_config.json + adapter_model.safetensors, or config.json + model.safetensors (+ tokenizer files); optimizer.safetensors with
/// `master.<name>`, `exp_avg.<name>`, `exp_avg_sq.<name>` (float32) and `updates`.
void writeState(const Setup& setup, AdamW& optimizer, const std::string& folder);
/// Copies master weights, moments and update count back. Refuses (REJ:CHECKPOINT_TENSOR) what does not fit.
void restoreState(Setup& setup, AdamW& optimizer, const std::string& folder);

/// The result under its final name, `adapter` or `model` in the run folder: written beside, read again and compared with the weights in
/// memory, then renamed. An older one is replaced. Returns the folder.
std::string writeResult(const Setup& setup, const std::string& runFolder);

} // namespace lathe::train
