// SPDX-License-Identifier: Apache-2.0
// Which rows of an optimizer step share a microbatch (one-dimensional bin packing). Nothing is padded and no row is cut, so every
// strategy computes the same sums; they differ in how many microbatches a step needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lathe::data {

enum class PackingStrategy {
  Auto,     // BestFit; InOrder where rows are taken in the order of the file
  BestFit,  // each into the fullest microbatch that has room: as they come where that needs the fewest possible, else longest first (best fit
            // decreasing: at most 11/9 of the fewest + 6/9, Johnson 1973), or longest first with each gap closed by the two rows that fill it best,
            // whichever needs fewer
  FirstFit, // as they come, each into the first microbatch that has room
  InOrder,  // simple concatenation: as they come, into the last microbatch or a new one
};
/// "auto", "best_fit", "first_fit", "in_order"; refused (REJ:SPEC) otherwise.
PackingStrategy packingStrategyFromName(const std::string& name);
const char* packingStrategyName(PackingStrategy value);
PackingStrategy resolvePacking(PackingStrategy value, bool shuffled);

/// Indices into `lengths` by microbatch, every index once. A microbatch holds at most `capacity` tokens; a longer row is alone in its own. Rows
/// inside a microbatch and microbatches by their first row keep the given order. A pure function of its arguments. `strategy`: not Auto.
std::vector<std::vector<size_t>> packLengths(std::span<const uint64_t> lengths, uint64_t capacity, PackingStrategy strategy);

/// No packing of these rows has fewer microbatches: bound L2 of Martello and Toth (Knapsack Problems, 1990, section 8.3), and one for every longer row.
uint64_t fewestMicrobatches(std::span<const uint64_t> lengths, uint64_t capacity);

} // namespace lathe::data
