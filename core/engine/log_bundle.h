// SPDX-License-Identifier: Apache-2.0
// What a person can hand to somebody who is to find out what went wrong: one archive, without secrets and without what they trained on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lathe::engine {

struct BundleFile {
  std::string name, content; // inside the archive; already redacted
  std::string what;          // one line for the person
};
/// Doctor report, versions, the engine's log, and of the newest runs state, specification and log (the last 256 KiB of each log). Home paths,
/// the login name, tokens and keys are removed (core/base/redact.h), prompts as well. Files that cannot be read are named, not fatal.
std::vector<BundleFile> collectBundle(const std::string& home, size_t runs = 10);
std::string bundleArchive(const std::vector<BundleFile>& files);
/// The same as a file (.tar.gz, 0600): written beside, then renamed. Returns its bytes.
uint64_t writeBundle(const std::vector<BundleFile>& files, const std::string& path);

} // namespace lathe::engine
