// SPDX-License-Identifier: Apache-2.0
// Attribute and item access, and operators.
#include "core/text/jinja_eval.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <cmath>

namespace lathe::text::jinja {
namespace {

std::string objectName(const Value& object) { return object.kind == Kind::None ? "None" : typeName(object) + " object"; }

Value missing(const Value& object, const Value& key) {
  if (key.isString())
    return Value::undefined(fmt::format("'{}' has no attribute {}", objectName(object), repr(key)));
  return Value::undefined(fmt::format("{} has no element {}", objectName(object), repr(key)));
}

Value unsafe(const Value& object, const std::string& name) {
  return Value::undefined(fmt::format("access to attribute '{}' of '{}' object is unsafe.", name, typeName(object)), true);
}

Value bound(const Value& self, const MethodEntry& method) {
  return callable(fmt::format("built-in method {} of {} object", method.name, typeName(self)),
                  [self, &method](Evaluator& evaluator, const Arguments& arguments) { return method.call(evaluator, self, arguments); }, &self);
}

bool loopAttribute(const std::shared_ptr<Object>& object, const std::string& name, Value& out) {
  const auto loop = std::static_pointer_cast<LoopObject>(object);
  const auto count = static_cast<int64_t>(loop->items->size()), at = static_cast<int64_t>(loop->index);
  if (name == "index")
    out = Value::fromInt(at + 1);
  else if (name == "index0")
    out = Value::fromInt(at);
  else if (name == "first")
    out = Value::fromBool(at == 0);
  else if (name == "last")
    out = Value::fromBool(at + 1 == count);
  else if (name == "length")
    out = Value::fromInt(count);
  else if (name == "revindex")
    out = Value::fromInt(count - at);
  else if (name == "revindex0")
    out = Value::fromInt(count - at - 1);
  else if (name == "depth")
    out = Value::fromInt(loop->depth);
  else if (name == "depth0")
    out = Value::fromInt(loop->depth - 1);
  else if (name == "previtem")
    out = at > 0 ? (*loop->items)[loop->index - 1] : Value::undefined("there is no previous item");
  else if (name == "nextitem")
    out = at + 1 < count ? (*loop->items)[loop->index + 1] : Value::undefined("there is no next item");
  else if (name == "cycle")
    out = callable("method cycle", [loop](Evaluator&, const Arguments& a) {
      if (a.positional.empty())
        failRuntime("TypeError: no items for cycling given");
      return a.positional[loop->index % a.positional.size()];
    });
  else if (name == "changed")
    out = callable("method changed", [loop](Evaluator&, const Arguments& a) {
      const bool same = loop->hasChanged && equal(Value::tuple(loop->lastChanged), Value::tuple(a.positional));
      loop->hasChanged = true;
      loop->lastChanged = a.positional;
      return Value::fromBool(!same);
    });
  else
    return false;
  return true;
}

__int128 floorDivide(__int128 a, __int128 b) {
  const __int128 q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

Value powerOf(const Value& a, const Value& b) {
  __int128 x = 0, y = 0;
  if (wideOf(a, x) && wideOf(b, y) && y >= 0) {
    __int128 out = 1;
    for (__int128 i = 0; i < y && !(x == 0 || x == 1 || x == -1); ++i)
      if (__builtin_mul_overflow(out, x, &out))
        failLimit("A power is longer than 127 bits.");
    if (x == 0 || x == 1 || x == -1)
      out = y == 0 ? 1 : x == -1 && y % 2 == 0 ? 1 : x;
    return Value::fromWide(out);
  }
  return Value::fromFloat(std::pow(asDouble(a), asDouble(b)));
}

Value numeric(const std::string& op, const Value& a, const Value& b) {
  if (op == "**")
    return powerOf(a, b);
  __int128 x = 0, y = 0;
  const bool whole = wideOf(a, x) && wideOf(b, y);
  const bool divides = op == "/" || op == "//" || op == "%";
  if (divides && asDouble(b) == 0)
    failRuntime(op == "/" ? "ZeroDivisionError: division by zero" : whole ? "ZeroDivisionError: integer division or modulo by zero" : "ZeroDivisionError: float modulo");
  if (whole && op != "/") {
    __int128 out = 0;
    const bool wrapped = op == "+" ? __builtin_add_overflow(x, y, &out) : op == "-" ? __builtin_sub_overflow(x, y, &out) : op == "*" && __builtin_mul_overflow(x, y, &out);
    if (wrapped)
      failLimit("An integer is longer than 127 bits.");
    if (op == "//")
      out = floorDivide(x, y);
    else if (op == "%")
      out = x - floorDivide(x, y) * y;
    return Value::fromWide(out);
  }
  const double l = asDouble(a), r = asDouble(b);
  if (op == "+")
    return Value::fromFloat(l + r);
  if (op == "-")
    return Value::fromFloat(l - r);
  if (op == "*")
    return Value::fromFloat(l * r);
  if (op == "/")
    return Value::fromFloat(l / r);
  if (op == "//")
    return Value::fromFloat(std::floor(l / r));
  double rest = std::fmod(l, r);
  if (rest != 0 && (rest < 0) != (r < 0))
    rest += r;
  return Value::fromFloat(rest);
}

Value repeated(Evaluator& evaluator, const Value& value, const Value& times) {
  const int64_t n = std::max<int64_t>(0, asIndex(times));
  const uint64_t size = value.isString() ? value.string().size() : value.items().size();
  if (size > 0 && static_cast<uint64_t>(n) > limits::kTemplateOutputBytes / size)
    failLimit(fmt::format("A repetition gives more than {} MiB.", limits::kTemplateOutputBytes >> 20));
  evaluator.spend(1 + size * static_cast<uint64_t>(n) / 16);
  if (value.isString()) {
    std::string out;
    out.reserve(size * static_cast<size_t>(n));
    for (int64_t i = 0; i < n && size > 0; ++i)
      out += value.string();
    return evaluator.string(std::move(out));
  }
  if (size * static_cast<uint64_t>(n) > 1'000'000)
    failLimit("A repetition gives more than 1,000,000 elements.");
  Values out;
  for (int64_t i = 0; i < n; ++i)
    out.insert(out.end(), value.items().begin(), value.items().end());
  return value.kind == Kind::Tuple ? Value::tuple(std::move(out)) : Value::list(std::move(out));
}

} // namespace

Value Evaluator::attribute(const Value& object, const std::string& name) {
  switch (object.kind) {
  case Kind::Undefined:
    requireDefined(object);
    break;
  case Kind::Namespace:
    if (const Value* found = static_cast<const NamespaceObject&>(*object.object).attributes.find(std::string_view(name)))
      return *found;
    break;
  case Kind::Loop: {
    Value out;
    if (loopAttribute(object.object, name, out))
      return out;
    break;
  }
  case Kind::Callable: {
    Value out;
    if (const auto& more = static_cast<const CallableObject&>(*object.object).attribute; more && more(name, out))
      return out;
    break;
  }
  case Kind::Bool:
  case Kind::Int:
  case Kind::BigInt:
  case Kind::Float:
    if (name == "real" || (name == "numerator" && object.kind != Kind::Float))
      return object.kind == Kind::Bool ? Value::fromInt(object.boolean) : object;
    if (name == "imag")
      return object.kind == Kind::Float ? Value::fromFloat(0) : Value::fromInt(0);
    if (name == "denominator" && object.kind != Kind::Float)
      return Value::fromInt(1);
    break;
  default:
    if (const MethodEntry* method = findMethod(object, name))
      return method->call ? bound(object, *method) : unsafe(object, name);
    if (object.kind == Kind::Dict) {
      if (const Value* found = dictOf(object).find(std::string_view(name)))
        return *found;
    } else if (object.kind == Kind::Tuple && static_cast<const ListObject&>(*object.object).group) {
      if (name == "grouper" || name == "list")
        return object.items()[name == "list" ? 1 : 0];
    }
  }
  if (name.starts_with("__"))
    failSecurity(fmt::format("access to attribute '{}' of '{}' object is unsafe.", name, typeName(object)));
  return missing(object, Value::fromString(name));
}

Value Evaluator::item(const Value& object, const Value& key) {
  requireDefined(object);
  if (key.isUndefined() && key.object && static_cast<const UndefinedObject&>(*key.object).security)
    requireDefined(key);
  if (object.kind == Kind::Dict && key.kind != Kind::List && key.kind != Kind::Dict)
    if (const Value* found = dictOf(object).find(key))
      return *found;
  const bool sequence = object.kind == Kind::List || object.kind == Kind::Tuple ||
                        (object.kind == Kind::View && static_cast<const ListObject&>(*object.object).name == "range");
  if ((sequence || object.isString()) && (key.kind == Kind::Int || key.kind == Kind::Bool)) {
    const int64_t size = lengthOf(object);
    int64_t at = asIndex(key);
    at = at < 0 ? at + size : at;
    if (at < 0 || at >= size)
      return missing(object, key);
    if (sequence)
      return object.items()[static_cast<size_t>(at)];
    const std::string& text = object.string();
    if (static_cast<int64_t>(text.size()) == size)
      return Value::fromString(std::string(1, text[static_cast<size_t>(at)]));
    spend(1 + text.size() / 16);
    return Value::fromString(encode(decode(text).substr(static_cast<size_t>(at), 1)));
  }
  if (key.isString() && (object.kind != Kind::Dict || findMethod(object, key.string())))
    return attribute(object, key.string());
  return missing(object, key);
}

Value Evaluator::binary(const std::string& op, const Value& a, const Value& b) {
  if (op == "%" && a.isString())
    return string(percentFormat(a.string(), b));
  requireDefined(a);
  requireDefined(b);
  if (isNumber(a) && isNumber(b))
    return numeric(op, a, b);
  if (op == "+") {
    const auto markup = [](const Value& v) { return v.isString() && static_cast<const StringObject&>(*v.object).markup; };
    if (a.isString() && b.isString() && (markup(a) || markup(b))) {
      Value out = string((markup(a) ? a.string() : escapedText(a.string())) + (markup(b) ? b.string() : escapedText(b.string())));
      static_cast<StringObject&>(*out.object).markup = true;
      return out;
    }
    if (a.isString() && b.isString()) {
      std::string text;
      text.reserve(a.string().size() + b.string().size());
      text.append(a.string()).append(b.string());
      return string(std::move(text));
    }
    if (a.kind == b.kind && (a.kind == Kind::List || a.kind == Kind::Tuple)) {
      spend(a.items().size() + b.items().size());
      Values items = a.items();
      items.insert(items.end(), b.items().begin(), b.items().end());
      return a.kind == Kind::List ? Value::list(std::move(items)) : Value::tuple(std::move(items));
    }
    if (a.isString() || a.kind == Kind::List || a.kind == Kind::Tuple)
      failRuntime(fmt::format("TypeError: can only concatenate {} (not \"{}\") to {}", typeName(a), typeName(b), typeName(a)));
  }
  if (op == "*") {
    const bool leftSequence = a.isString() || a.kind == Kind::List || a.kind == Kind::Tuple;
    const bool rightSequence = b.isString() || b.kind == Kind::List || b.kind == Kind::Tuple;
    if (leftSequence != rightSequence && (leftSequence ? b : a).kind != Kind::Float && isNumber(leftSequence ? b : a))
      return leftSequence ? repeated(*this, a, b) : repeated(*this, b, a);
  }
  failRuntime(fmt::format("TypeError: unsupported operand type(s) for {}: '{}' and '{}'", op, typeName(a), typeName(b)));
}

} // namespace lathe::text::jinja
