// SPDX-License-Identifier: Apache-2.0
// Framing of the JSON-RPC connections: `Content-Length: N\r\n\r\n` + N bytes, as in the Language Server Protocol. Shared by engine,
// workers, command line and window.
#pragma once

#include "core/base/limits.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lathe::api {

inline constexpr size_t kFrameHeaderBytes = 4096;

/// Header and body as they go over the wire.
std::string encodeFrame(std::string_view body);

/// Collects bytes and gives back whole frames. After a broken header the position of the next frame is unknown: broken() says why, and the
/// connection has to be closed.
class FrameReader {
public:
  explicit FrameReader(size_t maxBody = limits::kFrameBytes) : m_maxBody(maxBody) {}
  void append(std::string_view bytes);
  /// The next complete body; nullopt when more bytes are needed or the stream is broken.
  std::optional<std::string> next();
  bool isBroken() const { return !m_problem.empty(); }
  /// One sentence; empty while the stream is good.
  const std::string& problem() const { return m_problem; }
  size_t buffered() const { return m_buffer.size() - m_start; }

private:
  bool readHeader();
  void compact();
  size_t m_maxBody;
  std::string m_buffer;
  size_t m_start = 0;
  std::optional<size_t> m_bodyBytes;
  std::string m_problem;
};

} // namespace lathe::api
