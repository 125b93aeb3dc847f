// SPDX-License-Identifier: Apache-2.0
// Answers of the model in training, at the boundaries of its run: how a conversation becomes tokens there, and the probe prompts.
#pragma once

#include "core/train/trainer.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace lathe::worker {

/// Tokens that end an answer: those of the model's configuration and of its tokenizer, which is there.
std::vector<int64_t> endIdsOf(const train::Setup& setup);
/// Prompt of a conversation [{"role", "content"}…], tokenized as the training rows are.
std::vector<int32_t> promptOf(const train::Setup& setup, const Json& messages);

/// A hook for Trainer::setProbeHook(): greedy answers with a cache of its own, which is freed afterwards. `stopping` is asked between tokens.
train::ProbeHook probeHook(std::function<bool()> stopping);

} // namespace lathe::worker
