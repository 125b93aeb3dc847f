// SPDX-License-Identifier: Apache-2.0
// Any bytes as a compressed dataset: refused, or unpacked within the limits.
#include "core/data/unpack_file.h"
#include "tests/fuzz/fuzz_support.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe;
  const fuzz::MemoryFile content(data, size);
  fuzz::accepted([&] {
    const data::Packed packed = data::packedKind(content.path()) == data::Packed::Zstd ? data::Packed::Zstd : data::Packed::Gzip;
    const auto whole = data::unpackFile(content.path(), packed, UINT64_MAX, {}, {});
    fuzz::require(whole.whole, "without a limit everything is unpacked");
    fuzz::require(whole.file->size() <= data::kUnpackWindow + size * data::kUnpackRatio + (1u << 20), "the limits hold");
    const auto part = data::unpackFile(content.path(), packed, 1000, {}, {});
    fuzz::require(part.file->size() <= whole.file->size() && part.share > 0 && part.share <= 1, "a part is a part");
  });
  return 0;
}
