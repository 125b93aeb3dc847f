// SPDX-License-Identifier: Apache-2.0
#include "core/base/processes.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace lathe {

uint64_t processStartTime(int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const size_t name = text.rfind(')'); // the name may hold anything
  if (name == std::string::npos || name + 2 >= text.size() || text[name + 2] == 'Z')
    return 0;
  size_t at = name + 2;
  for (int field = 3; field < 22 && at != std::string::npos; ++field)
    at = text.find(' ', at + 1);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at, nullptr, 10);
}

double wallClock() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

} // namespace lathe
