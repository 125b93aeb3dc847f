// SPDX-License-Identifier: Apache-2.0
#include "core/data/row_content.h"

#include "core/base/hash.h"
#include "core/text/normalizer.h"
#include "core/text/unicode_classes.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::data {
namespace {

constexpr size_t kLineCharacters = 120;

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

uint64_t mixed(uint64_t x) { // SplitMix64 (Steele, Lea, Flood 2014)
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

/// NFC and lower case.
std::string folded(std::string_view text) {
  if (isAscii(text)) {
    std::string out(text);
    for (char& c : out)
      if (c >= 'A' && c <= 'Z')
        c = static_cast<char>(c + ('a' - 'A'));
    return out;
  }
  static const auto normalizer = text::Normalizer::fromJson(Json::parse(R"({"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "NFC"}]})"));
  text::TracedText out;
  normalizer->apply({text, nullptr, 0}, out);
  return std::move(out.text);
}

/// Scripts that put no space between words.
bool isWordByItself(char32_t c) {
  return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF) || (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

void appendWords(std::string_view raw, std::vector<uint64_t>& words) {
  const std::string content = folded(raw);
  uint64_t word = 0;
  const auto end = [&] {
    if (word != 0)
      words.push_back(mixed(word));
    word = 0;
  };
  for (size_t at = 0; at < content.size();) {
    const text::CodePoint c = text::codePointAt(content, at);
    at += c.length;
    if ((text::characterClass(c.value) & (text::kLetter | text::kNumber | text::kMark)) == 0) {
      end();
    } else if (isWordByItself(c.value)) {
      end();
      words.push_back(mixed(c.value));
    } else {
      word = (word ^ (c.value + 0x100)) * 0x100000001B3ull + 0x9E3779B9u;
    }
  }
  end();
}

bool isShared(const Json& message) { return stringOr(message, "role", "") == "system"; }

const std::string* contentOfMessage(const Json& message) {
  const Json* content = find(message, "content");
  return content && content->is_string() ? &content->get_ref<const std::string&>() : nullptr;
}

/// Words of the messages; `shared`: of system messages too.
void messageWords(const Sample& sample, bool shared, std::vector<uint64_t>& words) {
  for (const Json& message : sample.messages) {
    if (isShared(message) && !shared)
      continue;
    if (const std::string* content = contentOfMessage(message))
      appendWords(*content, words);
    if (const Json* calls = find(message, "tool_calls"))
      appendWords(dumpJson(*calls), words);
  }
}

std::vector<uint64_t> wordsOf(const Sample& sample) {
  std::vector<uint64_t> out;
  switch (sample.shape) {
  case DatasetShape::Tokens:
    for (const int32_t id : sample.ids)
      out.push_back(mixed(static_cast<uint64_t>(id)));
    break;
  case DatasetShape::Text:
    appendWords(sample.text, out);
    break;
  case DatasetShape::Messages:
  case DatasetShape::Alpaca:
    messageWords(sample, false, out);
    if (out.empty())
      messageWords(sample, true, out);
    break;
  }
  return out;
}

} // namespace

std::string normalizedContent(std::string_view text) {
  std::string composed(text);
  if (!isAscii(text)) {
    text::TracedText out;
    text::normalizeUnicode({text, nullptr, 0}, out, true, false);
    composed = std::move(out.text);
  }
  std::string out;
  out.reserve(composed.size());
  bool space = false;
  for (size_t at = 0; at < composed.size();) {
    const text::CodePoint c = text::codePointAt(composed, at);
    if (text::characterClass(c.value) & text::kSpace) {
      space = true;
    } else {
      if (space && !out.empty())
        out += ' ';
      space = false;
      out.append(composed, at, c.length);
    }
    at += c.length;
  }
  return out;
}

ContentHash contentHashOf(const Sample& sample) {
  Hasher hasher;
  const auto add = [&hasher](std::string_view kind, std::string_view content) {
    hasher.add(fmt::format("{}:{}:", kind, content.size()));
    hasher.add(content);
  };
  if (sample.shape == DatasetShape::Tokens)
    hasher.add(std::as_bytes(std::span(sample.ids)));
  else if (sample.shape == DatasetShape::Text)
    add("text", normalizedContent(sample.text));
  else
    for (const Json& message : sample.messages) {
      Json rest = message;
      rest.erase("content");
      add("message", dumpJson(rest));
      if (const std::string* content = contentOfMessage(message))
        add("content", normalizedContent(*content));
      else if (const Json* content = find(message, "content"))
        add("parts", dumpJson(*content));
    }
  if (!sample.tools.is_null())
    add("tools", dumpJson(sample.tools));
  const std::string hex = hasher.hex();
  return {std::stoull(hex.substr(0, 16), nullptr, 16), std::stoull(hex.substr(16), nullptr, 16)};
}

std::vector<uint64_t> shinglesOf(const Sample& sample, uint64_t shingleWords) {
  const std::vector<uint64_t> words = wordsOf(sample);
  if (words.empty())
    return {contentHashOf(sample)[0]};
  const size_t width = std::clamp<size_t>(shingleWords, 1, words.size());
  std::vector<uint64_t> out;
  out.reserve(words.size() - width + 1);
  for (size_t begin = 0; begin + width <= words.size(); ++begin) {
    uint64_t hash = width;
    for (size_t i = begin; i < begin + width; ++i)
      hash = mixed(hash ^ words[i]);
    out.push_back(hash);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

double jaccard(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  size_t common = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    common += a[i] == b[j];
    const bool left = a[i] <= b[j], right = b[j] <= a[i];
    i += left;
    j += right;
  }
  const size_t all = a.size() + b.size() - common;
  return all == 0 ? 1 : static_cast<double>(common) / static_cast<double>(all);
}

std::string contentLine(const Sample& sample) {
  std::string all;
  if (sample.shape == DatasetShape::Tokens)
    for (size_t i = 0; i < std::min<size_t>(sample.ids.size(), 24); ++i)
      all += fmt::format("{}{}", i == 0 ? "" : " ", sample.ids[i]);
  else if (sample.shape == DatasetShape::Text)
    all = sample.text.substr(0, 8 * kLineCharacters);
  else
    for (const Json& message : sample.messages)
      if (const std::string* content = contentOfMessage(message); content && !isShared(message) && all.size() < 4 * kLineCharacters)
        all += (all.empty() ? "" : " → ") + content->substr(0, 4 * kLineCharacters);
  all = normalizedContent(text::repairedUtf8(all));
  size_t at = 0, characters = 0;
  for (; at < all.size() && characters < kLineCharacters; ++characters)
    at += text::codePointAt(all, at).length;
  return at < all.size() ? all.substr(0, at) + "…" : all;
}

} // namespace lathe::data
