// SPDX-License-Identifier: Apache-2.0
// Search through what was said in all conversations: in slices, so that what a person writes meanwhile is stored at once.
#include "core/engine/chats_internal.h"

#include "core/text/fold.h"

#include <algorithm>
#include <chrono>

namespace lathe::engine {
namespace {

constexpr size_t kQueryBytes = 1000, kExcerptBytes = 48;
constexpr int64_t kMostHits = 200;
constexpr double kSliceSeconds = 0.02, kAllSeconds = 3;

bool isInsideCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// One line around [at, at + length), cut between characters.
std::string excerptOf(const std::string& text, size_t at, size_t length) {
  size_t begin = at > kExcerptBytes ? at - kExcerptBytes : 0, end = std::min(text.size(), at + length + 2 * kExcerptBytes);
  while (begin > 0 && isInsideCharacter(text[begin]))
    --begin;
  while (end < text.size() && isInsideCharacter(text[end]))
    ++end;
  std::string out = (begin > 0 ? "…" : "") + text.substr(begin, end - begin) + (end < text.size() ? "…" : "");
  std::replace_if(out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return out;
}

} // namespace

struct Chats::Search {
  rpc::Reply reply;
  text::FoldedFinder finder;
  int64_t limit = 0, before = INT64_MAX;
  uint64_t number = 0;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  std::vector<api::ChatHit> hits;
};

void Chats::search(const Json& params, const rpc::Reply& reply) {
  const std::string text = stringOr(params, "text", "");
  if (text.empty() || text.size() > kQueryBytes)
    refuse("REJ:FIELD", fmt::format("Search for 1 to {} bytes of text.", kQueryBytes));
  auto search = std::make_shared<Search>(Search{reply, text::FoldedFinder(text), std::clamp<int64_t>(intOr(params, "limit", 50), 1, kMostHits)});
  search->number = ++m_searches;
  searchOn(search);
}

void Chats::searchOn(const std::shared_ptr<Search>& search) {
  m_context.store.post([this, search](store::Store& s) {
    const auto part = capture([&] {
      return s.searchChats([&](const std::string& text) -> std::string {
        const auto found = search->finder.find(text);
        return found ? excerptOf(text, found->first, found->second) : std::string();
      }, search->before, search->limit - static_cast<int64_t>(search->hits.size()), kSliceSeconds);
    });
    if (!part.ok()) {
      search->reply(part.error());
      return;
    }
    search->hits.insert(search->hits.end(), part->hits.begin(), part->hits.end());
    search->before = part->before;
    const bool late = std::chrono::steady_clock::now() - search->begin > std::chrono::duration<double>(kAllSeconds);
    if (part->before == 0 || late || search->number != m_searches || static_cast<int64_t>(search->hits.size()) >= search->limit)
      search->reply(Json{{"hits", api::encode(search->hits)}, {"more", part->before != 0}});
    else
      searchOn(search);
  });
}

} // namespace lathe::engine
