// SPDX-License-Identifier: Apache-2.0
// Methods of list, tuple and dict, as Python has them. What would change a value is listed without a function.
#include "core/text/jinja_methods.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::text::jinja {
namespace {

using E = Evaluator;
using A = Arguments;
using V = Value;

Value countItems(E& e, const V& s, const A& a) {
  e.spend(s.items().size());
  return V::fromInt(std::count_if(s.items().begin(), s.items().end(), [&](const V& v) { return !a.positional.empty() && equal(v, a.positional[0]); }));
}

Value indexOf(E& e, const V& s, const A& a) {
  e.spend(s.items().size());
  for (size_t i = 0; i < s.items().size(); ++i)
    if (!a.positional.empty() && equal(s.items()[i], a.positional[0]))
      return V::fromInt(static_cast<int64_t>(i));
  failRuntime(fmt::format("ValueError: the value is not in {}", typeName(s)));
}

const MethodEntry kListMethods[] = {
    {"copy", [](E& e, const V& s, const A&) { e.spend(s.items().size()); return V::list(s.items()); }},
    {"count", countItems}, {"index", indexOf}, {"append", nullptr}, {"clear", nullptr}, {"extend", nullptr}, {"insert", nullptr},
    {"pop", nullptr}, {"remove", nullptr}, {"reverse", nullptr}, {"sort", nullptr},
};
const MethodEntry kTupleMethods[] = {{"count", countItems}, {"index", indexOf}};

Value entriesOf(E& e, const V& s, int part) {
  Values out;
  const auto& entries = dictOf(s).entries;
  e.spend(entries.size());
  for (const auto& [key, value] : entries)
    out.push_back(part == 0 ? key : part == 1 ? value : V::tuple({key, value}));
  return V::view(part == 0 ? "dict_keys" : part == 1 ? "dict_values" : "dict_items", std::move(out), true);
}

const MethodEntry kDictMethods[] = {
    {"get",
     [](E&, const V& s, const A& a) {
       if (a.positional.empty() || a.positional.size() > 2)
         failRuntime(fmt::format("TypeError: get expected 1 or 2 arguments, got {}", a.positional.size()));
       const V* found = dictOf(s).find(a.positional[0]);
       return found ? *found : a.positional.size() > 1 ? a.positional[1] : V::none();
     }},
    {"items", [](E& e, const V& s, const A&) { return entriesOf(e, s, 2); }},
    {"keys", [](E& e, const V& s, const A&) { return entriesOf(e, s, 0); }},
    {"values", [](E& e, const V& s, const A&) { return entriesOf(e, s, 1); }},
    {"copy",
     [](E& e, const V& s, const A&) {
       V out = V::dict();
       e.spend(dictOf(s).entries.size());
       for (const auto& [key, value] : dictOf(s).entries)
         static_cast<DictObject&>(*out.object).set(key, value);
       return out;
     }},
    {"clear", nullptr}, {"pop", nullptr}, {"popitem", nullptr}, {"setdefault", nullptr}, {"update", nullptr},
};

const MethodEntry* in(std::span<const MethodEntry> table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [name](const MethodEntry& m) { return name == m.name; });
  return found == table.end() ? nullptr : &*found;
}

} // namespace

const MethodEntry* findMethod(const Value& self, std::string_view name) {
  switch (self.kind) {
  case Kind::String:
    return in(stringMethods(), name);
  case Kind::List:
    return in(kListMethods, name);
  case Kind::Tuple:
    return in(kTupleMethods, name);
  case Kind::Dict:
    return in(kDictMethods, name);
  default:
    return nullptr;
  }
}

} // namespace lathe::text::jinja
