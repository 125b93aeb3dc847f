// SPDX-License-Identifier: Apache-2.0
#include "core/quant/gguf_blocks.h"

#include "core/base/error.h"
#include "core/quant/block_layouts.h"

#include <fmt/format.h>

namespace lathe::quant {
namespace {

using io::bfloat16ToFloat;
using io::halfToFloat;

/// Calls one(block, out) for every block; blocks are copied out because the file's bytes are not aligned.
template <class Block, int kValues, class One>
void eachBlock(std::span<const std::byte> from, std::span<float> out, One one) {
  for (size_t b = 0; b < out.size() / kValues; ++b) {
    Block block;
    std::memcpy(&block, from.data() + b * sizeof(Block), sizeof block);
    one(block, out.data() + b * kValues);
  }
}

uint32_t highBits(const uint8_t (&bytes)[4]) {
  uint32_t out;
  std::memcpy(&out, bytes, 4);
  return out;
}

void readQ4_0(const BlockQ4_0& b, float* y) {
  const float d = halfToFloat(b.d);
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>((b.q[j] & 0xF) - 8) * d;
    y[j + 16] = static_cast<float>((b.q[j] >> 4) - 8) * d;
  }
}

void readQ4_1(const BlockQ4_1& b, float* y) {
  const float d = halfToFloat(b.d), m = halfToFloat(b.m);
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>(b.q[j] & 0xF) * d + m;
    y[j + 16] = static_cast<float>(b.q[j] >> 4) * d + m;
  }
}

template <class Block, class Value>
void readQ5(const Block& b, float* y, Value value) {
  const uint32_t high = highBits(b.high);
  for (int j = 0; j < 16; ++j) {
    y[j] = value(static_cast<int>((b.q[j] & 0xF) | ((high >> j << 4) & 0x10)));
    y[j + 16] = value(static_cast<int>((b.q[j] >> 4) | ((high >> (j + 12)) & 0x10)));
  }
}

void readQ5_0(const BlockQ5_0& b, float* y) {
  const float d = halfToFloat(b.d);
  readQ5(b, y, [d](int q) { return static_cast<float>(q - 16) * d; });
}

void readQ5_1(const BlockQ5_1& b, float* y) {
  const float d = halfToFloat(b.d), m = halfToFloat(b.m);
  readQ5(b, y, [d, m](int q) { return static_cast<float>(q) * d + m; });
}

void readQ8_0(const BlockQ8_0& b, float* y) {
  const float d = halfToFloat(b.d);
  for (int j = 0; j < 32; ++j)
    y[j] = static_cast<float>(b.q[j]) * d;
}

void readIq4Nl(const BlockQ4_0& b, float* y) {
  const float d = halfToFloat(b.d);
  for (int j = 0; j < 16; ++j) {
    y[j] = d * static_cast<float>(kIq4Values[b.q[j] & 0xF]);
    y[j + 16] = d * static_cast<float>(kIq4Values[b.q[j] >> 4]);
  }
}

void readMxfp4(const BlockMxfp4& b, float* y) {
  const float d = e8m0Half(b.e);
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>(kMxfp4Values[b.q[j] & 0xF]) * d;
    y[j + 16] = static_cast<float>(kMxfp4Values[b.q[j] >> 4]) * d;
  }
}

void readQ2K(const BlockQ2K& b, float* y) {
  const float d = halfToFloat(b.d), min = halfToFloat(b.m);
  for (int i = 0; i < kSuper; ++i) { // 16 values a scale; two bits of 32 bytes are a run of 32 values
    const uint8_t scale = b.scales[i / 16];
    const float dl = d * static_cast<float>(scale & 0xF), ml = min * static_cast<float>(scale >> 4);
    y[i] = dl * static_cast<float>((b.q[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2)) & 3) - ml;
  }
}

/// Six-bit scales of Q3_K, still with 32 added.
void unpackQ3Scales(const uint8_t (&packed)[12], uint8_t (&out)[16]) {
  for (int j = 0; j < 16; ++j) {
    const uint8_t low = j < 8 ? packed[j] & 0xF : packed[j - 8] >> 4;
    out[j] = static_cast<uint8_t>(low | (((packed[8 + j % 4] >> (j / 4 * 2)) & 3) << 4));
  }
}

