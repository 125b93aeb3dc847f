// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 (Salmon et al. 2011), the same blocks as core/base/random.h.
#pragma once

#include <cstdint>

#include <cuda_runtime.h>

namespace lathe::kernels {

__device__ __forceinline__ uint4 philox(uint64_t key, uint64_t counterLow, uint64_t counterHigh) {
  uint4 c = make_uint4(static_cast<uint32_t>(counterLow), static_cast<uint32_t>(counterLow >> 32), static_cast<uint32_t>(counterHigh),
                       static_cast<uint32_t>(counterHigh >> 32));
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const uint32_t low0 = 0xD2511F53u * c.x, high0 = __umulhi(0xD2511F53u, c.x);
    const uint32_t low1 = 0xCD9E8D57u * c.z, high1 = __umulhi(0xCD9E8D57u, c.z);
    c = make_uint4(high1 ^ c.y ^ k0, low1, high0 ^ c.w ^ k1, low0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

} // namespace lathe::kernels
