// SPDX-License-Identifier: Apache-2.0
#include "core/text/jinja_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lathe::text::jinja {

void failRuntime(std::string message) { throw Failure{"runtime", std::move(message)}; }
void failLimit(std::string message) { throw Failure{"limit", std::move(message)}; }
void failUndefined(std::string message) { throw Failure{"undefined", std::move(message)}; }
void failSecurity(std::string message) { throw Failure{"security", std::move(message)}; }

size_t& heldBytes() {
  thread_local size_t bytes = 0;
  return bytes;
}

Object::Object(size_t bytes) : m_charged(bytes) {
  if (heldBytes() + bytes > kHeldBytes)
    failLimit(fmt::format("The template's values need more than {} MiB.", kHeldBytes >> 20));
  heldBytes() += bytes;
}

Object::~Object() {
  size_t& held = heldBytes();
  held -= std::min(held, m_charged);
}

namespace {

/// Moves the inner values out before they die, so that destruction does not recurse deeper than one level per call.
template <class T>
Value wrap(Kind kind, std::shared_ptr<T> object) {
  Value value;
  value.kind = kind;
  value.object = std::move(object);
  return value;
}

int depthOf(const Value& value) {
  switch (value.kind) {
  case Kind::List:
  case Kind::Tuple:
  case Kind::View:
    return static_cast<const ListObject&>(*value.object).depth;
  case Kind::Dict:
    return static_cast<const DictObject&>(*value.object).depth;
  case Kind::Callable:
    return static_cast<const CallableObject&>(*value.object).depth;
  default:
    return 0;
  }
}

void checkDepth(int depth) {
  if (depth > kValueDepth)
    failLimit(fmt::format("A value is nested deeper than {} levels.", kValueDepth));
}

size_t hashOf(const Value& key) {
  switch (key.kind) {
  case Kind::String:
    return std::hash<std::string_view>()(key.string());
  case Kind::Bool:
    return std::hash<double>()(key.boolean ? 1.0 : 0.0);
  case Kind::Int:
    return std::hash<double>()(static_cast<double>(key.integer));
  case Kind::Float:
    return std::hash<double>()(key.number);
  default:
    return 7;
  }
}

void requireHashable(const Value& key) {
  if (key.kind == Kind::List || key.kind == Kind::Dict)
    failRuntime(fmt::format("TypeError: unhashable type: '{}'", typeName(key)));
}

} // namespace

Value Value::none() {
  Value v;
  v.kind = Kind::None;
  return v;
}

Value Value::fromBool(bool b) {
  Value v;
  v.kind = Kind::Bool;
  v.integer = 0;
  v.boolean = b;
  return v;
}

Value Value::fromInt(int64_t i) {
  Value v;
  v.kind = Kind::Int;
  v.integer = i;
  return v;
}

Value Value::fromWide(__int128 wide) {
  if (wide >= INT64_MIN && wide <= INT64_MAX)
    return fromInt(static_cast<int64_t>(wide));
  const bool negative = wide < 0;
  unsigned __int128 rest = negative ? -static_cast<unsigned __int128>(wide) : static_cast<unsigned __int128>(wide);
  std::string digits;
  for (; rest; rest /= 10)
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (negative)
    digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return wrap(Kind::BigInt, std::make_shared<StringObject>(std::move(digits)));
}

Value Value::fromDecimal(std::string digits) {
  int64_t small = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), small);
  if (code == std::errc() && end == digits.data() + digits.size())
    return fromInt(small);
  const size_t sign = !digits.empty() && digits[0] == '-' ? 1 : 0;
  const size_t zeros = std::min(digits.find_first_not_of('0', sign), digits.size());
  digits.erase(sign, zeros - sign);
  if (digits.size() > 4300)
    failLimit("An integer has more than 4300 digits.");
  return wrap(Kind::BigInt, std::make_shared<StringObject>(std::move(digits)));
}

Value Value::fromFloat(double d) {
  Value v;
  v.kind = Kind::Float;
  v.number = d;
  return v;
}

