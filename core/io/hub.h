// SPDX-License-Identifier: Apache-2.0
// Downloads from a Hugging Face compatible hub into the standard cache (layout: huggingface_hub's models--ORG--NAME with blobs, refs and
// snapshots), so that every program that reads that cache finds them.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace lathe::io {

struct PullOptions {
  std::string repository;          // "org/name"
  bool dataset = false;
  std::string revision = "main";   // branch, tag or commit
  std::vector<std::string> include, exclude; // globs over file names (* and ?; * also matches "/"); empty: everything
  std::string endpoint;            // empty: $HF_ENDPOINT, else https://huggingface.co
  std::string token;               // empty: $HF_TOKEN, else the file $HF_HOME/token
  std::string cache;               // empty: $HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub
  std::function<void(const std::string& file, uint64_t done, uint64_t total)> progress = {}; // bytes of all files together
  std::stop_token stop = {};
  int timeoutSeconds = 30, attempts = 5; // per file: a connection that breaks is taken up again where it broke
};

struct PullResult {
  std::string folder; // …/snapshots/<commit>
  std::string commit;
  uint64_t files = 0, bytes = 0; // of the chosen files
  uint64_t loadedBytes = 0;      // that came over the network now
};

/// Every file is hashed (SHA-256, or git's SHA-1 for small ones) and gets its name only when it is whole and right; a download that was interrupted
/// goes on where it stopped. Throws NotFound, Usage, Io, Protocol, DiskFull (with both numbers, before anything is loaded), Cancelled, or a
/// refusal (REJ:HUB_…) of what the hub says.
PullResult pull(const PullOptions& options);

} // namespace lathe::io
