// SPDX-License-Identifier: Apache-2.0
// What a run says when memory is not enough.
#pragma once

#include "core/train/setup.h"

#include <string>

namespace lathe::train {

/// What would make the run need less, most effective first, as one sentence: "Set training.recompute to all, lower data.max_seq_len (2048), …".
std::string smallerRunAdvice(const Setup& setup);

/// The sentences for the person: on a GPU what was asked for, what was free and what the memory is used for, by category; and the advice. `halvings`: how often
/// the microbatch was halved before. `setup` may be unfinished (its model null).
std::string outOfMemoryMessage(const Setup& setup, int halvings);

} // namespace lathe::train
