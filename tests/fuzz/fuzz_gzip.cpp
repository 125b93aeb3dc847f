// SPDX-License-Identifier: Apache-2.0
// Any bytes as a compressed dataset: refused, or unpacked within the limits.
#include "core/data/gzip_file.h"
#include "tests/fuzz/fuzz_support.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe;
  const fuzz::MemoryFile content(data, size);
  fuzz::accepted([&] {
    const auto whole = data::unpackGzip(content.path(), UINT64_MAX, {}, {});
    fuzz::require(whole.whole, "without a limit everything is unpacked");
    fuzz::require(whole.file->size() <= data::kGzipWindow + size * data::kGzipRatio + (1u << 20), "the limits hold");
    const auto part = data::unpackGzip(content.path(), 1000, {}, {});
    fuzz::require(part.file->size() <= whole.file->size() && part.share > 0 && part.share <= 1, "a part is a part");
  });
  return 0;
}
