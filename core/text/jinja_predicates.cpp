// SPDX-License-Identifier: Apache-2.0
// The built-in tests of jinja2 3.1 (`x is …`).
#include "core/text/jinja_eval.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::text::jinja {
namespace {

using E = Evaluator;
using A = Arguments;
using V = Value;

const V& other(const A& a) {
  if (a.positional.empty())
    failRuntime("TypeError: the test needs an argument");
  return a.positional[0];
}

bool remainderIs(E& e, const V& v, const V& by, int64_t wanted) { return equal(e.binary("%", v, by), V::fromInt(wanted)); }

bool ordered(const V& l, const V& r, bool orEqual) {
  requireDefined(l);
  requireDefined(r);
  return orEqual ? !less(r, l) : less(l, r);
}

bool iterable(const V& v) { return v.isUndefined() || v.isString() || v.isSequenceLike() || v.kind == Kind::Dict; }

bool sequence(const V& v) {
  if (v.kind == Kind::View)
    return static_cast<const ListObject&>(*v.object).name == "range";
  return iterable(v);
}

bool same(const V& l, const V& r) {
  if (l.kind != r.kind)
    return false;
  return l.object ? l.object == r.object || (l.isString() && l.string() == r.string() && l.string().size() < 2) : equal(l, r);
}

bool isEqual(E&, const V& v, const A& a) { return equal(v, other(a)); }
bool isDifferent(E&, const V& v, const A& a) { return !equal(v, other(a)); }
bool isLess(E&, const V& v, const A& a) { return ordered(v, other(a), false); }
bool isLessEqual(E&, const V& v, const A& a) { return ordered(v, other(a), true); }
bool isGreater(E&, const V& v, const A& a) { return ordered(other(a), v, false); }
bool isGreaterEqual(E&, const V& v, const A& a) { return ordered(other(a), v, true); }

bool cased(E& e, const V& v, const char* method) {
  const V text = V::fromString(toText(v));
  return truthy(findMethod(text, method)->call(e, text, {}));
}

const TestEntry kTests[] = {
    {"boolean", [](E&, const V& v, const A&) { return v.kind == Kind::Bool; }},
    {"callable", [](E&, const V& v, const A&) { return v.kind == Kind::Callable || v.kind == Kind::Loop || v.kind == Kind::Undefined; }},
    {"defined", [](E&, const V& v, const A&) { return !v.isUndefined(); }},
    {"divisibleby", [](E& e, const V& v, const A& a) { return remainderIs(e, v, other(a), 0); }},
    {"eq", isEqual},
    {"equalto", isEqual},
    {"==", isEqual},
    {"escaped", [](E&, const V& v, const A&) { return v.isString() && static_cast<const StringObject&>(*v.object).markup; }},
    {"even", [](E& e, const V& v, const A&) { return remainderIs(e, v, V::fromInt(2), 0); }},
    {"false", [](E&, const V& v, const A&) { return v.kind == Kind::Bool && !v.boolean; }},
    {"filter", [](E&, const V& v, const A&) { return v.isString() && findFilter(v.string()); }},
    {"float", [](E&, const V& v, const A&) { return v.kind == Kind::Float; }},
    {"ge", isGreaterEqual},
    {">=", isGreaterEqual},
    {"gt", isGreater},
    {"greaterthan", isGreater},
    {">", isGreater},
    {"in", [](E& e, const V& v, const A& a) { return e.contains(other(a), v); }},
    {"integer", [](E&, const V& v, const A&) { return v.kind == Kind::Int || v.kind == Kind::BigInt; }},
    {"iterable", [](E&, const V& v, const A&) { return iterable(v); }},
    {"le", isLessEqual},
    {"<=", isLessEqual},
    {"lower", [](E& e, const V& v, const A&) { return cased(e, v, "islower"); }},
    {"lt", isLess},
    {"lessthan", isLess},
    {"<", isLess},
    {"mapping", [](E&, const V& v, const A&) { return v.kind == Kind::Dict; }},
    {"ne", isDifferent},
    {"!=", isDifferent},
    {"none", [](E&, const V& v, const A&) { return v.kind == Kind::None; }},
    {"number", [](E&, const V& v, const A&) { return isNumber(v); }},
    {"odd", [](E& e, const V& v, const A&) { return remainderIs(e, v, V::fromInt(2), 1); }},
    {"sameas", [](E&, const V& v, const A& a) { return same(v, other(a)); }},
    {"sequence", [](E&, const V& v, const A&) { return sequence(v); }},
    {"string", [](E&, const V& v, const A&) { return v.isString(); }},
    {"test", [](E&, const V& v, const A&) { return v.isString() && findTest(v.string()); }},
    {"true", [](E&, const V& v, const A&) { return v.kind == Kind::Bool && v.boolean; }},
    {"undefined", [](E&, const V& v, const A&) { return v.isUndefined(); }},
    {"upper", [](E& e, const V& v, const A&) { return cased(e, v, "isupper"); }},
};

} // namespace

const TestEntry* findTest(std::string_view name) {
  const auto* found = std::find_if(std::begin(kTests), std::end(kTests), [name](const TestEntry& t) { return name == t.name; });
  return found == std::end(kTests) ? nullptr : found;
}

} // namespace lathe::text::jinja
