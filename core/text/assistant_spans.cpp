// SPDX-License-Identifier: Apache-2.0
#include "core/text/assistant_spans.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::text {
namespace {

size_t commonPrefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.begin()).first - a.begin());
}

size_t commonSuffix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.rbegin(), a.rbegin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.rbegin()).first - a.rbegin());
}

bool isBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// Finds the assistant turns of one rendered conversation by rendering variations of it.
class SpanFinder {
public:
  SpanFinder(const ChatTemplate::Request& request, const std::string& text, const TemplateRenderer& render)
      : m_request(request), m_text(text), m_render(render), m_eos(stringOr(request.variables, "eos_token", {})) {}

  ChatTemplate::Rendered find() {
    ChatTemplate::Rendered out;
    out.text = m_text;
    const Json& messages = m_request.messages;
    for (size_t i = 0; i < messages.size(); ++i) {
      if (stringOr(messages[i], "role", {}) != "assistant")
        continue;
      const auto span = locate(i);
      if (!span)
        refuse("TEMPLATE:spans", fmt::format("The chat template hides where assistant message {} begins and ends, so it cannot be trained on. "
                                             "Use a template with generation blocks, or train on all tokens.", i + 1));
      if (!out.assistantSpans.empty() && span->first <= out.assistantSpans.back().second) {
        out.assistantSpans.back().second = std::max(out.assistantSpans.back().second, span->second); // two messages in one turn
      } else {
        out.assistantSpans.push_back(*span);
        out.spanMessages.push_back(static_cast<uint32_t>(i));
      }
      m_floor = out.assistantSpans.back().second;
      m_firstTurn = out.assistantSpans.front().first;
    }
    return out;
  }

private:
  using Span = std::pair<uint32_t, uint32_t>;
  static constexpr const char* kMark = "\uE0F7\uE0F8";

  const ChatTemplate::Request& m_request;
  const std::string& m_text;
  const TemplateRenderer& m_render;
  std::string m_eos;
  size_t m_floor = 0;     // end of the turn before
  size_t m_firstTurn = 0; // begin of the first assistant turn

  std::optional<std::string> rendered(const Json& messages, bool prompt) const {
    ChatTemplate::Request request = m_request;
    request.messages = messages;
    request.addGenerationPrompt = prompt;
    try {
      return m_render(request);
    } catch (const Exception&) {
      return std::nullopt;
    }
  }

  Json first(size_t count) const {
    Json out = Json::array();
    for (size_t i = 0; i < count; ++i)
      out.push_back(m_request.messages[i]);
    return out;
  }

  std::optional<Span> locate(size_t i) const {
    size_t begin = 0, end = 0;
    const auto before = i == 0 ? std::nullopt : rendered(first(i), true);
    const auto after = rendered(first(i + 1), false);
    const bool exact = before && m_text.starts_with(*before) && before->size() >= m_floor;
    auto content = contentRange(i);
    if (const auto calls = content || exact ? std::nullopt : callsRange(i))
      return Span(static_cast<uint32_t>(calls->first), static_cast<uint32_t>(calls->second));
    if (!content)
      content = contentByItsEnd(i, before);
    if (exact)
      begin = before->size();
    else if (content && content->first >= m_floor)
      begin = startOfTurn(*content, before);
    else if (before && after)
      begin = std::max(commonPrefix(m_text, *before), m_floor);
    else
      return std::nullopt;
    if (content && content->second >= begin) {
      end = endOfTurn(content->second);
      // A marker that comes only with the next message ends this turn unless it is how other turns begin ("<|user|>").
      if (after && after->size() < end && after->size() >= content->second && m_text.starts_with(*after) && beginsTurns(content->second, end, begin))
        end = trimmedEnd(after->size(), content->second);
      else if (after && !m_text.starts_with(*after) && endsWithContent(*after, *content) && beginsTurns(content->second, end, begin))
        end = content->second;
    } else if (after) {
      end = commonPrefix(m_text, *after);
      while (end > begin && isBlank(m_text[end - 1]))
        --end;
    }
    // What stands between the content and the end of the turn (tool calls) belongs to the assistant too.
    if (after && hasToolCalls(i))
      end = std::max(end, m_text.starts_with(*after) ? trimmedEnd(after->size(), begin) : callsEnd(i, *after).value_or(end));
    if (end <= begin)
      return std::nullopt;
    return Span(static_cast<uint32_t>(begin), static_cast<uint32_t>(end));
  }

