// SPDX-License-Identifier: Apache-2.0
// Compressed datasets (gzip, zstd): unpacked once into an unnamed temporary file, with limits against files that grow without end.
#pragma once

#include "core/base/files.h"
#include "core/data/dataset.h"

namespace lathe::data {

/// Text packs 3 to 60 times; what packs better than this over a whole window is no dataset (deflate itself ends at 1,032).
inline constexpr uint64_t kUnpackRatio = 200;
inline constexpr uint64_t kUnpackWindow = 64ull << 20; // unpacked bytes over which that ratio is measured
inline constexpr uint64_t kUnpackBytes = 256ull << 30; // bytes when unpacked

struct UnpackedFile {
  std::shared_ptr<MappedFile> file;
  bool whole = true;
  double share = 1; // of the compressed bytes that `file` was made from
};

/// By the first bytes of a regular file.
Packed packedKind(const std::string& path);
/// The name without ".gz", ".zst" and the like.
std::string unpackedName(const std::string& name, Packed packed);

/// Stops after about `maxBytes` (then `whole` is false). All members (frames) of the file count. Refused: REJ:GZIP or REJ:ZSTD when it is damaged
/// or cut short, REJ:GZIP_SIZE or REJ:ZSTD_SIZE above the limits; DiskFull when the temporary folder cannot hold it.
UnpackedFile unpackFile(const std::string& path, Packed packed, uint64_t maxBytes, const Progress& progress, const std::stop_token& stop);

} // namespace lathe::data
