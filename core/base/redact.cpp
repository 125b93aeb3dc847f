// SPDX-License-Identifier: Apache-2.0
#include "core/base/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>

namespace lathe {
namespace {

constexpr const char* kRemoved = "<removed>";
constexpr std::array<std::string_view, 12> kTokenStarts = {"hf_", "sk-", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA", "AIza", "wandb_"};
constexpr std::array<std::string_view, 16> kSecretKeys = {"token", "api_key", "apikey", "api-key", "password", "passwd", "secret", "authorization", "bearer",
                                                          "secret_access_key", "access_key", "private_key", "secret_key", "passphrase", "credential", "cookie"};
constexpr size_t kShortestToken = 12;

bool isTokenCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || c == '+' || c == '/' || c == '=' || c == '~'; }
bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

void replaceAll(std::string& text, const std::string& what, const std::string& with, bool wholeWord) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    const bool begins = at == 0 || !isWordCharacter(text[at - 1]), ends = at + what.size() >= text.size() || !isWordCharacter(text[at + what.size()]);
    if (wholeWord && !(begins && ends)) {
      at += what.size();
      continue;
    }
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

/// Whether `key` stands at `at` in any case, as the end of a word: "hf_token" counts, "tokenizer" and "tokens" do not.
bool keyAt(std::string_view text, size_t at, std::string_view key) {
  if (at + key.size() > text.size())
    return false;
  for (size_t i = 0; i < key.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(text[at + i])) != key[i])
      return false;
  return at + key.size() == text.size() || !isWordCharacter(text[at + key.size()]);
}

/// Where the value after a key begins: past `": "`, `=`, `: Bearer `; npos when no value follows.
size_t valueAfterKey(std::string_view text, size_t at, bool bearer) {
  const size_t start = at;
  while (at < text.size() && (text[at] == '"' || text[at] == '\'' || text[at] == ' ' || text[at] == ':' || text[at] == '='))
    ++at;
  const std::string_view between = text.substr(start, at - start);
  if (!bearer && between.find_first_of(":=") == std::string_view::npos)
    return std::string_view::npos;
  if (at < text.size() && keyAt(text, at, "bearer"))
    return valueAfterKey(text, at + 6, true);
  return between.empty() ? std::string_view::npos : at;
}

size_t tokenEnd(std::string_view text, size_t at) {
  while (at < text.size() && isTokenCharacter(text[at]))
    ++at;
  return at;
}

/// A value after a key ends where its quotes do, or at a blank, comma or bracket.
size_t valueEnd(std::string_view text, size_t at) {
  const char quote = at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'') ? text[at - 1] : '\0';
  while (at < text.size() && (quote ? text[at] != quote && text[at] != '\n' : !std::strchr(" \t\r\n,;\"')}]", text[at])))
    ++at;
  return at;
}

/// "user:password" of an address such as http://user:password@host; empty range: none at `at`, which is behind "://".
std::pair<size_t, size_t> loginAt(std::string_view text, size_t at) {
  const size_t end = text.find_first_of("/@ \t\r\n\"'", at);
  return end != std::string_view::npos && text[end] == '@' && end > at ? std::pair(at, end) : std::pair(at, at);
}

/// First and last character of a secret that begins at or after `at` because of what stands before it; empty range: none here.
std::pair<size_t, size_t> secretAt(std::string_view text, size_t at) {
  const bool begins = at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1]));
  if (begins)
    for (const auto start : kTokenStarts)
      if (text.substr(at, start.size()) == start && tokenEnd(text, at) - at >= kShortestToken)
        return {at, tokenEnd(text, at)};
  if (begins)
    for (const auto key : kSecretKeys)
      if (keyAt(text, at, key)) {
        const size_t value = valueAfterKey(text, at + key.size(), key == "bearer");
        if (value != std::string_view::npos && valueEnd(text, value) > value && text.substr(value, 4) != "null" && text.substr(value, 4) != "true" && text.substr(value, 5) != "false")
          return {value, valueEnd(text, value)};
      }
  return at >= 3 && text.substr(at - 3, 3) == "://" ? loginAt(text, at) : std::pair(at, at);
}

void removePrivateKeys(std::string& text) {
  static const std::string begin = "-----BEGIN ", end = "-----END ";
  for (size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
    const size_t close = text.find(end, at);
    const size_t last = close == std::string::npos ? text.size() : std::min(text.find("-----", close + end.size()), text.size() - 5) + 5;
    text.replace(at, last - at, kRemoved);
  }
}

} // namespace

std::string redact(std::string_view given, const std::string& home, const std::string& user) {
  std::string text(given);
  removePrivateKeys(text);
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto [first, last] = secretAt(text, at);
    if (last == first) {
      out += text[at++];
      continue;
    }
    out.append(text, at, first - at);
    out += kRemoved;
    at = last;
  }
  if (home.size() > 1)
    replaceAll(out, home, "~", false);
  if (user.size() > 2 && user != "root")
    replaceAll(out, user, "USER", true);
  return out;
}

std::string redact(std::string_view text) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  return redact(text, variable("HOME"), variable("USER"));
}

} // namespace lathe
