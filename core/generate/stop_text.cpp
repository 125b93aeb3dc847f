// SPDX-License-Identifier: Apache-2.0
#include "core/generate/stop_text.h"

#include <algorithm>

namespace lathe::generate {

StopText::StopText(std::vector<std::string> stops) : m_stops(std::move(stops)) {
  std::erase_if(m_stops, [](const std::string& s) { return s.empty(); });
}

std::string StopText::push(std::string_view text) {
  if (m_stopped)
    return {};
  m_held += text;
  size_t first = std::string::npos;
  for (const std::string& stop : m_stops)
    first = std::min(first, m_held.find(stop));
  if (first != std::string::npos) {
    m_stopped = true;
    m_held.resize(first);
    return std::exchange(m_held, {});
  }
  // Longest end of the held text that begins some stop string stays back.
  size_t keep = 0;
  for (const std::string& stop : m_stops) {
    for (size_t n = std::min(stop.size() - 1, m_held.size()); n > keep; --n) {
      if (std::string_view(m_held).substr(m_held.size() - n) == std::string_view(stop).substr(0, n)) {
        keep = n;
        break;
      }
    }
  }
  // A held-back tail never begins inside a UTF-8 character of what is given out: stop strings are whole characters, but a short tail may
  // start in one when a stop string begins with a byte of it.
  while (keep < m_held.size() && keep > 0 && (static_cast<unsigned char>(m_held[m_held.size() - keep]) & 0xC0) == 0x80)
    ++keep;
  std::string out = m_held.substr(0, m_held.size() - keep);
  m_held.erase(0, out.size());
  return out;
}

std::string StopText::finish() { return m_stopped ? std::string() : std::exchange(m_held, {}); }

} // namespace lathe::generate
