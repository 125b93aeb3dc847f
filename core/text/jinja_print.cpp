// SPDX-License-Identifier: Apache-2.0
// How values look: Python's str() and repr(), and json.dumps().
#include "core/text/jinja_value.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lathe::text::jinja {
namespace {

bool printable(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
  case UTF8PROC_CATEGORY_CC:
  case UTF8PROC_CATEGORY_CF:
  case UTF8PROC_CATEGORY_CS:
  case UTF8PROC_CATEGORY_CO:
  case UTF8PROC_CATEGORY_CN:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
    return false;
  case UTF8PROC_CATEGORY_ZS:
    return c == ' ';
  default:
    return true;
  }
}

std::string stringRepr(std::string_view text) {
  const bool doubleQuotes = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = doubleQuotes ? '"' : '\'';
  std::string out(1, quote);
  for (const char32_t c : decode(text)) {
    if (c == static_cast<char32_t>(quote) || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (printable(c)) {
      appendUtf8(out, c);
    } else {
      out += c < 0x100 ? fmt::format("\\x{:02x}", static_cast<uint32_t>(c)) : c < 0x10000 ? fmt::format("\\u{:04x}", static_cast<uint32_t>(c)) : fmt::format("\\U{:08x}", static_cast<uint32_t>(c));
    }
  }
  return out + quote;
}

class Printer {
public:
  std::string out;

  void print(const Value& value) {
    if (++m_depth > kValueDepth)
      failLimit("A value is nested too deeply to be printed.");
    switch (value.kind) {
    case Kind::Undefined:
      out += "Undefined";
      break;
    case Kind::None:
      out += "None";
      break;
    case Kind::Bool:
      out += value.boolean ? "True" : "False";
      break;
    case Kind::Int:
      out += std::to_string(value.integer);
      break;
    case Kind::BigInt:
      out += value.string();
      break;
    case Kind::Float:
      out += floatRepr(value.number);
      break;
    case Kind::String:
      if (static_cast<const StringObject&>(*value.object).markup)
        out += "Markup(" + stringRepr(value.string()) + ")";
      else
        out += stringRepr(value.string());
      break;
    case Kind::List:
      sequence(value.items(), "[", "]");
      break;
    case Kind::Tuple:
      sequence(value.items(), "(", value.items().size() == 1 ? ",)" : ")");
      break;
    case Kind::View:
      view(static_cast<const ListObject&>(*value.object));
      break;
    case Kind::Dict:
      dict(dictOf(value));
      break;
    case Kind::Namespace:
      out += "<Namespace ";
      dict(static_cast<const NamespaceObject&>(*value.object).attributes);
      out += ">";
      break;
    case Kind::Loop: {
      const auto& loop = static_cast<const LoopObject&>(*value.object);
      out += fmt::format("<LoopContext {}/{}>", loop.index + 1, loop.items->size());
      break;
    }
    case Kind::Callable:
      out += "<" + static_cast<const CallableObject&>(*value.object).name + ">";
      break;
    }
    --m_depth;
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit(fmt::format("A printed value is longer than {} MiB.", limits::kTemplateOutputBytes >> 20));
  }

private:
  int m_depth = 0;

  void sequence(const Values& items, const char* open, const char* close) {
    out += open;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i)
        out += ", ";
      print(items[i]);
    }
    out += close;
  }

  void view(const ListObject& object) {
    if (!object.sized) {
      out += "<generator object " + object.name + ">";
    } else if (object.name == "range") {
      out += object.display;
    } else {
      out += object.name;
      sequence(object.items, "([", "])");
    }
  }

  void dict(const DictObject& object) {
    out += "{";
    bool first = true;
    for (const auto& [key, value] : object.entries) {
      if (!first)
        out += ", ";
      first = false;
      print(key);
      out += ": ";
      print(value);
    }
    out += "}";
  }
};

class JsonPrinter {
public:
  explicit JsonPrinter(const JsonStyle& style) : m_style(style) {}
  std::string out;

  void print(const Value& value) {
    if (++m_depth > kValueDepth)
      failLimit("A value is nested too deeply for tojson.");
    switch (value.kind) {
    case Kind::None:
      out += "null";
      break;
    case Kind::Bool:
      out += value.boolean ? "true" : "false";
      break;
    case Kind::Int:
      out += std::to_string(value.integer);
      break;
    case Kind::BigInt:
      out += value.string();
      break;
    case Kind::Float:
      out += number(value.number);
      break;
    case Kind::String:
      string(value.string());
      break;
    case Kind::List:
    case Kind::Tuple:
      list(value.items());
      break;
    case Kind::Dict:
      dict(dictOf(value));
      break;
    default:
      failRuntime(fmt::format("TypeError: Object of type {} is not JSON serializable", typeName(value)));
    }
    --m_depth;
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit(fmt::format("A printed value is longer than {} MiB.", limits::kTemplateOutputBytes >> 20));
  }

private:
  const JsonStyle& m_style;
  int m_depth = 0;

