// SPDX-License-Identifier: Apache-2.0
// The built-in filters of jinja2 3.1 that work on sequences and mappings.
#include "core/text/jinja_filter_parts.h"


namespace lathe::text::jinja {
namespace {

A tail(const A& a, size_t from) {
  A out;
  for (size_t i = from; i < a.positional.size(); ++i)
    out.positional.push_back(a.positional[i]);
  out.named = a.named;
  return out;
}

V selected(E& e, const V& input, const A& a, bool keep, bool byAttribute) {
  return V::generator("select_or_reject", input, a, [&e, input, a, keep, byAttribute] {
    Values out;
    if (!truthy(input))
      return out;
    const size_t offset = byAttribute ? 1 : 0;
    if (byAttribute && a.positional.empty())
      failRuntime("FilterArgumentError: Missing parameter for attribute name");
    const bool named = a.positional.size() > offset;
    const A rest = named ? tail(a, offset + 1) : A();
    for (V& value : iterate(input)) {
      e.spend(1);
      const V probe = byAttribute ? attributePath(e, value, a.positional[0]) : value;
      if ((named ? e.tested(soft(a.positional[offset]), probe, rest) : truthy(probe)) == keep)
        out.push_back(std::move(value));
    }
    return out;
  });
}

V mapped(E& e, const V& input, const A& a) {
  return V::generator("sync_do_map", input, a, [&e, input, a] {
    Values out;
    if (!truthy(input))
      return out;
    const V* path = a.positional.empty() ? a.get(SIZE_MAX, "attribute") : nullptr;
    if (!path && a.positional.empty())
      failRuntime("FilterArgumentError: map requires a filter argument");
    const V* standard = a.get(SIZE_MAX, "default");
    const A rest = path ? A() : tail(a, 1);
    for (const V& value : iterate(input)) {
      e.spend(1);
      out.push_back(path ? attributePath(e, value, *path, standard) : e.filtered(soft(a.positional[0]), value, rest));
    }
    return out;
  });
}

V sorted(E& e, const V& input, const A& a) {
  const bool reverse = flag(a, 0, "reverse", false), sensitive = flag(a, 1, "case_sensitive", false);
  const V* path = a.get(2, "attribute");
  std::vector<std::pair<V, V>> keyed;
  for (V& value : iterate(input)) {
    Values parts;
    if (path && path->kind == Kind::String) {
      const std::string& text = path->string();
      for (size_t at = 0; at <= text.size();) {
        const size_t comma = std::min(text.find(',', at), text.size());
        parts.push_back(folded(attributePath(e, value, V::fromString(text.substr(at, comma - at))), sensitive));
        at = comma + 1;
      }
    } else {
      parts.push_back(folded(path && path->kind != Kind::None ? attributePath(e, value, *path) : value, sensitive));
    }
    keyed.emplace_back(V::list(std::move(parts)), std::move(value)); // lists: equal keys are never asked which one is less
  }
  e.spend(keyed.size() * 8);
  const auto order = [&e](const auto& l, const auto& r) {
    e.spend(1);
    return less(l.first, r.first);
  };
  if (reverse)
    std::reverse(keyed.begin(), keyed.end());
  std::stable_sort(keyed.begin(), keyed.end(), order);
  if (reverse)
    std::reverse(keyed.begin(), keyed.end());
  Values out;
  for (auto& entry : keyed)
    out.push_back(std::move(entry.second));
  return V::list(std::move(out));
}

V extreme(E& e, const V& input, const A& a, bool largest) {
  const bool sensitive = flag(a, 0, "case_sensitive", false);
  const V* path = a.get(1, "attribute");
  const Values items = iterate(input);
  if (items.empty())
    return V::undefined("No aggregated item, sequence was empty.");
  const auto key = [&](const V& v) { return folded(path && path->kind != Kind::None ? attributePath(e, v, *path) : v, sensitive); };
  size_t best = 0;
  V bestKey = key(items[0]);
  for (size_t i = 1; i < items.size(); ++i) {
    V candidate = key(items[i]);
    e.spend(1);
    if (largest ? less(bestKey, candidate) : less(candidate, bestKey)) {
      best = i;
      bestKey = std::move(candidate);
    }
  }
  return items[best];
}

V unique(E& e, const V& input, const A& a) {
  return V::generator("sync_do_unique", input, a, [&e, input, a]() -> Values {
    const bool sensitive = flag(a, 0, "case_sensitive", false);
    const V* path = a.get(1, "attribute");
    V seen = V::dict();
    Values out;
    for (V& value : iterate(input)) {
      e.spend(1);
      V key = folded(path && path->kind != Kind::None ? attributePath(e, value, *path) : value, sensitive);
      if (dictOf(seen).find(key))
        continue;
      static_cast<DictObject&>(*seen.object).set(std::move(key), V::none());
      out.push_back(std::move(value));
    }
    return out;
  });
}

V grouped(E& e, const V& input, const A& a) {
  const V* path = a.get(0, "attribute");
  if (!path)
    failRuntime("TypeError: groupby() misses its attribute");
  const V* standard = a.get(1, "default");
  const bool sensitive = flag(a, 2, "case_sensitive", false);
  std::vector<std::pair<V, V>> keyed;
  for (V& value : iterate(input)) {
    V key = attributePath(e, value, *path, standard);
    keyed.emplace_back(std::move(key), std::move(value));
  }
  e.spend(keyed.size() * 8);
  std::stable_sort(keyed.begin(), keyed.end(), [sensitive](const auto& l, const auto& r) { return less(folded(l.first, sensitive), folded(r.first, sensitive)); });
  Values out;
  for (size_t i = 0; i < keyed.size();) {
    Values members;
    const size_t begin = i;
    for (; i < keyed.size() && equal(folded(keyed[begin].first, sensitive), folded(keyed[i].first, sensitive)); ++i)
      members.push_back(keyed[i].second);
    V pair = V::tuple({keyed[begin].first, V::list(std::move(members))});
    static_cast<ListObject&>(*pair.object).group = true;
    out.push_back(std::move(pair));
  }
  return V::list(std::move(out));
}

V joined(E& e, const V& input, const A& a) {
  const V* separator = a.get(0, "d");
  const V* path = a.get(1, "attribute");
  const std::string between = separator ? soft(*separator) : std::string();
  std::string out;
  bool first = true;
  for (const V& value : iterate(input)) {
    if (!std::exchange(first, false))
      out += between;
    out += soft(path && path->kind != Kind::None ? attributePath(e, value, *path) : value);
    if (out.size() > limits::kTemplateOutputBytes)
      failLimit("A joined text is too long.");
  }
  return e.string(std::move(out));
}

V dictSorted(E& e, const V& input, const A& a) {
  const bool sensitive = flag(a, 0, "case_sensitive", false), reverse = flag(a, 2, "reverse", false);
  const V* by = a.get(1, "by");
  const bool byValue = by && soft(*by) == "value";
  if (by && !byValue && soft(*by) != "key")
    failRuntime("FilterArgumentError: You can only sort by either \"key\" or \"value\"");
  requireDefined(input);
  if (input.kind != Kind::Dict)
    failRuntime(fmt::format("AttributeError: '{}' object has no attribute 'items'", typeName(input)));
  auto entries = dictOf(input).entries;
  e.spend(entries.size() * 8);
  const auto order = [&](const auto& l, const auto& r) { return less(folded(byValue ? l.second : l.first, sensitive), folded(byValue ? r.second : r.first, sensitive)); };
  if (reverse)
    std::reverse(entries.begin(), entries.end());
  std::stable_sort(entries.begin(), entries.end(), order);
  if (reverse)
    std::reverse(entries.begin(), entries.end());
  Values out;
  for (const auto& [key, value] : entries)
    out.push_back(V::tuple({key, value}));
  return V::list(std::move(out));
}

V summed(E& e, const V& input, const A& a) {
  const V* path = a.get(0, "attribute");
  const V* start = a.get(1, "start");
  V total = start ? *start : V::fromInt(0);
  if (total.isString())
    failRuntime("TypeError: sum() can't sum strings [use ''.join(seq) instead]");
  for (const V& value : iterate(input))
    total = e.binary("+", total, path && path->kind != Kind::None ? attributePath(e, value, *path) : value);
  return total;
}

V batched(E& e, const V& input, const A& a) {
  return V::generator("do_batch", input, a, [&e, input, a]() -> Values {
    const int64_t size = std::max<int64_t>(1, integer(a, 0, "linecount", 1));
    const V* fill = a.get(1, "fill_with");
    Values out, current;
    for (V& value : iterate(input)) {
      e.spend(1);
      if (static_cast<int64_t>(current.size()) == size)
        out.push_back(V::list(std::exchange(current, {})));
      current.push_back(std::move(value));
    }
    if (!current.empty()) {
      while (fill && fill->kind != Kind::None && static_cast<int64_t>(current.size()) < std::min<int64_t>(size, 100'000))
        current.push_back(*fill);
      out.push_back(V::list(std::move(current)));
    }
    return out;
  });
}

V sliced(E& e, const V& input, const A& a) {
  return V::generator("sync_do_slice", input, a, [&e, input, a]() -> Values {
    const int64_t slices = std::clamp<int64_t>(integer(a, 0, "slices", 1), 1, 100'000);
    const V* fill = a.get(1, "fill_with");
    const Values items = iterate(input);
    e.spend(items.size() + static_cast<uint64_t>(slices));
    const int64_t per = static_cast<int64_t>(items.size()) / slices, extra = static_cast<int64_t>(items.size()) % slices;
    Values out;
    int64_t at = 0;
    for (int64_t n = 0; n < slices; ++n) {
      const int64_t end = at + per + (n < extra ? 1 : 0);
      Values part(items.begin() + at, items.begin() + end);
      if (fill && fill->kind != Kind::None && n >= extra)
        part.push_back(*fill);
      out.push_back(V::list(std::move(part)));
      at = end;
    }
    return out;
  });
}

V lengthFilter(E&, const V& input, const A&) { return V::fromInt(lengthOf(input)); }

V listFilter(E& e, const V& input, const A&) {
  Values items = iterate(input);
  e.spend(items.size());
  return V::list(std::move(items));
}

V firstOf(E&, const V& input, const A&) {
  if (input.kind == Kind::View && !static_cast<const ListObject&>(*input.object).sized) {
    const auto& view = static_cast<const ListObject&>(*input.object);
    view.fill();
    return view.taken < view.items.size() ? view.items[view.taken++] : V::undefined("No first item, sequence was empty.");
  }
  const Values items = iterate(input);
  return items.empty() ? V::undefined("No first item, sequence was empty.") : items.front();
}

V lastOf(E&, const V& input, const A&) {
  if (input.kind == Kind::View && !static_cast<const ListObject&>(*input.object).sized)
    failRuntime("TypeError: 'generator' object is not reversible");
  const Values items = iterate(input);
  return items.empty() ? V::undefined("No last item, sequence was empty.") : items.back();
}

V reversed(E& e, const V& input, const A&) {
  if (input.isString()) {
    std::u32string wide = decode(input.string());
    std::reverse(wide.begin(), wide.end());
    return e.string(encode(wide));
  }
  Values items = iterate(input);
  e.spend(items.size());
  std::reverse(items.begin(), items.end());
  return V::view("list_reverseiterator", std::move(items), false);
}

V itemsOf(E&, const V& input, const A&) {
  return V::generator("do_items", input, {}, [input] {
    Values out;
    if (input.isUndefined())
      return out;
    if (input.kind != Kind::Dict)
      failRuntime("TypeError: Can only get item pairs from a mapping.");
    for (const auto& [key, value] : dictOf(input).entries)
      out.push_back(V::tuple({key, value}));
    return out;
  });
}

const FilterEntry kSequenceFilters[] = {
    {"batch", batched},
    {"count", lengthFilter},
    {"dictsort", dictSorted},
    {"first", firstOf},
    {"groupby", grouped},
    {"items", itemsOf},
    {"join", joined},
    {"last", lastOf},
    {"length", lengthFilter},
    {"list", listFilter},
    {"map", mapped},
    {"max", [](E& e, const V& v, const A& a) { return extreme(e, v, a, true); }},
    {"min", [](E& e, const V& v, const A& a) { return extreme(e, v, a, false); }},
    {"reject", [](E& e, const V& v, const A& a) { return selected(e, v, a, false, false); }},
    {"rejectattr", [](E& e, const V& v, const A& a) { return selected(e, v, a, false, true); }},
    {"reverse", reversed},
    {"select", [](E& e, const V& v, const A& a) { return selected(e, v, a, true, false); }},
    {"selectattr", [](E& e, const V& v, const A& a) { return selected(e, v, a, true, true); }},
    {"slice", sliced},
    {"sort", sorted},
    {"sum", summed},
    {"unique", unique},
};

} // namespace

std::span<const FilterEntry> sequenceFilters() { return kSequenceFilters; }

} // namespace lathe::text::jinja
