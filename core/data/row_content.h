// SPDX-License-Identifier: Apache-2.0
// What a row says, without how it is written: for comparing rows with each other.
#pragma once

#include "core/data/dataset.h"

#include <array>
#include <string_view>

namespace lathe::data {

using ContentHash = std::array<uint64_t, 2>;

/// Text in Unicode NFC with every run of white space as one space, none at the ends.
std::string normalizedContent(std::string_view text);

/// Hash of the whole row: roles, texts (normalised), calls and tools; of the ids for tokens.
ContentHash contentHashOf(const Sample& sample);

/// Hashes of all runs of `shingleWords` consecutive words, sorted, each once. Words are lower-case runs of letters, digits and marks; each character of
/// scripts without spaces (Chinese, Japanese, Thai, …) is a word; of tokens the ids are. System messages and tools, which many rows share,
/// count only where there is nothing else. A row of fewer words is one shingle; one without words is its content hash.
std::vector<uint64_t> shinglesOf(const Sample& sample, uint64_t shingleWords);

/// |a ∩ b| / |a ∪ b| of two sorted sets; 1 for two empty ones.
double jaccard(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b);

/// The row's beginning as one line of at most 120 characters.
std::string contentLine(const Sample& sample);

} // namespace lathe::data
