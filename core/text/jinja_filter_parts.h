// SPDX-License-Identifier: Apache-2.0
// What filters share: reading arguments, attribute paths; and the two tables of filters.
#pragma once

#include "core/text/jinja_eval.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace lathe::text::jinja {

using E = Evaluator;
using A = Arguments;
using V = Value;

inline std::string soft(const V& value) {
  if (value.isUndefined() && value.object && static_cast<const UndefinedObject&>(*value.object).security)
    requireDefined(value);
  return toText(value);
}

inline bool flag(const A& a, size_t index, const char* name, bool standard) {
  const V* value = a.get(index, name);
  return value ? truthy(*value) : standard;
}

inline int64_t integer(const A& a, size_t index, const char* name, int64_t standard) {
  const V* value = a.get(index, name);
  return value && value->kind != Kind::None ? asIndex(*value) : standard;
}


/// "a.b.0" looked up part by part; a present `standard` replaces undefined steps.
inline V attributePath(E& e, V value, const V& path, const V* standard = nullptr) {
  if (path.kind == Kind::Int)
    return e.item(value, path);
  const std::string text = soft(path);
  size_t at = 0;
  while (at <= text.size()) {
    const size_t dot = std::min(text.find('.', at), text.size());
    const std::string part = text.substr(at, dot - at);
    const bool number = !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c); });
    value = e.item(value, number ? V::fromDecimal(part) : V::fromString(part));
    if (standard && standard->kind != Kind::None && value.isUndefined())
      value = *standard;
    at = dot + 1;
  }
  return value;
}

inline V folded(V value, bool caseSensitive) { return !caseSensitive && value.isString() ? V::fromString(lowerText(value.string())) : value; }

std::span<const FilterEntry> sequenceFilters();
std::span<const FilterEntry> textFilters();
/// str.splitlines.
std::vector<std::string> linesOf(E& e, const std::string& text);
/// Python's float(text); false when the text is not a number.
bool parseFloat(const std::string& text, double& out);

} // namespace lathe::text::jinja
