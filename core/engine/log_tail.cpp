// SPDX-License-Identifier: Apache-2.0
#include "core/engine/log_tail.h"

#include "core/base/error.h"
#include "core/base/text_format.h"

#include <algorithm>
#include <deque>
#include <fstream>

namespace lathe::engine {
namespace {

constexpr int64_t kLogTailBytes = 512 * 1024;
constexpr size_t kMostLogLineBytes = 2000;

std::string printable(std::string line) {
  if (line.size() > kMostLogLineBytes)
    line.resize(kMostLogLineBytes);
  if (!isValidUtf8(line))
    std::replace_if(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return line;
}

} // namespace

std::vector<std::string> logTail(const std::string& home, int64_t lines) {
  const std::string path = home + "/engine.log";
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file)
    return {};
  const int64_t size = file.tellg(), from = std::max<int64_t>(0, size - kLogTailBytes);
  file.seekg(from);
  std::deque<std::string> out;
  std::string line;
  if (from > 0)
    std::getline(file, line); // the rest of one
  const auto most = static_cast<size_t>(std::clamp<int64_t>(lines, 1, kMostLogLines));
  while (std::getline(file, line)) {
    out.push_back(printable(std::move(line)));
    if (out.size() > most)
      out.pop_front();
  }
  if (file.bad())
    throw Exception(ErrorKind::Io, "The log " + path + " cannot be read.");
  return {out.begin(), out.end()};
}

} // namespace lathe::engine
