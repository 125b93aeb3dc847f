// SPDX-License-Identifier: Apache-2.0
#include "core/text/normalizer.h"

#include "core/text/normalizer_parts.h"

#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"

#include <fmt/format.h>
#include <utf8proc.h>

namespace lathe::text {
namespace {

/// A normalizer that is one function.
class FunctionNormalizer : public Normalizer {
public:
  using Function = std::function<void(const TracedView&, TracedText&)>;
  explicit FunctionNormalizer(Function function) : m_function(std::move(function)) {}
  void apply(const TracedView& in, TracedText& out) const override { m_function(in, out); }

private:
  Function m_function;
};

class SequenceNormalizer : public Normalizer {
public:
  std::vector<std::unique_ptr<const Normalizer>> parts;
  void apply(const TracedView& in, TracedText& out) const override {
    if (parts.empty())
      return out.copy(in, 0, in.text.size());
    TracedText current(out.traced);
    for (size_t i = 0; i < parts.size(); ++i) {
      TracedText next(out.traced);
      parts[i]->apply(i == 0 ? in : current.view(), next);
      current = std::move(next);
    }
    out = std::move(current);
  }
};

void replaceAll(const TokenPattern& pattern, const std::string& content, const TracedView& in, TracedText& out) {
  std::vector<TextRange> matches;
  pattern.findAll(in.text, matches);
  size_t done = 0;
  for (const TextRange& match : matches) {
    out.copy(in, done, match.begin);
    auto at = match.begin < in.text.size() ? in.originAt(match.begin).first : 0u;
    out.add(content, match.begin == match.end ? Origin{at, at} : originOf(in, match.begin, match.end));
    done = match.end;
  }
  out.copy(in, done, in.text.size());
}

void strip(const TracedView& in, TracedText& out, bool left, bool right) {
  size_t begin = 0, end = in.text.size();
  while (left && begin < end && (characterClass(codePointAt(in.text, begin).value) & kSpace))
    begin += codePointAt(in.text, begin).length;
  while (right && end > begin) {
    CodePoint c = lastCodePoint(in.text.substr(0, end));
    if (!(characterClass(c.value) & kSpace))
      break;
    end -= c.length;
  }
  out.copy(in, begin, end);
}

void stripAccents(const TracedView& in, TracedText& out) {
  for (size_t i = 0; i < in.text.size();) {
    CodePoint c = codePointAt(in.text, i);
    if (!(characterClass(c.value) & kMark))
      out.copy(in, i, i + c.length);
    i += c.length;
  }
}

void byteLevel(const TracedView& in, TracedText& out) {
  for (size_t i = 0; i < in.text.size(); ++i) {
    std::string piece;
    appendUtf8(piece, byteCharacter(static_cast<uint8_t>(in.text[i])));
    out.add(piece, in.originAt(i));
  }
}

std::unique_ptr<const Normalizer> make(FunctionNormalizer::Function function) {
  return std::make_unique<FunctionNormalizer>(std::move(function));
}

std::unique_ptr<const Normalizer> makeUnicode(bool compose, bool compatibility) {
  return make([=](const TracedView& in, TracedText& out) { normalizeUnicode(in, out, compose, compatibility); });
}

std::unique_ptr<const Normalizer> makePrepend(const std::string& mark) {
  return make([mark](const TracedView& in, TracedText& out) {
    if (in.text.empty())
      return;
    uint32_t at = in.originAt(0).first;
    out.add(mark, {at, at});
    out.copy(in, 0, in.text.size());
  });
}

std::unique_ptr<const Normalizer> makeReplace(const Json& json) {
  const Json* pattern = find(json, "pattern");
  if (!pattern)
    refuse("REJ:TOKENIZER_NORMALIZER", "The Replace normalizer of the tokenizer has no pattern.");
  return make([compiled = TokenPattern::fromJson(*pattern), content = stringOr(json, "content", "")](const TracedView& in, TracedText& out) {
    replaceAll(compiled, content, in, out);
  });
}

} // namespace

void lowercaseText(const TracedView& in, TracedText& out) {
  for (size_t i = 0; i < in.text.size();) {
    CodePoint c = codePointAt(in.text, i);
    std::string lower;
    if (c.value == 0x130)
      lower = "i\xCC\x87"; // the one character whose lower case is two
    else
      appendUtf8(lower, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c.value))));
    if (lower == in.text.substr(i, c.length))
      out.copy(in, i, i + c.length);
    else
      out.add(lower, originOf(in, i, i + c.length));
    i += c.length;
  }
}

void dropNonspacingMarks(const TracedView& in, TracedText& out) {
  for (size_t i = 0; i < in.text.size();) {
    CodePoint c = codePointAt(in.text, i);
    if (!(characterClass(c.value) & kNonspacing))
      out.copy(in, i, i + c.length);
    i += c.length;
  }
}

std::unique_ptr<const Normalizer> Normalizer::fromJson(const Json& json) {
  if (json.is_null())
    return nullptr;
  std::string type = stringOr(json, "type", "");
  if (type == "Sequence") {
    auto out = std::make_unique<SequenceNormalizer>();
    if (const Json* parts = find(json, "normalizers"); parts && parts->is_array())
      for (const Json& part : *parts)
        if (auto made = fromJson(part))
          out->parts.push_back(std::move(made));
    return out;
  }
  if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD")
    return makeUnicode(type.back() == 'C', type.size() == 4);
  if (type == "Prepend")
    return makePrepend(stringOr(json, "prepend", ""));
  if (type == "Replace")
    return makeReplace(json);
  if (type == "Lowercase")
    return make(lowercaseText);
  if (type == "StripAccents")
    return make(stripAccents);
  if (type == "ByteLevel")
    return make(byteLevel);
  if (type == "Strip")
    return make([left = boolOr(json, "strip_left", true), right = boolOr(json, "strip_right", true)](const TracedView& in, TracedText& out) {
      strip(in, out, left, right);
    });
  if (auto made = tableNormalizer(type, json))
    return made;
  throw Exception(ErrorKind::Unsupported, fmt::format("This tokenizer normalizes with \"{}\", which Lathe does not support; it reads the kinds that BPE and Unigram tokenizers use.", type));
}

} // namespace lathe::text
