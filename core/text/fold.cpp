// SPDX-License-Identifier: Apache-2.0
#include "core/text/fold.h"

#include <utf8proc.h>

#include <algorithm>

namespace lathe::text {
namespace {

/// Lower case of the character at `at`, which moves on; a byte that is none stands for itself.
int32_t nextFolded(std::string_view text, size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) {
    ++at;
    return byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
  }
  utf8proc_int32_t c = 0;
  const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at), static_cast<utf8proc_ssize_t>(text.size() - at), &c);
  at += used > 0 ? static_cast<size_t>(used) : 1;
  return used > 0 ? utf8proc_tolower(c) : 0x110000 + byte;
}

} // namespace

FoldedFinder::FoldedFinder(std::string_view wanted) {
  for (size_t at = 0; at < wanted.size();)
    m_wanted.push_back(nextFolded(wanted, at));
}

std::optional<std::pair<size_t, size_t>> FoldedFinder::find(std::string_view text) const {
  if (m_wanted.empty())
    return std::nullopt;
  for (size_t begin = 0; begin < text.size();) {
    size_t after = begin, end = 0;
    if (nextFolded(text, after) == m_wanted[0]) {
      end = after;
      size_t i = 1;
      while (i < m_wanted.size() && end < text.size() && nextFolded(text, end) == m_wanted[i])
        ++i;
      if (i == m_wanted.size())
        return std::pair(begin, end - begin);
    }
    begin = after;
  }
  return std::nullopt;
}

} // namespace lathe::text
