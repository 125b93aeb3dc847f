// SPDX-License-Identifier: Apache-2.0
// Added tokens: found in the text before the model sees it, leftmost first, the longest of those.
#pragma once

#include "core/text/tokenizer_text.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace lathe::text {

struct AddedToken {
  std::string content;
  bool singleWord = false, lstrip = false, rstrip = false, normalized = true, special = false;
  bool operator==(const AddedToken&) const = default;
};

/// Longest match at every position in one pass from the end to the beginning (Aho & Corasick 1975, on reversed patterns): linear in
/// the text, whatever the patterns are.
class LongestMatcher {
public:
  struct Hit {
    uint32_t begin, end;
    uint32_t pattern;
  };
  LongestMatcher() { reset(); }
  void reset();
  void add(std::string_view pattern, uint32_t id); // empty patterns and repeated ones are ignored
  void finish();
  bool empty() const { return m_nodes.size() == 1; }
  /// Non-overlapping leftmost-longest hits, in order.
  void find(std::string_view text, std::vector<Hit>& hits) const;

private:
  struct Node {
    int32_t fail = 0, output = -1, firstChild = -1, sibling = -1; // output: the longest pattern that ends here, of this node or by fail links
    uint32_t length = 0;                                          // of that pattern
    uint8_t byte = 0;
  };
  int32_t child(int32_t node, uint8_t byte) const;
  std::vector<Node> m_nodes;
  std::vector<int32_t> m_rootChildren;
};

/// A part of a text: plain, or one added token.
struct TextPart {
  uint32_t begin, end;
  int32_t id; // −1: plain
};

class AddedTokens {
public:
  /// Id rules of Hugging Face: a token the model knows keeps the model's id, others count up from the vocabulary's size.
  template <class ModelLookup>
  void add(const AddedToken& token, int32_t modelSize, const ModelLookup& modelId) {
    if (token.special && !token.content.empty() && m_special.insert(token.content).second)
      m_specialOrder.push_back(token);
    if (token.content.empty())
      return;
    auto known = m_ids.find(token.content);
    if (known != m_ids.end() && m_byId.at(known->second) == token)
      return;
    int32_t id = known != m_ids.end() ? known->second : modelId(token.content);
    if (id < 0)
      id = m_nextNew = std::max(modelSize, m_nextNew + 1);
    m_highest = std::max(m_highest, id);
    m_ids[token.content] = id;
    m_byId[id] = token;
    m_order.push_back(token);
  }
  /// Builds the automata (anew, when tokens were added since); `normalize` maps the content of tokens that are looked for in normalized text.
  template <class Normalize>
  void finish(const Normalize& normalize) {
    m_plainMatcher.reset();
    m_normalizedMatcher.reset();
    auto insert = [&](const AddedToken& token) {
      auto id = static_cast<uint32_t>(m_ids.at(token.content));
      if (!token.normalized)
        return m_plainMatcher.add(token.content, id);
      std::string content = normalize(token.content);
      m_normalizedMatcher.add(content, id);
      if (content != token.content)
        m_normalizedContent[static_cast<int32_t>(id)] = std::move(content);
    };
    for (const AddedToken& token : m_specialOrder)
      insert(token);
    for (const AddedToken& token : m_order)
      if (!m_special.contains(token.content))
        insert(token);
    m_normalizedMatcher.finish();
    m_plainMatcher.finish();
  }

  /// Parts that cover the text. `parseSpecial` false leaves special tokens as plain text.
  void split(std::string_view text, bool normalizedText, bool parseSpecial, std::vector<TextPart>& parts) const;

  const AddedToken* byId(int32_t id) const {
    auto found = m_byId.find(id);
    return found == m_byId.end() ? nullptr : &found->second;
  }
  int32_t idOf(const std::string& content) const {
    auto found = m_ids.find(content);
    return found == m_ids.end() ? -1 : found->second;
  }
  /// What decoding writes: tokens that are looked for in normalized text come back normalized.
  const std::string* decodedContent(int32_t id) const {
    if (auto found = m_normalizedContent.find(id); found != m_normalizedContent.end())
      return &found->second;
    const AddedToken* token = byId(id);
    return token ? &token->content : nullptr;
  }
  bool isSpecialText(const std::string& content) const { return m_special.contains(content); }
  int32_t highestId() const { return m_highest; }

private:
  std::unordered_map<std::string, int32_t> m_ids;
  std::unordered_map<int32_t, AddedToken> m_byId;
  std::unordered_map<int32_t, std::string> m_normalizedContent;
  std::unordered_set<std::string> m_special;
  std::vector<AddedToken> m_order, m_specialOrder;
  int32_t m_highest = -1, m_nextNew = -1;
  LongestMatcher m_plainMatcher, m_normalizedMatcher;
};

} // namespace lathe::text
