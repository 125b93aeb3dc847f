// SPDX-License-Identifier: Apache-2.0
// Compressed datasets: unpacked once into an unnamed temporary file, with limits against files that grow without end.
#pragma once

#include "core/base/files.h"
#include "core/data/dataset.h"

namespace lathe::data {

/// Text packs 3 to 60 times; what packs better than this over a whole window is no dataset (deflate itself ends at 1,032).
inline constexpr uint64_t kGzipRatio = 200;
inline constexpr uint64_t kGzipWindow = 64ull << 20;        // unpacked bytes over which that ratio is measured
inline constexpr uint64_t kGzipBytes = 256ull << 30;        // bytes when unpacked
inline constexpr uint64_t kGzipDiskReserve = 1ull << 30;    // bytes that stay free on the disk of the temporary folder

struct UnpackedFile {
  std::shared_ptr<MappedFile> file;
  bool whole = true;
  double share = 1; // of the compressed bytes that `file` was made from
};

/// Whether a regular file begins with gzip's magic bytes.
bool isGzip(const std::string& path);

/// Stops after about `maxBytes` (then `whole` is false). All members of the file count. Refused: REJ:GZIP when it is damaged or cut short,
/// REJ:GZIP_SIZE above the limits; DiskFull when the temporary folder cannot hold it.
UnpackedFile unpackGzip(const std::string& path, uint64_t maxBytes, const Progress& progress, const std::stop_token& stop);

} // namespace lathe::data
