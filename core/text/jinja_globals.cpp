// SPDX-License-Identifier: Apache-2.0
// The functions that every template can call.
#include "core/text/jinja_eval.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>

namespace lathe::text::jinja {
namespace {

Value rangeOf(Evaluator& evaluator, const Arguments& a) {
  const auto& p = a.positional;
  if (p.empty() || p.size() > 3)
    failRuntime(fmt::format("TypeError: range expected 1 to 3 arguments, got {}", p.size()));
  const __int128 from = p.size() > 1 ? asIndex(p[0]) : 0, to = asIndex(p.size() > 1 ? p[1] : p[0]), step = p.size() > 2 ? asIndex(p[2]) : 1;
  if (step == 0)
    failRuntime("ValueError: range() arg 3 must not be zero");
  const __int128 span = step > 0 ? to - from : from - to, stride = step > 0 ? step : -step;
  const __int128 count = span <= 0 ? 0 : (span + stride - 1) / stride;
  if (count > 100'000)
    failLimit("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
  evaluator.spend(static_cast<uint64_t>(count));
  Values items;
  items.reserve(static_cast<size_t>(count));
  for (__int128 i = 0; i < count; ++i)
    items.push_back(Value::fromWide(from + i * step));
  Value out = Value::view("range", std::move(items), true);
  static_cast<ListObject&>(*out.object).display = p.size() > 2 ? fmt::format("range({}, {}, {})", toText(p[0]), toText(p[1]), toText(p[2])) : fmt::format("range({}, {})", p.size() > 1 ? toText(p[0]) : "0", toText(p[p.size() > 1 ? 1 : 0]));
  return out;
}

void fillMapping(DictObject& into, const Arguments& a) {
  for (const Value& source : a.positional) {
    if (source.kind == Kind::Dict) {
      for (const auto& [key, value] : dictOf(source).entries)
        into.set(key, value);
      continue;
    }
    for (const Value& pair : iterate(source)) {
      const Values parts = iterate(pair);
      if (parts.size() != 2)
        failRuntime("ValueError: dictionary update sequence element has a length other than 2");
      into.set(parts[0], parts[1]);
    }
  }
  for (const auto& [key, value] : a.named)
    into.set(Value::fromString(key), value);
}

std::tm timeOf(const std::string& iso) {
  std::tm out{};
  if (iso.empty()) {
    const std::time_t now = std::time(nullptr);
    localtime_r(&now, &out);
    return out;
  }
  int fields[6] = {1970, 1, 1, 0, 0, 0};
  const int got = std::sscanf(iso.c_str(), "%d-%d-%d%*1[T ]%d:%d:%d", &fields[0], &fields[1], &fields[2], &fields[3], &fields[4], &fields[5]);
  if (got < 3 || fields[0] < 1 || fields[0] > 9999 || fields[1] < 1 || fields[1] > 12 || fields[2] < 1 || fields[2] > 31)
    failRuntime(fmt::format("ValueError: '{}' is not a date such as 2026-07-26T14:05:06", iso.substr(0, 40)));
  out.tm_year = fields[0] - 1900;
  out.tm_mon = fields[1] - 1;
  out.tm_mday = fields[2];
  out.tm_hour = fields[3];
  out.tm_min = fields[4];
  out.tm_sec = fields[5];
  out.tm_isdst = -1;
  std::tm normal = out;
  timegm(&normal);
  out.tm_wday = normal.tm_wday;
  out.tm_yday = normal.tm_yday;
  return out;
}

Value strftimeNow(Evaluator& evaluator, const Arguments& a) {
  if (a.positional.size() != 1 || !a.positional[0].isString())
    failRuntime("TypeError: strftime_now() takes one format text");
  const std::string& format = a.positional[0].string();
  if (format.size() > 4096)
    failLimit("A date format is longer than 4096 bytes.");
  const std::tm time = timeOf(evaluator.nowIso());
  std::string expanded;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size() && (format[i + 1] == 'f' || format[i + 1] == 'z' || format[i + 1] == 'Z')) {
      if (format[i + 1] == 'f')
        expanded += "000000"; // a clock without time zone and fractions, as in Python
      ++i;
    } else {
      expanded += format[i];
      if (format[i] == '%' && i + 1 < format.size())
        expanded += format[++i];
    }
  }
  if (expanded.empty())
    return Value::fromString({});
  std::string buffer(expanded.size() * 64 + 64, '\0');
  buffer.resize(std::strftime(buffer.data(), buffer.size(), expanded.c_str(), &time));
  return evaluator.string(std::move(buffer));
}

Value cyclerOf(Evaluator&, const Arguments& a) {
  if (a.positional.empty())
    failRuntime("RuntimeError: at least one item has to be provided");
  struct State {
    Values items;
    size_t at = 0;
  };
  auto state = std::make_shared<State>(State{a.positional, 0});
  const Value held = Value::tuple(state->items);
  Value out = callable("Cycler object", [](Evaluator&, const Arguments&) -> Value { failRuntime("TypeError: 'Cycler' object is not callable"); }, &held);
  static_cast<CallableObject&>(*out.object).attribute = [state, held](std::string_view name, Value& found) {
    if (name == "current")
      found = state->items[state->at];
    else if (name == "items")
      found = Value::tuple(state->items);
    else if (name == "pos")
      found = Value::fromInt(static_cast<int64_t>(state->at));
    else if (name == "next")
      found = callable("method next", [state](Evaluator&, const Arguments&) {
        Value now = state->items[state->at];
        state->at = (state->at + 1) % state->items.size();
        return now;
      }, &held);
    else if (name == "reset")
      found = callable("method reset", [state](Evaluator&, const Arguments&) {
        state->at = 0;
        return Value::none();
      }, &held);
    else
      return false;
    return true;
  };
  return out;
}

} // namespace

bool findGlobal(Evaluator&, std::string_view name, Value& out) {
  if (name == "range")
    out = callable("class 'range'", rangeOf);
  else if (name == "dict")
    out = callable("class 'dict'", [](Evaluator&, const Arguments& a) {
      Value made = Value::dict();
      fillMapping(static_cast<DictObject&>(*made.object), a);
      return made;
    });
  else if (name == "namespace")
    out = callable("class 'namespace'", [](Evaluator& evaluator, const Arguments& a) {
      Value made = evaluator.makeNamespace();
      auto& attributes = static_cast<NamespaceObject&>(*made.object).attributes;
      fillMapping(attributes, a);
      for (const auto& entry : attributes.entries)
        if (entry.first.isString() && entry.first.string().starts_with("_"))
          failSecurity(fmt::format("Chat templates cannot store underscore-prefixed attributes on a namespace, but got {}. Please rename the attribute.", repr(entry.first)));
      return made;
    });
  else if (name == "raise_exception")
    out = callable("function raise_exception", [](Evaluator&, const Arguments& a) -> Value {
      const Value* message = a.get(0, "message");
      throw Failure{"raised", message ? toText(*message) : std::string()};
    });
  else if (name == "strftime_now")
    out = callable("function strftime_now", strftimeNow);
  else if (name == "joiner")
    out = callable("class 'joiner'", [](Evaluator&, const Arguments& a) {
      const Value* separator = a.get(0, "sep");
      auto used = std::make_shared<bool>(false);
      return callable("Joiner object", [used, text = separator ? *separator : Value::fromString(", ")](Evaluator&, const Arguments&) {
        return std::exchange(*used, true) ? text : Value::fromString({});
      }, separator);
    });
  else if (name == "cycler")
    out = callable("class 'cycler'", cyclerOf);
  else
    return false;
  return true;
}

} // namespace lathe::text::jinja
