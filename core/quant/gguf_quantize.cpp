// SPDX-License-Identifier: Apache-2.0
// Numbers to blocks. The searches for scales follow the reference step by step, because their results depend on the order of float operations.
#include "core/base/error.h"
#include "core/quant/block_layouts.h"
#include "core/quant/gguf_blocks.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::quant {
namespace {

using io::floatToBfloat16;
using io::floatToHalf;
using io::halfToFloat;

constexpr float kNothing = 1e-15f; // groups below count as all zero

/// Round to nearest even through the mantissa, as the reference does.
int nearestInt(float value) {
  const float shifted = value + 12582912.f;
  return static_cast<int>(std::bit_cast<uint32_t>(shifted) & 0x007fffffu) - 0x00400000;
}

int clampedInt(float value, int low, int high) { return std::max(low, std::min(high, nearestInt(value))); }

BlockQ8_0 writeQ8_0(const float* x) {
  float most = 0;
  for (int j = 0; j < 32; ++j)
    most = std::max(most, std::fabs(x[j]));
  const float d = most / 127.f, inverse = d != 0 ? 1.f / d : 0.f;
  BlockQ8_0 out;
  out.d = floatToHalf(d);
  for (int j = 0; j < 32; ++j)
    out.q[j] = static_cast<int8_t>(std::round(x[j] * inverse));
  return out;
}

BlockQ4_0 writeQ4_0(const float* x) {
  float most = 0, signedMost = 0;
  for (int j = 0; j < 32; ++j)
    if (most < std::fabs(x[j])) {
      most = std::fabs(x[j]);
      signedMost = x[j];
    }
  const float d = signedMost / -8.f, inverse = d != 0 ? 1.f / d : 0.f;
  const auto code = [&](float value) { return std::min<int>(15, static_cast<int8_t>(value * inverse + 8.5f)); };
  BlockQ4_0 out;
  out.d = floatToHalf(d);
  for (int j = 0; j < 16; ++j)
    out.q[j] = static_cast<uint8_t>(code(x[j]) | (code(x[j + 16]) << 4));
  return out;
}

/// The scale of x ≈ scale · (L − most), L from 0 to 2·most − 1, weighted by x² (make_qx_quants of the reference).
float signedScale(int n, int most, const float* x, int8_t* codes) {
  float extreme = 0, amount = 0;
  for (int i = 0; i < n; ++i)
    if (std::fabs(x[i]) > amount) {
      amount = std::fabs(x[i]);
      extreme = x[i];
    }
  std::fill_n(codes, n, int8_t{0});
  if (amount < kNothing)
    return 0;
  float sumLx = 0, sumL2 = 0;
  const auto tryScale = [&](float inverse) {
    sumLx = sumL2 = 0;
    for (int i = 0; i < n; ++i) {
      const int l = clampedInt(inverse * x[i], -most, most - 1);
      const float w = x[i] * x[i];
      sumLx += w * x[i] * static_cast<float>(l);
      sumL2 += w * static_cast<float>(l) * static_cast<float>(l);
    }
  };
  const auto take = [&](float inverse) {
    for (int i = 0; i < n; ++i)
      codes[i] = static_cast<int8_t>(clampedInt(inverse * x[i], -most, most - 1) + most);
  };
  const float first = static_cast<float>(-most) / extreme;
  tryScale(first);
  take(first);
  float scale = sumL2 != 0 ? sumLx / sumL2 : 0.f;
  float best = scale * sumLx;
  for (int step = -9; step <= 9; ++step) {
    if (step == 0)
      continue;
    const float inverse = -(static_cast<float>(most) + 0.1f * static_cast<float>(step)) / extreme;
    tryScale(inverse);
    if (sumL2 > 0 && sumLx * sumLx > best * sumL2) {
      take(inverse);
      scale = sumLx / sumL2;
      best = scale * sumLx;
    }
  }
  return scale;
}

struct SearchRange {
  float from, step;
  int steps;
};

struct ScaleMin {
  float scale = 0, min = 0; // x ≈ scale · L − min
};

/// make_qkx2_quants of the reference for 32 values with codes 0 … most.
ScaleMin scaleWithMin(int most, const float* x, const float* weights, const SearchRange& range, uint8_t* chosen) {
  constexpr int n = 32;
  float min = x[0], max = x[0], sumW = weights[0], sumX = sumW * x[0];
  for (int i = 1; i < n; ++i) {
    min = std::min(min, x[i]);
    max = std::max(max, x[i]);
    sumW += weights[i];
    sumX += weights[i] * x[i];
  }
  min = std::min(min, 0.f);
  std::fill_n(chosen, n, uint8_t{0});
  if (max == min)
    return {0.f, -min};
  int codes[n];
  const auto errorOf = [&](float scale, float low) {
    float error = 0;
    for (int i = 0; i < n; ++i) {
      const float diff = scale * static_cast<float>(codes[i]) + low - x[i];
      error += weights[i] * (diff * diff);
    }
    return error;
  };
  float inverse = static_cast<float>(most) / (max - min);
  float scale = 1 / inverse;
  for (int i = 0; i < n; ++i)
    codes[i] = clampedInt(inverse * (x[i] - min), 0, most);
  const auto choose = [&] { std::copy_n(codes, n, chosen); };
  choose();
  float best = errorOf(scale, min);
  for (int step = 0; step <= range.steps; ++step) {
    inverse = (range.from + range.step * static_cast<float>(step) + static_cast<float>(most)) / (max - min);
    float sumL = 0, sumL2 = 0, sumXl = 0;
    for (int i = 0; i < n; ++i) {
      codes[i] = clampedInt(inverse * (x[i] - min), 0, most);
      const float l = static_cast<float>(codes[i]), w = weights[i];
      sumL += w * l;
      sumL2 += w * l * l;
      sumXl += w * l * x[i];
    }
    const float determinant = sumW * sumL2 - sumL * sumL;
    if (!(determinant > 0))
      continue;
    float thisScale = (sumW * sumXl - sumX * sumL) / determinant, thisMin = (sumL2 * sumX - sumL * sumXl) / determinant;
    if (thisMin > 0) {
      thisMin = 0;
      thisScale = sumXl / sumL2;
    }
    const float error = errorOf(thisScale, thisMin);
    if (error < best) {
      best = error;
      scale = thisScale;
      min = thisMin; // the next steps start from here, as in the reference
      choose();
    }
  }
  return {scale, -min};
}

/// What Q4_K and Q5_K share: eight scales and minima, packed, and the codes that go with the rounded ones.
template <class Block>
void scalesAndCodes(const float* x, int most, const SearchRange& range, Block& out, uint8_t (&codes)[kSuper]) {
  ScaleMin pairs[8];
  float maxScale = 0, maxMin = 0;
  for (int j = 0; j < 8; ++j) {
    const float* part = x + 32 * j;
    float sum = 0, weights[32];
    for (int l = 0; l < 32; ++l)
      sum += part[l] * part[l];
    const float average = std::sqrt(sum / 32);
    for (int l = 0; l < 32; ++l)
      weights[l] = average + std::fabs(part[l]);
    pairs[j] = scaleWithMin(most, part, weights, range, codes + 32 * j);
    maxScale = std::max(maxScale, pairs[j].scale);
    maxMin = std::max(maxMin, pairs[j].min);
  }
  const float inverseScale = maxScale > 0 ? 63.f / maxScale : 0.f, inverseMin = maxMin > 0 ? 63.f / maxMin : 0.f;
  std::fill(std::begin(out.scales), std::end(out.scales), uint8_t{0});
  for (int j = 0; j < 8; ++j) {
    const auto s = static_cast<uint8_t>(std::min(63, static_cast<int>(static_cast<uint8_t>(nearestInt(inverseScale * pairs[j].scale)))));
    const auto m = static_cast<uint8_t>(std::min(63, static_cast<int>(static_cast<uint8_t>(nearestInt(inverseMin * pairs[j].min)))));
    if (j < 4) {
      out.scales[j] = s;
      out.scales[j + 4] = m;
    } else {
      out.scales[j + 4] = static_cast<uint8_t>((s & 0xF) | ((m & 0xF) << 4));
      out.scales[j - 4] = static_cast<uint8_t>(out.scales[j - 4] | ((s >> 4) << 6));
      out.scales[j] = static_cast<uint8_t>(out.scales[j] | ((m >> 4) << 6));
    }
  }
  out.d = floatToHalf(maxScale / 63.f);
  out.m = floatToHalf(maxMin / 63.f);
  for (int j = 0; j < 8; ++j) {
    uint8_t s, m;
    scaleAndMin(j, out.scales, s, m);
    const float d = halfToFloat(out.d) * static_cast<float>(s), low = halfToFloat(out.m) * static_cast<float>(m);
    for (int l = 0; d != 0 && l < 32; ++l)
      codes[32 * j + l] = static_cast<uint8_t>(clampedInt((x[32 * j + l] + low) / d, 0, most));
  }
}

BlockQ4K writeQ4K(const float* x) {
  BlockQ4K out;
  uint8_t codes[kSuper];
  scalesAndCodes(x, 15, {-1.f, 0.1f, 20}, out, codes);
  for (int i = 0; i < 128; ++i) {
    const int at = i / 32 * 64 + i % 32;
    out.q[i] = static_cast<uint8_t>(codes[at] | (codes[at + 32] << 4));
  }
  return out;
}

BlockQ5K writeQ5K(const float* x) {
  BlockQ5K out;
  uint8_t codes[kSuper];
  scalesAndCodes(x, 31, {-0.5f, 0.1f, 15}, out, codes);
  std::fill(std::begin(out.high), std::end(out.high), uint8_t{0});
  for (int i = 0; i < 128; ++i) {
    const int at = i / 32 * 64 + i % 32;
    out.q[i] = static_cast<uint8_t>((codes[at] & 0xF) | ((codes[at + 32] & 0xF) << 4));
  }
  for (int i = 0; i < kSuper; ++i)
    out.high[i % 32] = static_cast<uint8_t>(out.high[i % 32] | ((codes[i] >> 4) << (i / 32)));
  return out;
}

BlockQ6K writeQ6K(const float* x) {
  BlockQ6K out;
  std::memset(&out, 0, sizeof out);
  int8_t codes[kSuper];
  float scales[16], maxScale = 0, most = 0;
  for (int j = 0; j < 16; ++j) {
    scales[j] = signedScale(16, 32, x + 16 * j, codes + 16 * j);
    if (std::fabs(scales[j]) > most) {
      most = std::fabs(scales[j]);
      maxScale = scales[j];
    }
  }
  if (most < kNothing)
    return out;
  const float inverse = -128.f / maxScale;
  out.d = floatToHalf(1 / inverse);
  for (int j = 0; j < 16; ++j) {
    out.scales[j] = static_cast<int8_t>(std::min(127, nearestInt(inverse * scales[j])));
    const float d = halfToFloat(out.d) * static_cast<float>(out.scales[j]);
    if (d == 0)
      continue;
    for (int i = 16 * j; i < 16 * j + 16; ++i)
      codes[i] = static_cast<int8_t>(clampedInt(x[i] / d, -32, 31) + 32);
  }
  for (int half = 0; half < 2; ++half)
    for (int l = 0; l < 128; ++l) {
      const int code = codes[half * 128 + l];
      uint8_t& low = out.low[half * 64 + l % 64];
      low = static_cast<uint8_t>(low | ((code & 0xF) << (l < 64 ? 0 : 4)));
      uint8_t& high = out.high[half * 32 + l % 32];
      high = static_cast<uint8_t>(high | ((code >> 4) << (l / 32 * 2)));
    }
  return out;
}

template <int kValues, class Write>
void writeEach(std::span<const float> from, std::span<std::byte> out, Write write) {
  for (size_t b = 0; b < from.size() / kValues; ++b) {
    const auto block = write(from.data() + b * kValues);
    std::memcpy(out.data() + b * sizeof block, &block, sizeof block);
  }
}

} // namespace

