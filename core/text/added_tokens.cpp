// SPDX-License-Identifier: Apache-2.0
#include "core/text/added_tokens.h"

#include "core/base/error.h"
#include "core/text/unicode_classes.h"

#include <algorithm>

namespace lathe::text {
namespace {

constexpr size_t kMostNodes = 48u << 20; // about 1 GiB; a million tokens of ordinary length need far less

/// Bytes of white space at the end and at the beginning.
size_t spaceBefore(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    CodePoint c = lastCodePoint(text.substr(0, end));
    if (!(characterClass(c.value) & kSpace))
      break;
    end -= c.length;
  }
  return text.size() - end;
}

size_t spaceAfter(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    CodePoint c = codePointAt(text, at);
    if (!(characterClass(c.value) & kSpace))
      break;
    at += c.length;
  }
  return at;
}

bool isWordCharacter(char32_t c) { return (characterClass(c) & kWord) || c == 0x200C || c == 0x200D; }

bool standsAlone(std::string_view text, size_t begin, size_t end) {
  bool before = begin > 0 && isWordCharacter(lastCodePoint(text.substr(0, begin)).value);
  bool after = end < text.size() && isWordCharacter(codePointAt(text, end).value);
  return !before && !after;
}

} // namespace

void LongestMatcher::reset() {
  m_nodes.assign(1, {});
  m_rootChildren.assign(256, -1);
}

int32_t LongestMatcher::child(int32_t node, uint8_t byte) const {
  if (node == 0)
    return m_rootChildren[byte];
  int32_t at = m_nodes[static_cast<size_t>(node)].firstChild;
  while (at >= 0 && m_nodes[static_cast<size_t>(at)].byte != byte)
    at = m_nodes[static_cast<size_t>(at)].sibling;
  return at;
}

void LongestMatcher::add(std::string_view pattern, uint32_t id) {
  if (pattern.empty())
    return;
  if (m_nodes.size() + pattern.size() > kMostNodes)
    refuse("REJ:TOKENIZER_ADDED", "The added tokens of the tokenizer are too long together; at most 48 MiB of text are allowed.");
  int32_t node = 0;
  for (size_t i = pattern.size(); i-- > 0;) {
    auto byte = static_cast<uint8_t>(pattern[i]);
    int32_t next = child(node, byte);
    if (next < 0) {
      next = static_cast<int32_t>(m_nodes.size());
      Node made;
      made.byte = byte;
      made.sibling = m_nodes[static_cast<size_t>(node)].firstChild;
      m_nodes.push_back(made);
      m_nodes[static_cast<size_t>(node)].firstChild = next;
      if (node == 0)
        m_rootChildren[byte] = next;
    }
    node = next;
  }
  Node& last = m_nodes[static_cast<size_t>(node)];
  if (last.output < 0) {
    last.output = static_cast<int32_t>(id);
    last.length = static_cast<uint32_t>(pattern.size());
  }
}

void LongestMatcher::finish() {
  std::vector<int32_t> queue;
  queue.reserve(m_nodes.size());
  for (int32_t at = m_nodes[0].firstChild; at >= 0; at = m_nodes[static_cast<size_t>(at)].sibling)
    queue.push_back(at);
  for (size_t head = 0; head < queue.size(); ++head) {
    int32_t parent = queue[head];
    for (int32_t at = m_nodes[static_cast<size_t>(parent)].firstChild; at >= 0; at = m_nodes[static_cast<size_t>(at)].sibling) {
      Node& node = m_nodes[static_cast<size_t>(at)];
      int32_t fail = m_nodes[static_cast<size_t>(parent)].fail;
      int32_t found;
      while ((found = child(fail, node.byte)) < 0 && fail != 0)
        fail = m_nodes[static_cast<size_t>(fail)].fail;
      node.fail = std::max(found, 0);
      if (node.output < 0) {
        node.output = m_nodes[static_cast<size_t>(node.fail)].output;
        node.length = m_nodes[static_cast<size_t>(node.fail)].length;
      }
      queue.push_back(at);
    }
  }
}

void LongestMatcher::find(std::string_view text, std::vector<Hit>& hits) const {
  hits.clear();
  if (empty())
    return;
  int32_t state = 0;
  for (size_t i = text.size(); i-- > 0;) {
    auto byte = static_cast<uint8_t>(text[i]);
    if (state == 0 && m_rootChildren[byte] < 0)
      continue;
    int32_t next;
    while ((next = child(state, byte)) < 0 && state != 0)
      state = m_nodes[static_cast<size_t>(state)].fail;
    state = std::max(next, 0);
    const Node& node = m_nodes[static_cast<size_t>(state)];
    if (node.output >= 0)
      hits.push_back({static_cast<uint32_t>(i), static_cast<uint32_t>(i) + node.length, static_cast<uint32_t>(node.output)});
  }
  std::reverse(hits.begin(), hits.end());
  size_t kept = 0, done = 0;
  for (const Hit& hit : hits) {
    if (hit.begin < done)
      continue;
    hits[kept++] = hit;
    done = hit.end;
  }
  hits.resize(kept);
}

void AddedTokens::split(std::string_view text, bool normalizedText, bool parseSpecial, std::vector<TextPart>& parts) const {
  parts.clear();
  const LongestMatcher& matcher = normalizedText ? m_normalizedMatcher : m_plainMatcher;
  std::vector<LongestMatcher::Hit> hits;
  matcher.find(text, hits);
  size_t done = 0, spaceChecked = 0, spaceUntil = 0; // white space behind a token is measured once
  auto add = [&](size_t begin, size_t end, int32_t id) { parts.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), id}); };
  for (const LongestMatcher::Hit& hit : hits) {
    const AddedToken& token = m_byId.at(static_cast<int32_t>(hit.pattern));
    size_t begin = hit.begin, end = hit.end;
    if (!parseSpecial && m_special.contains(token.content))
      continue;
    if (token.singleWord && !standsAlone(text, begin, end))
      continue;
    if (token.lstrip) {
      size_t from = std::min(done, begin); // spaces that the token before has taken stay with it
      begin = std::max(begin - spaceBefore(text.substr(from, begin - from)), done);
    }
    if (token.rstrip) {
      if (end >= spaceUntil || end < spaceChecked) {
        spaceChecked = end;
        spaceUntil = end + spaceAfter(text.substr(end));
      }
      end = spaceUntil;
    }
    if (done < begin)
      add(done, begin, -1);
    add(begin, end, static_cast<int32_t>(hit.pattern));
    done = end;
  }
  if (done < text.size())
    add(done, text.size(), -1);
}

} // namespace lathe::text
