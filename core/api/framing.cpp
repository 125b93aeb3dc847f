// SPDX-License-Identifier: Apache-2.0
#include "core/api/framing.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace lathe::api {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool sameName(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// Length named by the header block, or a problem.
std::optional<size_t> contentLength(std::string_view header, std::string& problem) {
  std::optional<size_t> length;
  while (!header.empty()) {
    const size_t end = header.find("\r\n");
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 2);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      problem = "A header line of a frame has no colon.";
      return std::nullopt;
    }
    if (!sameName(trimmed(line.substr(0, colon)), "Content-Length"))
      continue;
    const std::string_view text = trimmed(line.substr(colon + 1));
    size_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || length) {
      problem = length ? "A frame names its length twice." : "The length of a frame is not a number.";
      return std::nullopt;
    }
    length = value;
  }
  if (!length)
    problem = "A frame has no Content-Length.";
  return length;
}

} // namespace

std::string encodeFrame(std::string_view body) {
  std::string out = fmt::format("Content-Length: {}\r\n\r\n", body.size());
  out.append(body);
  return out;
}

void FrameReader::append(std::string_view bytes) {
  if (!isBroken())
    m_buffer.append(bytes);
}

bool FrameReader::readHeader() {
  const std::string_view rest = std::string_view(m_buffer).substr(m_start);
  const size_t end = rest.substr(0, kFrameHeaderBytes + 4).find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (rest.size() > kFrameHeaderBytes)
      m_problem = fmt::format("The header of a frame is longer than {} bytes.", kFrameHeaderBytes);
    return false;
  }
  m_bodyBytes = contentLength(rest.substr(0, end), m_problem);
  if (m_bodyBytes && *m_bodyBytes > m_maxBody) {
    m_problem = fmt::format("A frame of {} bytes is announced; the limit is {}.", *m_bodyBytes, m_maxBody);
    m_bodyBytes.reset();
  }
  if (!m_bodyBytes)
    return false;
  m_start += end + 4;
  return true;
}

void FrameReader::compact() {
  if (m_start == m_buffer.size()) {
    m_buffer.clear();
    m_start = 0;
  } else if (m_start > 65'536 && m_start > m_buffer.size() / 2) {
    m_buffer.erase(0, m_start);
    m_start = 0;
  }
}

std::optional<std::string> FrameReader::next() {
  if (isBroken() || (!m_bodyBytes && !readHeader()))
    return std::nullopt;
  if (m_buffer.size() - m_start < *m_bodyBytes)
    return std::nullopt;
  std::string body = m_buffer.substr(m_start, *m_bodyBytes);
  m_start += *m_bodyBytes;
  m_bodyBytes.reset();
  compact();
  return body;
}

} // namespace lathe::api