bool canQuantize(io::GgufType type) {
  using T = io::GgufType;
  return type == T::F32 || type == T::F16 || type == T::BF16 || type == T::Q8_0 || type == T::Q4_0 || type == T::Q4_K || type == T::Q5_K || type == T::Q6_K;
}

void quantizeBlocks(io::GgufType type, std::span<const float> from, std::span<std::byte> out) {
  using T = io::GgufType;
  const io::GgufTypeInfo& info = io::ggufTypeInfo(type);
  if (from.size() % info.blockValues != 0 || out.size() != blockBytes(type, from.size()))
    throw Exception(ErrorKind::Internal, fmt::format("{} values do not fill {} bytes of {}.", from.size(), out.size(), info.name));
  switch (type) {
  case T::F32:
    std::memcpy(out.data(), from.data(), out.size());
    return;
  case T::F16:
    return writeEach<1>(from, out, [](const float* x) { return floatToHalf(*x); });
  case T::BF16:
    return writeEach<1>(from, out, [](const float* x) { return floatToBfloat16(*x); });
  case T::Q8_0:
    return writeEach<32>(from, out, writeQ8_0);
  case T::Q4_0:
    return writeEach<32>(from, out, writeQ4_0);
  case T::Q4_K:
    return writeEach<kSuper>(from, out, writeQ4K);
  case T::Q5_K:
    return writeEach<kSuper>(from, out, writeQ5K);
  case T::Q6_K:
    return writeEach<kSuper>(from, out, writeQ6K);
  default:
    throw Exception(ErrorKind::Unsupported, fmt::format("Lathe does not write the type {}. Use F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K or Q6_K.", info.name));
  }
}

} // namespace lathe::quant
