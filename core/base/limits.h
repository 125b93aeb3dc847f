// SPDX-License-Identifier: Apache-2.0
// Every limit on outside data in one place; docs/limits.md shows the same table.
#pragma once

#include <cstdint>

namespace lathe::limits {

inline constexpr uint64_t kSafetensorsHeaderBytes = 100'000'000;
inline constexpr uint64_t kSafetensorsTensors = 1'000'000;
inline constexpr int kTensorRank = 8;
inline constexpr uint64_t kTensorNameBytes = 512;
inline constexpr uint64_t kGgufStringBytes = 16ull << 20;
inline constexpr uint64_t kGgufMetadataBytes = 512ull << 20;
inline constexpr uint64_t kGgufArray = 64ull << 20;
inline constexpr uint64_t kGgufKeys = 65'536;
inline constexpr uint64_t kGgufTensors = 1ull << 20;
inline constexpr uint32_t kGgufDimensions = 4;
inline constexpr uint64_t kGgufAlignment = 1ull << 20;
inline constexpr uint64_t kConfigBytes = 4ull << 20;
inline constexpr uint64_t kTokenizerBytes = 256ull << 20;
inline constexpr uint64_t kVocabulary = 4ull << 20;
inline constexpr uint64_t kTokenBytes = 64ull << 10;
inline constexpr uint64_t kMerges = 8ull << 20;
inline constexpr int kJsonDepth = 64;
inline constexpr uint64_t kTemplateBytes = 1ull << 20;
inline constexpr int kTemplateDepth = 100;
inline constexpr uint64_t kTemplateFuel = 50'000'000;
inline constexpr uint64_t kTemplateOutputBytes = 16ull << 20;
inline constexpr int kTemplateMilliseconds = 2000;
inline constexpr uint64_t kIndexJsonBytes = 64ull << 20;
inline constexpr uint64_t kShards = 10'000;
inline constexpr uint64_t kDatasetLineBytes = 64ull << 20;
inline constexpr uint64_t kFrameBytes = 16ull << 20;
inline constexpr uint64_t kSpecBytes = 4ull << 20;

} // namespace lathe::limits