Value Value::fromString(std::string text) { return wrap(Kind::String, std::make_shared<StringObject>(std::move(text))); }
Value Value::list(Values items) { return wrap(Kind::List, std::make_shared<ListObject>(std::move(items))); }
Value Value::tuple(Values items) { return wrap(Kind::Tuple, std::make_shared<ListObject>(std::move(items))); }

Value Value::view(std::string name, Values items, bool sized) {
  auto object = std::make_shared<ListObject>(std::move(items));
  object->name = std::move(name);
  object->sized = sized;
  return wrap(Kind::View, std::move(object));
}

Value Value::generator(std::string name, const Value& input, const Arguments& arguments, std::function<Values()> make) {
  int depth = depthOf(input);
  for (const Value& value : arguments.positional)
    depth = std::max(depth, depthOf(value));
  for (const auto& [key, value] : arguments.named)
    depth = std::max(depth, depthOf(value));
  checkDepth(depth + 1);
  Value out = view(std::move(name), {}, false);
  auto& object = static_cast<ListObject&>(*out.object);
  object.depth = depth + 1;
  object.pending = std::move(make);
  return out;
}

Value Value::dict() { return wrap(Kind::Dict, std::make_shared<DictObject>()); }

Value Value::undefined(std::string message, bool security) {
  return wrap(Kind::Undefined, std::make_shared<UndefinedObject>(std::move(message), security));
}

Value Value::fromJson(const Json& json) {
  switch (json.type()) {
  case Json::value_t::boolean:
    return fromBool(json.get<bool>());
  case Json::value_t::number_integer:
    return fromInt(json.get<int64_t>());
  case Json::value_t::number_unsigned:
    return fromWide(static_cast<__int128>(json.get<uint64_t>()));
  case Json::value_t::number_float:
    return fromFloat(json.get<double>());
  case Json::value_t::string:
    return fromString(json.get_ref<const std::string&>());
  case Json::value_t::array: {
    Values items;
    items.reserve(json.size());
    for (const Json& item : json)
      items.push_back(fromJson(item));
    return list(std::move(items));
  }
  case Json::value_t::object: {
    Value out = dict();
    auto& object = static_cast<DictObject&>(*out.object);
    for (const auto& [key, item] : json.items())
      object.set(fromString(key), fromJson(item));
    return out;
  }
  default:
    return none();
  }
}

const std::string& Value::string() const { return static_cast<const StringObject&>(*object).text; }
const Values& Value::items() const { return static_cast<const ListObject&>(*object).items; }
const DictObject& dictOf(const Value& value) { return static_cast<const DictObject&>(*value.object); }

ListObject::ListObject(Values v) : Object(64 + v.size() * sizeof(Value)), items(std::move(v)) {
  for (const Value& item : items)
    depth = std::max(depth, 1 + depthOf(item));
  checkDepth(depth);
}

ListObject::~ListObject() = default;

DictObject::~DictObject() {
  size_t& held = heldBytes();
  held -= std::min(held, m_charged);
}

void DictObject::rehash() {
  size_t size = 16;
  while (size < entries.size() * 2 + 2)
    size *= 2;
  m_table.assign(size, 0);
  for (size_t i = 0; i < entries.size(); ++i) {
    size_t slot = hashOf(entries[i].first) & (size - 1);
    while (m_table[slot])
      slot = (slot + 1) & (size - 1);
    m_table[slot] = static_cast<uint32_t>(i + 1);
  }
}

const Value* DictObject::find(const Value& key) const {
  if (key.kind == Kind::String)
    return find(std::string_view(key.string()));
  for (const auto& [k, v] : entries)
    if (equal(k, key))
      return &v;
  return nullptr;
}

const Value* DictObject::find(std::string_view key) const {
  if (m_table.empty()) {
    for (const auto& [k, v] : entries)
      if (k.kind == Kind::String && k.string() == key)
        return &v;
    return nullptr;
  }
  const size_t mask = m_table.size() - 1;
  for (size_t slot = std::hash<std::string_view>()(key) & mask; m_table[slot]; slot = (slot + 1) & mask) {
    const auto& [k, v] = entries[m_table[slot] - 1];
    if (k.kind == Kind::String && k.string() == key)
      return &v;
  }
  return nullptr;
}

