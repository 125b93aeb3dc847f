// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers (Philox4x32-10, Salmon et al. 2011): a value depends only on (seed, stream, index), so nothing has
// to be saved to resume, and a shuffled order can be asked for at any position.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace lathe {

/// Philox4x32-10 block for a 64-bit key and 128-bit counter.
std::array<uint32_t, 4> philox(uint64_t key, uint64_t counterLow, uint64_t counterHigh);

/// 64 random bits for (seed, stream, index).
uint64_t randomBits(uint64_t seed, uint64_t stream, uint64_t index);
/// Uniform in [0, 1), 53 bits.
double randomUniform(uint64_t seed, uint64_t stream, uint64_t index);

/// The permutation of 0…count−1 for (seed, epoch), element `index` in O(1) memory: a four-round Feistel network over the
/// next power of four, cycle-walked. count ≥ 1.
uint64_t shuffledIndex(uint64_t seed, uint64_t epoch, uint64_t count, uint64_t index);

} // namespace lathe
