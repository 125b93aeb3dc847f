// SPDX-License-Identifier: Apache-2.0
// One process at a time loads a file into the hub's cache: the lock file is the one that huggingface_hub uses (flock on <cache>/.locks/<repository>/<hash>.lock),
// so its downloads wait for ours and ours for its.
#pragma once

#include <stop_token>
#include <string>

namespace lathe::io {

class HubLock {
public:
  /// Makes the file and its folder; waits until nobody else holds it. Throws Cancelled when stopped before, Io when the file cannot be made.
  HubLock(const std::string& path, const std::stop_token& stop);
  ~HubLock();
  HubLock(const HubLock&) = delete;
  HubLock& operator=(const HubLock&) = delete;

private:
  int m_fd;
};

} // namespace lathe::io