  bool beginsTurns(size_t from, size_t to, size_t turn) const {
    while (from < to && isBlank(m_text[from]))
      ++from;
    return std::string_view(m_text).substr(0, m_floor > 0 ? m_firstTurn : turn).find(std::string_view(m_text).substr(from, to - from)) != std::string_view::npos;
  }

  /// Whether the conversation up to this message ends with its content [first, second) in the whole: with no marker behind it.
  bool endsWithContent(const std::string& after, const std::pair<size_t, size_t>& content) const {
    const auto trimmed = [](std::string_view text) {
      while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
      return text;
    };
    std::string_view text = trimmed(std::string_view(m_text).substr(content.first, content.second - content.first));
    text.remove_prefix(text.find_last_of(" \n\t>") + 1); // the last word: thoughts before it may be left out in one of the two
    return !text.empty() && trimmed(after).ends_with(text);
  }

  /// Where the name of the last tool call ends in a rendering of the first `count` messages; nullopt when the name is not shown.
  std::optional<size_t> callNameEnd(size_t i, size_t count, std::string_view plain, bool prompt) const {
    Json messages = first(count);
    Json& call = messages[i]["tool_calls"].back();
    const Json* function = call.is_object() ? lathe::find(call, "function") : nullptr;
    const std::string name = function ? stringOr(*function, "name", {}) : std::string();
    if (name.empty())
      return std::nullopt;
    call["function"]["name"] = name + kMark;
    const auto marked = rendered(messages, prompt);
    if (!marked)
      return std::nullopt;
    const size_t tail = commonSuffix(plain, *marked);
    const bool shown = std::string_view(*marked).substr(0, marked->size() - tail).ends_with(kMark);
    return shown ? std::optional(plain.size() - tail) : std::nullopt;
  }

  /// The end of a turn with tool calls whose beginning differs from that of the conversation up to it: what follows the last call's name is the same.
  std::optional<size_t> callsEnd(size_t i, const std::string& after) const {
    const auto here = callNameEnd(i, m_request.messages.size(), m_text, m_request.addGenerationPrompt), alone = callNameEnd(i, i + 1, after, false);
    if (!here || !alone)
      return std::nullopt;
    size_t end = *here + commonPrefix(std::string_view(m_text).substr(*here), std::string_view(after).substr(*alone));
    while (end > *here && std::string_view(">]}").find(m_text[end - 1]) == std::string_view::npos)
      --end;
    return end;
  }

  bool hasToolCalls(size_t i) const {
    const Json* calls = lathe::find(m_request.messages[i], "tool_calls");
    return calls && calls->is_array() && !calls->empty();
  }

  size_t trimmedEnd(size_t end, size_t begin) const {
    while (end > begin && isBlank(m_text[end - 1]))
      --end;
    return end;
  }

  /// The content, or the first or last text of a list of parts; nullptr when there is none.
  static std::string* contentText(Json& message, bool first) {
    if (!lathe::find(message, "content"))
      return nullptr;
    Json& content = message["content"];
    if (content.is_string())
      return &content.get_ref<std::string&>();
    if (!content.is_array())
      return nullptr;
    std::string* out = nullptr;
    for (Json& part : content)
      if (part.is_object() && lathe::find(part, "text") && part["text"].is_string() && (!first || !out))
        out = &part["text"].get_ref<std::string&>();
    return out;
  }

  /// Bytes of the message's content in the text, seen from renderings with a mark before and behind it.
  std::optional<std::pair<size_t, size_t>> contentRange(size_t i) const {
    const auto marked = [&](bool atFront) -> std::optional<std::string> {
      Json messages = m_request.messages;
      std::string* text = messages[i].is_object() ? contentText(messages[i], atFront) : nullptr;
      if (!text)
        return std::nullopt;
      text->insert(atFront ? 0 : text->size(), kMark);
      return rendered(messages, m_request.addGenerationPrompt);
    };
    const auto front = marked(true), back = marked(false);
    if (!front || !back)
      return std::nullopt;
    const size_t begin = commonPrefix(m_text, *front), tail = commonSuffix(m_text, *back);
    if (front->substr(begin, std::string_view(kMark).size()) != kMark)
      return std::nullopt;
    const std::string_view rest = std::string_view(*back).substr(0, back->size() - tail);
    if (!rest.ends_with(kMark) || m_text.size() - tail < begin)
      return std::nullopt;
    return std::pair(begin, m_text.size() - tail);
  }

