// SPDX-License-Identifier: Apache-2.0
// Byte strings as a tree, to find every one that begins at a position of a text.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lathe::text {

class ByteTrie {
public:
  ByteTrie() { m_roots.fill(-1); }
  /// A string that comes twice keeps its later value; the empty one is ignored. Values are ≥ 0.
  void add(std::string_view text, int32_t value) {
    if (text.empty())
      return;
    int32_t node = m_roots[static_cast<uint8_t>(text[0])];
    if (node < 0)
      m_roots[static_cast<uint8_t>(text[0])] = node = made();
    for (size_t i = 1; i < text.size(); ++i) {
      int32_t next = child(node, static_cast<uint8_t>(text[i]));
      if (next < 0) {
        next = made();
        insert(node, static_cast<uint8_t>(text[i]), next);
      }
      node = next;
    }
    m_values[static_cast<size_t>(node)] = value;
  }
  bool empty() const { return m_values.empty(); }

  /// Calls found(length, value) for every string that `text` begins with, shortest first. Returns the bytes looked at.
  template <class Found>
  size_t prefixes(std::string_view text, Found&& found) const {
    if (text.empty())
      return 0;
    int32_t node = m_roots[static_cast<uint8_t>(text[0])];
    size_t length = 1;
    for (; node >= 0; ++length) {
      if (m_values[static_cast<size_t>(node)] >= 0)
        found(length, m_values[static_cast<size_t>(node)]);
      if (length == text.size())
        break;
      node = child(node, static_cast<uint8_t>(text[length]));
    }
    return length;
  }

  /// The longest string that `text` begins with: its length (0: none) and value.
  std::pair<size_t, int32_t> longest(std::string_view text) const {
    std::pair<size_t, int32_t> out{0, -1};
    prefixes(text, [&](size_t length, int32_t value) { out = {length, value}; });
    return out;
  }

private:
  struct Edge {
    uint64_t key = UINT64_MAX; // node << 8 | byte
    int32_t child = -1;
  };
  static uint64_t keyOf(int32_t node, uint8_t byte) { return static_cast<uint64_t>(node) << 8 | byte; }
  static size_t hashOf(uint64_t key) { return static_cast<size_t>((key * 0x9E3779B97F4A7C15ull) >> 32); }

  int32_t made() {
    m_values.push_back(-1);
    return static_cast<int32_t>(m_values.size()) - 1;
  }
  int32_t child(int32_t node, uint8_t byte) const {
    if (m_edges.empty())
      return -1;
    const uint64_t key = keyOf(node, byte);
    const size_t mask = m_edges.size() - 1;
    for (size_t slot = hashOf(key) & mask; m_edges[slot].child >= 0; slot = (slot + 1) & mask)
      if (m_edges[slot].key == key)
        return m_edges[slot].child;
    return -1;
  }
  void insert(int32_t node, uint8_t byte, int32_t next) {
    if (m_used * 2 >= m_edges.size())
      grow();
    place({keyOf(node, byte), next});
    ++m_used;
  }
  void place(const Edge& edge) {
    const size_t mask = m_edges.size() - 1;
    size_t slot = hashOf(edge.key) & mask;
    while (m_edges[slot].child >= 0)
      slot = (slot + 1) & mask;
    m_edges[slot] = edge;
  }
  void grow() {
    std::vector<Edge> before(m_edges.empty() ? 1024 : m_edges.size() * 2);
    before.swap(m_edges);
    for (const Edge& edge : before)
      if (edge.child >= 0)
        place(edge);
  }

  std::array<int32_t, 256> m_roots;
  std::vector<int32_t> m_values; // per node, −1: no string ends here
  std::vector<Edge> m_edges;
  size_t m_used = 0;
};

} // namespace lathe::text