void readQ3K(const BlockQ3K& b, float* y) {
  const float d = halfToFloat(b.d);
  uint8_t scales[16];
  unpackQ3Scales(b.scales, scales);
  for (int i = 0; i < kSuper; ++i) {
    const float dl = d * static_cast<float>(scales[i / 16] - 32);
    const int low = (b.q[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2)) & 3;
    const bool high = (b.high[i % 32] >> (i / 32)) & 1;
    y[i] = dl * static_cast<float>(low - (high ? 0 : 4));
  }
}

void readQ4K(const BlockQ4K& b, float* y) {
  const float d = halfToFloat(b.d), min = halfToFloat(b.m);
  for (int j = 0; j < 8; ++j) {
    uint8_t scale, m;
    scaleAndMin(j, b.scales, scale, m);
    const float dl = d * static_cast<float>(scale), ml = min * static_cast<float>(m);
    const uint8_t* q = b.q + j / 2 * 32;
    const int shift = j % 2 * 4;
    for (int l = 0; l < 32; ++l)
      y[32 * j + l] = dl * static_cast<float>((q[l] >> shift) & 0xF) - ml;
  }
}

void readQ5K(const BlockQ5K& b, float* y) {
  const float d = halfToFloat(b.d), min = halfToFloat(b.m);
  for (int j = 0; j < 8; ++j) {
    uint8_t scale, m;
    scaleAndMin(j, b.scales, scale, m);
    const float dl = d * static_cast<float>(scale), ml = min * static_cast<float>(m);
    const uint8_t* q = b.q + j / 2 * 32;
    const int shift = j % 2 * 4;
    for (int l = 0; l < 32; ++l)
      y[32 * j + l] = dl * static_cast<float>(((q[l] >> shift) & 0xF) + ((b.high[l] >> j & 1) << 4)) - ml;
  }
}

void readQ6K(const BlockQ6K& b, float* y) {
  const float d = halfToFloat(b.d);
  for (int half = 0; half < 2; ++half)
    for (int l = 0; l < 128; ++l) { // runs of 32: low nibbles of the first and second 32 bytes, then the high ones
      const uint8_t byte = b.low[half * 64 + l % 64];
      const int low = l < 64 ? byte & 0xF : byte >> 4;
      const int high = (b.high[half * 32 + l % 32] >> (l / 32 * 2)) & 3;
      const float scale = d * static_cast<float>(b.scales[half * 8 + l / 16]);
      y[half * 128 + l] = scale * static_cast<float>((low | (high << 4)) - 32);
    }
}

void readIq4Xs(const BlockIq4Xs& b, float* y) {
  const float d = halfToFloat(b.d);
  for (int j = 0; j < 8; ++j) {
    const int scale = ((b.scalesLow[j / 2] >> (j % 2 * 4)) & 0xF) | (((b.scalesHigh >> (2 * j)) & 3) << 4);
    const float dl = d * static_cast<float>(scale - 32);
    for (int l = 0; l < 16; ++l) {
      y[32 * j + l] = dl * static_cast<float>(kIq4Values[b.q[16 * j + l] & 0xF]);
      y[32 * j + l + 16] = dl * static_cast<float>(kIq4Values[b.q[16 * j + l] >> 4]);
    }
  }
}

[[noreturn]] void unreadable(io::GgufType type) {
  throw Exception(ErrorKind::Unsupported, fmt::format("Weights in the block type {} are not supported. Use a file in another type, such as Q4_K or IQ4_XS.", io::ggufTypeInfo(type).name));
}

bool finiteHalf(uint16_t bits) { return (bits & 0x7c00u) != 0x7c00u; }

/// Where the binary16 scales lie in a block; −1 after the last.
struct ScalePlaces {
  int first = -1, second = -1;
};

