// SPDX-License-Identifier: Apache-2.0
// The schema as numbered steps. A change is a new step at the end, and a test that opens the version before it.
#pragma once

#include <span>

namespace lathe::store {

struct Migration {
  int version;      // 1, 2, …; becomes user_version
  const char* name;
  const char* sql;
};

std::span<const Migration> migrations();

} // namespace lathe::store
