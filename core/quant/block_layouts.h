// SPDX-License-Identifier: Apache-2.0
// Internal to core/quant: the blocks as they lie in files, and the small functions that both directions share.
#pragma once

#include "core/io/convert.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace lathe::quant {

inline constexpr int kSuper = 256; // values of a K block

struct BlockQ4_0 { uint16_t d; uint8_t q[16]; };
struct BlockQ4_1 { uint16_t d, m; uint8_t q[16]; };
struct BlockQ5_0 { uint16_t d; uint8_t high[4]; uint8_t q[16]; };
struct BlockQ5_1 { uint16_t d, m; uint8_t high[4]; uint8_t q[16]; };
struct BlockQ8_0 { uint16_t d; int8_t q[32]; };
struct BlockQ2K { uint8_t scales[16]; uint8_t q[64]; uint16_t d, m; };
struct BlockQ3K { uint8_t high[32]; uint8_t q[64]; uint8_t scales[12]; uint16_t d; };
struct BlockQ4K { uint16_t d, m; uint8_t scales[12]; uint8_t q[128]; };
struct BlockQ5K { uint16_t d, m; uint8_t scales[12]; uint8_t high[32]; uint8_t q[128]; };
struct BlockQ6K { uint8_t low[128]; uint8_t high[64]; int8_t scales[16]; uint16_t d; };
struct BlockIq4Xs { uint16_t d, scalesHigh; uint8_t scalesLow[4]; uint8_t q[128]; };
struct BlockMxfp4 { uint8_t e; uint8_t q[16]; };
static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20 && sizeof(BlockQ5_0) == 22 && sizeof(BlockQ5_1) == 24 && sizeof(BlockQ8_0) == 34);
static_assert(sizeof(BlockQ2K) == 84 && sizeof(BlockQ3K) == 110 && sizeof(BlockQ4K) == 144 && sizeof(BlockQ5K) == 176 && sizeof(BlockQ6K) == 210);
static_assert(sizeof(BlockIq4Xs) == 136 && sizeof(BlockMxfp4) == 17);

/// Values of IQ4_NL and IQ4_XS, and of MXFP4 (twice the e2m1 numbers).
inline constexpr std::array<int8_t, 16> kIq4Values = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
inline constexpr std::array<int8_t, 16> kMxfp4Values = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// Half of 2^(e − 127).
inline float e8m0Half(uint8_t e) { return std::bit_cast<float>(e < 2 ? 0x00200000u << e : static_cast<uint32_t>(e - 1) << 23); }

/// The j-th of 8 six-bit scales and minima of Q4_K and Q5_K.
inline void scaleAndMin(int j, const uint8_t* packed, uint8_t& scale, uint8_t& min) {
  if (j < 4) {
    scale = packed[j] & 63;
    min = packed[j + 4] & 63;
  } else {
    scale = static_cast<uint8_t>((packed[j + 4] & 0xF) | ((packed[j - 4] >> 6) << 4));
    min = static_cast<uint8_t>((packed[j + 4] >> 4) | ((packed[j] >> 6) << 4));
  }
}

} // namespace lathe::quant
