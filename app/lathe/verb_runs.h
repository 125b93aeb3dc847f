// SPDX-License-Identifier: Apache-2.0
// Shared by the files of `lathe runs`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lathe::cli {

struct RunsOptions {
  std::string home;
  std::vector<std::string> ids;
  std::string run; // of tag
  std::vector<std::string> tagChanges; // "+a", "-b"
  std::string tag, state;              // of list
  int64_t limit = 0;                   // 0: all
  bool json = false, deleted = false, purge = false, all = false;
};

/// A loss with four digits; "–" when there is none.
std::string lossNumber(double value);

void showRuns(const RunsOptions& options);
void compareRuns(const RunsOptions& options);

} // namespace lathe::cli