  static std::string number(double value) {
    return std::isnan(value) ? "NaN" : std::isinf(value) ? (value > 0 ? "Infinity" : "-Infinity") : floatRepr(value);
  }

  void string(std::string_view text) {
    out += '"';
    for (const char32_t c : decode(text)) {
      switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\b':
        out += "\\b";
        break;
      default:
        if (c < 0x20 || (m_style.ensureAscii && c > 0x7E && c < 0x10000))
          out += fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
        else if (m_style.ensureAscii && c >= 0x10000)
          out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((static_cast<uint32_t>(c) - 0x10000) >> 10), 0xDC00 + (static_cast<uint32_t>(c) & 0x3FF));
        else
          appendUtf8(out, c);
      }
    }
    out += '"';
  }

  bool pretty() const { return m_style.indent >= 0; }

  void newLine() {
    out += '\n';
    for (int i = 1; i < m_depth + m_inner; ++i)
      out += m_style.indentText;
  }

  template <class Items, class Each>
  void group(const Items& items, char open, char close, Each each) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
      if (!first)
        out += m_style.itemSeparator;
      first = false;
      if (pretty()) {
        m_inner = 1;
        newLine();
      }
      each(item);
    }
    if (pretty() && !first) {
      m_inner = 0;
      newLine();
    }
    out += close;
  }

  void list(const Values& items) {
    group(items, '[', ']', [this](const Value& item) { print(item); });
  }

  std::string keyText(const Value& key) {
    switch (key.kind) {
    case Kind::String:
      return key.string();
    case Kind::None:
      return "null";
    case Kind::Bool:
      return key.boolean ? "true" : "false";
    case Kind::Int:
    case Kind::BigInt:
      return toText(key);
    case Kind::Float:
      return number(key.number);
    default:
      failRuntime(fmt::format("TypeError: keys must be str, int, float, bool or None, not {}", typeName(key)));
    }
  }

  void dict(const DictObject& object) {
    std::vector<std::pair<Value, Value>> sorted;
    if (m_style.sortKeys) {
      sorted = object.entries;
      std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return less(a.first, b.first); });
    }
    group(m_style.sortKeys ? sorted : object.entries, '{', '}', [this](const auto& entry) {
      string(keyText(entry.first));
      out += m_style.keySeparator;
      print(entry.second);
    });
  }

  int m_inner = 0;
};

} // namespace

std::string floatRepr(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value > 0 ? "inf" : "-inf";
  char buffer[64];
  const auto done = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  std::string_view text(buffer, static_cast<size_t>(done.ptr - buffer));
  std::string out;
  if (text[0] == '-') {
    out = "-";
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  std::string digits;
  for (const char c : text.substr(0, e))
    if (c != '.')
      digits += c;
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    out += digits[0];
    if (count > 1)
      out += "." + digits.substr(1);
    return out + fmt::format("e{}{:02d}", exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0)
    return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1)
    return out + digits + std::string(static_cast<size_t>(exponent + 1 - count), '0') + ".0";
  return out + digits.substr(0, static_cast<size_t>(exponent + 1)) + "." + digits.substr(static_cast<size_t>(exponent + 1));
}

std::string repr(const Value& value) {
  Printer printer;
  printer.print(value);
  return std::move(printer.out);
}

std::string toText(const Value& value) {
  if (value.kind == Kind::String)
    return value.string();
  if (value.kind == Kind::Undefined)
    return {};
  return repr(value);
}

std::string typeName(const Value& value) {
  switch (value.kind) {
  case Kind::Undefined:
    return "Undefined";
  case Kind::None:
    return "NoneType";
  case Kind::Bool:
    return "bool";
  case Kind::Int:
  case Kind::BigInt:
    return "int";
  case Kind::Float:
    return "float";
  case Kind::String:
    return "str";
  case Kind::List:
    return "list";
  case Kind::Tuple:
    return "tuple";
  case Kind::Dict:
    return "dict";
  case Kind::View: {
    const auto& object = static_cast<const ListObject&>(*value.object);
    return object.sized ? object.name : "generator";
  }
  case Kind::Namespace:
    return "Namespace";
  case Kind::Callable:
    return "function";
  case Kind::Loop:
    return "LoopContext";
  }
  return "object";
}

std::string jsonText(const Value& value, const JsonStyle& style) {
  JsonPrinter printer(style);
  printer.print(value);
  return std::move(printer.out);
}

} // namespace lathe::text::jinja
