// SPDX-License-Identifier: Apache-2.0
// Reads a growing JSON-lines file from where it stopped. A file that was cut (a resumed run goes back to its checkpoint) is read again
// from the start; the last bytes read are compared, so this is noticed even when it has grown past the old place.
#pragma once

#include "core/store/store.h"

#include <string>
#include <vector>

namespace lathe::engine {

class FileFollower {
public:
  FileFollower() = default;
  FileFollower(std::string path, store::FilePosition position, int64_t lines) : m_path(std::move(path)), m_position(std::move(position)), m_lines(lines) {}

  struct Piece {
    bool restarted = false;         // forget what came before
    std::vector<std::string> lines; // whole lines, without the newline
    int64_t firstLine = 0;          // number of the first of them, from 0
    bool more = false;              // read again at once
  };
  /// At most about `maxBytes`. A missing file gives nothing.
  Piece read(size_t maxBytes = 1u << 20);
  const store::FilePosition& position() const { return m_position; }
  void moveTo(std::string path) { m_path = std::move(path); }

private:
  std::string m_path;
  store::FilePosition m_position;
  int64_t m_lines = 0;
};

} // namespace lathe::engine
