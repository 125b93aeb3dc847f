// SPDX-License-Identifier: Apache-2.0
// What stops or holds a run: gradients that are not finite, and a disk without room.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace lathe::train {

/// Counts updates that were skipped because the gradient was not finite. Three in a row, or more than 1 % of the last 1,000 steps
/// (ten skipped steps, so that a short run is not failed by its first), fail the run.
class NonFiniteGuard {
public:
  static constexpr int64_t kInARow = 3, kWindow = 1000, kInWindow = 10;

  /// `samples`: the step's rows as the person knows them ("train.jsonl:12"). Throws Numeric, naming steps and samples.
  void record(int64_t step, bool skipped, const std::vector<std::string>& samples);
  std::vector<int64_t> skippedSteps() const;
  void restore(const std::vector<int64_t>& skippedSteps);

private:
  [[noreturn]] void fail(const std::string& how) const;
  struct Skipped {
    int64_t step;
    std::vector<std::string> samples;
  };
  std::deque<Skipped> m_skipped; // within the window
  int64_t m_inARow = 0;
};

struct DiskPolicy {
  uint64_t reserveBytes = 1ull << 30; // kept free on the run folder's disk, besides what a save needs …
  double reserveShare = 0.02;         // … or this share of the disk, whichever is more
  double retrySeconds = 5;
};

/// Bytes that must be free in `folder` before `need` bytes are written.
uint64_t requiredFreeBytes(const DiskPolicy& policy, uint64_t need, uint64_t diskBytes);
/// DiskFull with both numbers when there is less.
void checkDiskSpace(const DiskPolicy& policy, const std::string& folder, uint64_t need);

} // namespace lathe::train