ScalePlaces scalePlaces(io::GgufType type) {
  using T = io::GgufType;
  switch (type) {
  case T::Q4_0: case T::Q5_0: case T::Q8_0: case T::IQ4_NL: case T::IQ4_XS:
    return {0, -1};
  case T::Q4_1: case T::Q5_1: case T::Q4_K: case T::Q5_K:
    return {0, 2};
  case T::Q2_K:
    return {80, 82};
  case T::Q3_K:
    return {108, -1};
  case T::Q6_K:
    return {208, -1};
  default:
    return {};
  }
}

} // namespace

uint64_t blockBytes(io::GgufType type, uint64_t values) {
  const io::GgufTypeInfo& info = io::ggufTypeInfo(type);
  return values / info.blockValues * info.blockBytes;
}

void dequantizeBlocks(io::GgufType type, std::span<const std::byte> from, std::span<float> out) {
  using T = io::GgufType;
  const io::GgufTypeInfo& info = io::ggufTypeInfo(type);
  if (out.size() % info.blockValues != 0 || from.size() != blockBytes(type, out.size()))
    throw Exception(ErrorKind::Internal, fmt::format("{} bytes of {} are not {} values.", from.size(), info.name, out.size()));
  switch (type) {
  case T::F32:
    return io::convertToFloat(io::DType::F32, from, out);
  case T::F16:
    return io::convertToFloat(io::DType::F16, from, out);
  case T::BF16:
    return io::convertToFloat(io::DType::BF16, from, out);
  case T::Q4_0:
    return eachBlock<BlockQ4_0, 32>(from, out, readQ4_0);
  case T::Q4_1:
    return eachBlock<BlockQ4_1, 32>(from, out, readQ4_1);
  case T::Q5_0:
    return eachBlock<BlockQ5_0, 32>(from, out, readQ5_0);
  case T::Q5_1:
    return eachBlock<BlockQ5_1, 32>(from, out, readQ5_1);
  case T::Q8_0:
    return eachBlock<BlockQ8_0, 32>(from, out, readQ8_0);
  case T::IQ4_NL:
    return eachBlock<BlockQ4_0, 32>(from, out, readIq4Nl);
  case T::MXFP4:
    return eachBlock<BlockMxfp4, 32>(from, out, readMxfp4);
  case T::Q2_K:
    return eachBlock<BlockQ2K, kSuper>(from, out, readQ2K);
  case T::Q3_K:
    return eachBlock<BlockQ3K, kSuper>(from, out, readQ3K);
  case T::Q4_K:
    return eachBlock<BlockQ4K, kSuper>(from, out, readQ4K);
  case T::Q5_K:
    return eachBlock<BlockQ5K, kSuper>(from, out, readQ5K);
  case T::Q6_K:
    return eachBlock<BlockQ6K, kSuper>(from, out, readQ6K);
  case T::IQ4_XS:
    return eachBlock<BlockIq4Xs, kSuper>(from, out, readIq4Xs);
  default:
    unreadable(type);
  }
}

int64_t firstNonFiniteBlock(io::GgufType type, std::span<const std::byte> bytes) {
  using T = io::GgufType;
  if (type == T::F32 || type == T::F16 || type == T::BF16)
    return io::firstNonFinite(type == T::F32 ? io::DType::F32 : type == T::F16 ? io::DType::F16 : io::DType::BF16, bytes);
  const io::GgufTypeInfo& info = io::ggufTypeInfo(type);
  const ScalePlaces places = scalePlaces(type);
  if (places.first < 0)
    return -1;
  const auto half = [&](size_t at) {
    uint16_t out;
    std::memcpy(&out, bytes.data() + at, sizeof out);
    return out;
  };
  for (size_t b = 0; b < bytes.size() / info.blockBytes; ++b) {
    const size_t at = b * info.blockBytes;
    if (!finiteHalf(half(at + static_cast<size_t>(places.first))) || (places.second >= 0 && !finiteHalf(half(at + static_cast<size_t>(places.second)))))
      return static_cast<int64_t>(b);
  }
  return -1;
}

} // namespace lathe::quant
