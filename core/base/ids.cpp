// SPDX-License-Identifier: Apache-2.0
#include "core/base/ids.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <stdexcept>

#include <sys/random.h>

namespace lathe {

bool RunId::valid() const {
  return !value.empty() && value.size() <= 80 && value[0] != '.' && std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

std::string randomId(int characters) {
  std::string out;
  while (static_cast<int>(out.size()) < characters) {
    unsigned char byte = 0;
    if (::getrandom(&byte, 1, 0) != 1)
      throw std::runtime_error("the system's random source failed");
    out.push_back("0123456789abcdef"[byte & 15]);
  }
  return out;
}

std::string slug(const std::string& text) {
  std::string out;
  for (unsigned char c : text) {
    if (out.size() >= 40)
      break;
    if (std::isalnum(c) && c < 128)
      out.push_back(static_cast<char>(std::tolower(c)));
    else if (!out.empty() && out.back() != '-')
      out.push_back('-');
  }
  while (!out.empty() && out.back() == '-')
    out.pop_back();
  return out;
}

RunId makeRunId(const std::string& name) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  const std::string middle = slug(name);
  return RunId{std::string(stamp) + "-" + (middle.empty() ? "" : middle + "-") + randomId(4)};
}

} // namespace lathe