  /// Where the template shows only the end of the content (it drops thoughts): from the generation prompt, found again, to that end.
  std::optional<std::pair<size_t, size_t>> contentByItsEnd(size_t i, const std::optional<std::string>& before) const {
    const Json* content = lathe::find(m_request.messages[i], "content");
    if (!content || !content->is_string() || !before)
      return std::nullopt;
    Json messages = m_request.messages;
    messages[i]["content"] = content->get_ref<const std::string&>() + kMark;
    const auto back = rendered(messages, m_request.addGenerationPrompt);
    if (!back)
      return std::nullopt;
    const size_t tail = commonSuffix(m_text, *back), end = m_text.size() - tail;
    if (!std::string_view(*back).substr(0, back->size() - tail).ends_with(kMark) || end < m_floor)
      return std::nullopt;
    const size_t begin = startOfTurn({end, end}, before);
    return begin < end ? std::optional(std::pair(begin, end)) : std::nullopt;
  }

  /// A turn of tool calls without content: from the end of the message before to the eos token behind the last call.
  std::optional<std::pair<size_t, size_t>> callsRange(size_t i) const {
    if (i == 0 || !hasToolCalls(i) || m_eos.empty())
      return std::nullopt;
    const auto previous = contentRange(i - 1);
    const auto following = i + 1 < m_request.messages.size() ? contentRange(i + 1) : std::nullopt;
    const auto nameEnd = callNameEnd(i, m_request.messages.size(), m_text, m_request.addGenerationPrompt);
    if (!previous || !nameEnd)
      return std::nullopt;
    const size_t begin = std::max(endOfTurn(previous->second), m_floor), eos = m_text.find(m_eos, *nameEnd);
    if (begin >= *nameEnd || eos == std::string::npos || (following && eos > following->first))
      return std::nullopt;
    return std::pair(begin, eos + m_eos.size());
  }

  /// The content's begin, or earlier where the generation prompt ends the same way (thinking blocks, a space).
  size_t startOfTurn(const std::pair<size_t, size_t>& content, const std::optional<std::string>& before) const {
    size_t begin = content.first;
    if (before && !before->empty()) {
      // The last line of the prompt ("<|im_start|>assistant\n", "[/INST]") found again in front of the content.
      const std::string_view prompt(*before);
      const std::string_view window = std::string_view(m_text).substr(m_floor, begin - m_floor);
      for (const size_t length : {size_t{24}, size_t{12}, size_t{7}}) {
        if (prompt.size() < length)
          continue;
        if (const size_t hit = window.rfind(prompt.substr(prompt.size() - length)); hit != std::string_view::npos)
          return m_floor + hit + length;
      }
    }
    while (begin > m_floor && m_text[begin - 1] == ' ')
      --begin;
    return begin;
  }

  /// Behind the marker that ends the turn: the eos token, <…> or […]; white space before it belongs to it.
  size_t endOfTurn(size_t at) const {
    size_t marker = at;
    while (marker < m_text.size() && isBlank(m_text[marker]))
      ++marker;
    const std::string_view rest = std::string_view(m_text).substr(marker);
    if (!m_eos.empty() && rest.starts_with(m_eos))
      return marker + m_eos.size();
    if (rest.empty() || (rest[0] != '<' && rest[0] != '['))
      return at;
    const size_t close = rest.find(rest[0] == '<' ? '>' : ']');
    if (close == std::string_view::npos || close > 80 || rest.substr(0, close).find_first_of(" \n\t") != std::string_view::npos)
      return at;
    return marker + close + 1;
  }
};

} // namespace

ChatTemplate::Rendered findAssistantSpans(const ChatTemplate::Request& request, const std::string& text, const TemplateRenderer& render) {
  return SpanFinder(request, text, render).find();
}

} // namespace lathe::text
