// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lathe::io {

/// A POSIX ustar archive (IEEE 1003.1-1988) of regular files, compressed with gzip (RFC 1952). Names have at most 100 bytes; times, owners
/// and modes are fixed, so equal contents give equal bytes. Throws Usage for a name that does not fit.
std::string tarGz(const std::vector<std::pair<std::string, std::string>>& files);

} // namespace lathe::io
