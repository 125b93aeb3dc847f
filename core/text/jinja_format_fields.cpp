// SPDX-License-Identifier: Apache-2.0
// str.format in the sandbox (https://docs.python.org/3/library/string.html#format-string-syntax).
#include "core/text/jinja_format.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::text::jinja {
namespace {

class FieldFormat {
public:
  FieldFormat(Evaluator& evaluator, const Arguments& arguments) : m_evaluator(evaluator), m_arguments(arguments) {}

  std::string run(const std::string& text, int depth) {
    if (depth > 2)
      failRuntime("ValueError: Max string recursion exceeded");
    std::string out;
    for (size_t i = 0; i < text.size();) {
      const char c = text[i];
      if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c && depth == 1) {
        out += c;
        i += 2;
      } else if (c == '}') {
        failRuntime("ValueError: Single '}' encountered in format string");
      } else if (c == '{') {
        const size_t end = closing(text, i);
        out += field(text.substr(i + 1, end - i - 1), depth);
        i = end + 1;
      } else {
        out += c;
        ++i;
      }
      if (out.size() > limits::kTemplateOutputBytes)
        failLimit("A formatted text is too long.");
    }
    return out;
  }

private:
  static size_t closing(const std::string& text, size_t open) {
    int nested = 1;
    for (size_t i = open + 1; i < text.size(); ++i) {
      if (text[i] == '{')
        ++nested;
      else if (text[i] == '}' && --nested == 0)
        return i;
      else if (text[i] == '[' && nested == 1)
        if (const size_t close = text.find(']', i); close != std::string::npos)
          i = close;
    }
    failRuntime(open + 1 == text.size() ? "ValueError: Single '{' encountered in format string" : "ValueError: expected '}' before end of string");
  }

  std::string field(const std::string& inside, int depth) {
    size_t name = 0;
    for (; name < inside.size() && inside[name] != ':' && inside[name] != '!'; ++name)
      if (inside[name] == '[')
        name = std::min(inside.find(']', name), inside.size() - 1);
    Value value = lookedUp(inside.substr(0, name));
    size_t at = name;
    if (at < inside.size() && inside[at] == '!') {
      const char conversion = at + 1 < inside.size() ? inside[at + 1] : ' ';
      if (at + 2 < inside.size() && inside[at + 2] != ':')
        failRuntime("ValueError: expected ':' after conversion specifier");
      if (conversion != 's' && conversion != 'r' && conversion != 'a')
        failRuntime(fmt::format("ValueError: Unknown conversion specifier {}", conversion));
      const std::string text = conversion == 's' ? toText(value) : repr(value);
      value = Value::fromString(conversion == 'a' ? asciiOnly(text) : text);
      at += 2;
    }
    return formattedValue(value, at < inside.size() ? run(inside.substr(at + 1), depth + 1) : std::string());
  }

  Value lookedUp(const std::string& name) {
    const size_t end = std::min(name.find_first_of(".["), name.size());
    const std::string first = name.substr(0, end);
    const bool number = !first.empty() && std::all_of(first.begin(), first.end(), [](unsigned char c) { return std::isdigit(c); });
    Value value = number || first.empty() ? positional(first) : named(first);
    for (size_t at = end; at < name.size();) {
      if (name[at] == '.') {
        const size_t next = std::min(name.find_first_of(".[", at + 1), name.size());
        value = m_evaluator.attribute(value, name.substr(at + 1, next - at - 1));
        at = next;
      } else {
        const size_t close = name.find(']', at);
        if (name[at] != '[' || close == std::string::npos)
          failRuntime("ValueError: Only '.' or '[' may follow ']' in format field specifier");
        const std::string key = name.substr(at + 1, close - at - 1);
        const bool index = !key.empty() && key.size() < 18 && std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isdigit(c); });
        value = m_evaluator.item(value, index ? Value::fromInt(std::stoll(key)) : Value::fromString(key));
        at = close + 1;
      }
    }
    return value;
  }

  Value positional(const std::string& number) {
    if (number.empty() ? m_manual : m_automatic > 0)
      failRuntime(number.empty() ? "ValueError: cannot switch from manual field specification to automatic field numbering" : "ValueError: cannot switch from automatic field numbering to manual field specification");
    m_manual = m_manual || !number.empty();
    const size_t index = number.empty() ? m_automatic++ : number.size() > 6 ? SIZE_MAX : static_cast<size_t>(std::stoul(number));
    if (index >= m_arguments.positional.size())
      failRuntime("IndexError: Replacement index out of range for positional args tuple");
    return m_arguments.positional[index];
  }

  Value named(const std::string& name) {
    const Value* value = m_arguments.get(SIZE_MAX, name);
    if (!value)
      failRuntime("KeyError: " + repr(Value::fromString(name)));
    return *value;
  }

  Evaluator& m_evaluator;
  const Arguments& m_arguments;
  size_t m_automatic = 0;
  bool m_manual = false;
};

} // namespace

std::string formatFields(Evaluator& evaluator, const std::string& text, const Arguments& arguments) {
  return FieldFormat(evaluator, arguments).run(text, 1);
}

} // namespace lathe::text::jinja
