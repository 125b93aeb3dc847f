// SPDX-License-Identifier: Apache-2.0
#include "core/base/random.h"

#include <bit>

namespace lathe {

std::array<uint32_t, 4> philox(uint64_t key, uint64_t counterLow, uint64_t counterHigh) {
  std::array<uint32_t, 4> c = {static_cast<uint32_t>(counterLow), static_cast<uint32_t>(counterLow >> 32),
                               static_cast<uint32_t>(counterHigh), static_cast<uint32_t>(counterHigh >> 32)};
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = 0xD2511F53ull * c[0], p1 = 0xCD9E8D57ull * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1), static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1,
         static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

uint64_t randomBits(uint64_t seed, uint64_t stream, uint64_t index) {
  const auto block = philox(seed, index, stream);
  return static_cast<uint64_t>(block[0]) | (static_cast<uint64_t>(block[1]) << 32);
}

double randomUniform(uint64_t seed, uint64_t stream, uint64_t index) {
  return static_cast<double>(randomBits(seed, stream, index) >> 11) * 0x1.0p-53;
}

uint64_t shuffledIndex(uint64_t seed, uint64_t epoch, uint64_t count, uint64_t index) {
  if (count <= 1)
    return 0;
  const int half = (std::bit_width(count - 1) + 1) / 2;
  const uint64_t mask = (1ull << half) - 1;
  uint64_t value = index;
  do {
    uint64_t left = value >> half, right = value & mask;
    for (uint64_t round = 0; round < 4; ++round) {
      const uint64_t mixed = randomBits(seed ^ 0x5348554646ull, epoch * 4 + round, right) & mask;
      const uint64_t next = left ^ mixed;
      left = right;
      right = next;
    }
    value = (left << half) | right;
  } while (value >= count);
  return value;
}

} // namespace lathe