void DictObject::set(Value key, Value value) {
  requireHashable(key);
  depth = std::max(depth, 1 + depthOf(value));
  checkDepth(depth);
  if (const Value* old = find(key)) {
    *const_cast<Value*>(old) = std::move(value);
    return;
  }
  constexpr size_t entryBytes = 2 * sizeof(Value) + 8;
  if (heldBytes() + entryBytes > kHeldBytes)
    failLimit(fmt::format("The template's values need more than {} MiB.", kHeldBytes >> 20));
  heldBytes() += entryBytes;
  m_charged += entryBytes;
  entries.emplace_back(std::move(key), std::move(value));
  if (!m_table.empty() || entries.size() > 8) {
    if (m_table.size() < entries.size() * 2) {
      rehash();
    } else {
      const size_t mask = m_table.size() - 1;
      size_t slot = hashOf(entries.back().first) & mask;
      while (m_table[slot])
        slot = (slot + 1) & mask;
      m_table[slot] = static_cast<uint32_t>(entries.size());
    }
  }
}

const Value* Arguments::get(size_t index, std::string_view name) const {
  if (index < positional.size())
    return &positional[index];
  for (const auto& [key, value] : named)
    if (key == name)
      return &value;
  return nullptr;
}

Value callable(std::string name, Function function, const Value* held) {
  auto object = std::make_shared<CallableObject>(std::move(name), std::move(function));
  object->depth = held ? depthOf(*held) + 1 : 0;
  checkDepth(object->depth);
  return wrap(Kind::Callable, std::move(object));
}

bool truthy(const Value& value) {
  switch (value.kind) {
  case Kind::Undefined:
  case Kind::None:
    return false;
  case Kind::Bool:
    return value.boolean;
  case Kind::Int:
    return value.integer != 0;
  case Kind::Float:
    return value.number != 0;
  case Kind::String:
    return !value.string().empty();
  case Kind::List:
  case Kind::Tuple:
    return !value.items().empty();
  case Kind::View:
    return !static_cast<const ListObject&>(*value.object).sized || !value.items().empty();
  case Kind::Dict:
    return !dictOf(value).entries.empty();
  case Kind::BigInt:
  case Kind::Namespace:
  case Kind::Callable:
  case Kind::Loop:
    return true;
  }
  return true;
}

bool isNumber(const Value& value) {
  return value.kind == Kind::Bool || value.kind == Kind::Int || value.kind == Kind::BigInt || value.kind == Kind::Float;
}

double asDouble(const Value& value) {
  switch (value.kind) {
  case Kind::Bool:
    return value.boolean ? 1 : 0;
  case Kind::Int:
    return static_cast<double>(value.integer);
  case Kind::Float:
    return value.number;
  case Kind::BigInt:
    return std::strtod(value.string().c_str(), nullptr);
  default:
    failRuntime(fmt::format("TypeError: must be real number, not {}", typeName(value)));
  }
}

bool wideOf(const Value& value, __int128& out) {
  if (value.kind == Kind::Int || value.kind == Kind::Bool) {
    out = value.kind == Kind::Bool ? value.boolean : value.integer;
    return true;
  }
  if (value.kind != Kind::BigInt || value.string().size() > 38)
    return false;
  out = 0;
  const std::string& text = value.string();
  for (const char c : text)
    if (c != '-')
      out = out * 10 + (c - '0');
  if (text[0] == '-')
    out = -out;
  return true;
}

int64_t asIndex(const Value& value) {
  if (value.kind == Kind::Int)
    return value.integer;
  if (value.kind == Kind::Bool)
    return value.boolean ? 1 : 0;
  if (value.kind == Kind::BigInt)
    return value.string()[0] == '-' ? INT64_MIN : INT64_MAX;
  if (value.isUndefined())
    failUndefined(static_cast<const UndefinedObject&>(*value.object).message);
  failRuntime(fmt::format("TypeError: '{}' object cannot be interpreted as an integer", typeName(value)));
}

bool equal(const Value& a, const Value& b, int depth) {
  if (depth > kValueDepth)
    failLimit("A comparison is nested too deeply.");
  if (isNumber(a) && isNumber(b)) {
    __int128 x = 0, y = 0;
    if (wideOf(a, x) && wideOf(b, y))
      return x == y;
    if (a.kind == Kind::BigInt && b.kind == Kind::BigInt)
      return a.string() == b.string();
    return asDouble(a) == asDouble(b);
  }
  if (a.kind != b.kind)
    return false;
  switch (a.kind) {
  case Kind::Undefined:
  case Kind::None:
    return true;
  case Kind::String:
    return a.string() == b.string();
  case Kind::View:
    if (!static_cast<const ListObject&>(*a.object).sized)
      return a.object == b.object;
    [[fallthrough]];
  case Kind::List:
  case Kind::Tuple: {
    const Values &x = a.items(), &y = b.items();
    return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(), [depth](const Value& l, const Value& r) { return equal(l, r, depth + 1); });
  }
  case Kind::Dict: {
    const DictObject &x = dictOf(a), &y = dictOf(b);
    if (x.entries.size() != y.entries.size())
      return false;
    for (const auto& [key, value] : x.entries) {
      const Value* other = y.find(key);
      if (!other || !equal(value, *other, depth + 1))
        return false;
    }
    return true;
  }
  default:
    return a.object == b.object;
  }
}

bool less(const Value& a, const Value& b, int depth) {
  if (depth > kValueDepth)
    failLimit("A comparison is nested too deeply.");
  for (const Value* v : {&a, &b})
    if (v->isUndefined())
      failUndefined(v->object ? static_cast<const UndefinedObject&>(*v->object).message : "a value is undefined");
  if (isNumber(a) && isNumber(b)) {
    __int128 x = 0, y = 0;
    return wideOf(a, x) && wideOf(b, y) ? x < y : asDouble(a) < asDouble(b);
  }
  if (a.kind == Kind::String && b.kind == Kind::String)
    return a.string() < b.string(); // UTF-8 bytes order as code points do
  if (a.kind == b.kind && (a.kind == Kind::List || a.kind == Kind::Tuple)) {
    const Values &x = a.items(), &y = b.items();
    for (size_t i = 0; i < std::min(x.size(), y.size()); ++i)
      if (!equal(x[i], y[i], depth + 1))
        return less(x[i], y[i], depth + 1);
    return x.size() < y.size();
  }
  failRuntime(fmt::format("TypeError: '<' not supported between instances of '{}' and '{}'", typeName(a), typeName(b)));
}

Values iterate(const Value& value) {
  switch (value.kind) {
  case Kind::Undefined:
    if (value.object && static_cast<const UndefinedObject&>(*value.object).security)
      failSecurity(static_cast<const UndefinedObject&>(*value.object).message);
    return {};
  case Kind::List:
  case Kind::Tuple:
    return value.items();
  case Kind::View: {
    const auto& view = static_cast<const ListObject&>(*value.object);
    view.fill();
    const size_t from = view.sized ? 0 : std::exchange(view.taken, view.items.size());
    return Values(view.items.begin() + static_cast<std::ptrdiff_t>(from), view.items.end());
  }
  case Kind::Dict: {
    Values out;
    for (const auto& entry : dictOf(value).entries)
      out.push_back(entry.first);
    return out;
  }
  case Kind::String: {
    Values out;
    std::string piece;
    for (const char32_t c : decode(value.string())) {
      piece.clear();
      appendUtf8(piece, c);
      out.push_back(Value::fromString(piece));
    }
    return out;
  }
  default:
    failRuntime(fmt::format("TypeError: '{}' object is not iterable", typeName(value)));
  }
}

int64_t lengthOf(const Value& value) {
  switch (value.kind) {
  case Kind::Undefined:
    return 0;
  case Kind::String:
    return codePoints(value);
  case Kind::View:
    if (!static_cast<const ListObject&>(*value.object).sized)
      break;
    [[fallthrough]];
  case Kind::List:
  case Kind::Tuple:
    return static_cast<int64_t>(value.items().size());
  case Kind::Dict:
    return static_cast<int64_t>(dictOf(value).entries.size());
  default:
    break;
  }
  failRuntime(fmt::format("TypeError: object of type '{}' has no len()", typeName(value)));
}

} // namespace lathe::text::jinja
