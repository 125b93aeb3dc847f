// SPDX-License-Identifier: Apache-2.0
// Values of the template language: Python's, as far as templates can see them.
#pragma once

#include "core/base/json.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe::text::jinja {

class Evaluator;

/// What a template did wrong; turned into lathe::Exception with code "TEMPLATE:" + kind at the border.
struct Failure {
  const char* kind; // raised, undefined, syntax, limit, security, runtime
  std::string message;
  int line = 0;
};
[[noreturn]] void failRuntime(std::string message);
[[noreturn]] void failLimit(std::string message);
[[noreturn]] void failUndefined(std::string message);
[[noreturn]] void failSecurity(std::string message);

enum class Kind : uint8_t { Undefined, None, Bool, Int, BigInt, Float, String, List, Tuple, Dict, View, Namespace, Callable, Loop };

/// Heap part of a value; its size counts against the memory limit of the rendering on this thread.
struct Object {
  explicit Object(size_t bytes);
  virtual ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

private:
  size_t m_charged;
};

struct Value;
struct Arguments;
using Values = std::vector<Value>;

struct Value {
  Kind kind = Kind::Undefined;
  union {
    bool boolean;
    int64_t integer = 0;
    double number;
  };
  std::shared_ptr<Object> object;

  static Value none();
  static Value fromBool(bool v);
  static Value fromInt(int64_t v);
  static Value fromWide(__int128 v);           // BigInt beyond 64 bits
  static Value fromDecimal(std::string digits); // an integer of any size
  static Value fromFloat(double v);
  static Value fromString(std::string v);
  static Value list(Values items);
  static Value tuple(Values items);
  static Value view(std::string name, Values items, bool sized); // generators, dict views, ranges
  /// `make` runs when the first element is asked for; `input` and `arguments` are what it holds.
  static Value generator(std::string name, const Value& input, const Arguments& arguments, std::function<Values()> make);
  static Value dict();
  static Value undefined(std::string message = {}, bool security = false);
  static Value fromJson(const Json& json);

  bool isString() const { return kind == Kind::String; }
  bool isSequenceLike() const { return kind == Kind::List || kind == Kind::Tuple || kind == Kind::View; }
  bool isUndefined() const { return kind == Kind::Undefined; }
  const std::string& string() const;
  const Values& items() const; // List, Tuple, View
};

struct StringObject : Object {
  explicit StringObject(std::string v) : Object(v.size() + 64), text(std::move(v)) {}
  std::string text;
  mutable int64_t length = -1; // code points
  bool markup = false;         // HTML that is already escaped: what is added to it is escaped
};
struct UndefinedObject : Object {
  UndefinedObject(std::string m, bool s) : Object(64), message(std::move(m)), security(s) {}
  std::string message;
  bool security;
};
struct ListObject : Object {
  explicit ListObject(Values v);
  ~ListObject() override;
  /// Makes the elements of a generator that nobody has asked for yet.
  void fill() const {
    if (pending)
      items = std::exchange(pending, nullptr)();
  }
  mutable Values items;
  mutable std::function<Values()> pending;
  int depth = 1;
  std::string name;   // of a View: "dict_items", "generator", "range"
  bool sized = true;  // a generator has no len()
  bool group = false; // a groupby pair: .grouper, .list
  std::string display;      // of a range: what it prints as
  mutable size_t taken = 0; // of a generator: elements that are used up
};
struct DictObject : Object {
  DictObject() : Object(64) {}
  ~DictObject() override;
  std::vector<std::pair<Value, Value>> entries;
  int depth = 1;
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  void set(Value key, Value value);

private:
  std::vector<uint32_t> m_table; // open addressing over entries, used beyond a few
  void rehash();
  size_t m_charged = 0;
};
struct NamespaceObject : Object {
  NamespaceObject() : Object(64) {}
  DictObject attributes;
};

/// The variable `loop`.
struct LoopObject : Object {
  LoopObject(std::shared_ptr<const Values> v, int d) : Object(128), items(std::move(v)), depth(d) {}
  std::shared_ptr<const Values> items;
  size_t index = 0;
  int depth;
  bool hasChanged = false;
  Values lastChanged;
  std::function<Value(const Value&)> recurse; // of a recursive loop
};

struct Arguments {
  Values positional;
  std::vector<std::pair<std::string, Value>> named;
  /// Positional `index`, else the named one; nullptr when not given.
  const Value* get(size_t index, std::string_view name) const;
};
using Function = std::function<Value(Evaluator&, const Arguments&)>;
struct CallableObject : Object {
  CallableObject(std::string n, Function f) : Object(160), name(std::move(n)), call(std::move(f)) {}
  std::string name;
  Function call;
  int depth = 0; // of the values that the functions hold
  std::function<bool(std::string_view, Value&)> attribute; // of macros and cyclers
};
/// `held`: a value that the function keeps (nullptr: none).
Value callable(std::string name, Function function, const Value* held = nullptr);

const DictObject& dictOf(const Value& value);

bool truthy(const Value& value);
bool equal(const Value& a, const Value& b, int depth = 0);
/// Python's <; a TypeError for types without an order.
bool less(const Value& a, const Value& b, int depth = 0);
std::string toText(const Value& value); // str()
std::string repr(const Value& value);
std::string typeName(const Value& value); // "str", "dict", …
std::string floatRepr(double value);
bool isNumber(const Value& value);
double asDouble(const Value& value);
/// Integer value of Int or Bool; a TypeError otherwise.
int64_t asIndex(const Value& value);
/// An Int, Bool or BigInt within 127 bits.
bool wideOf(const Value& value, __int128& out);
/// Elements of any iterable, characters of a string, keys of a dict; a TypeError otherwise. Uses a generator up.
Values iterate(const Value& value);
int64_t lengthOf(const Value& value);

struct JsonStyle {
  bool ensureAscii = false;
  int indent = -1; // −1: one line
  std::string indentText;
  std::string itemSeparator = ", ", keySeparator = ": ";
  bool sortKeys = false;
};
std::string jsonText(const Value& value, const JsonStyle& style); // json.dumps

// Text by code points.
std::u32string decode(std::string_view text);
std::string encode(std::u32string_view text);
void appendUtf8(std::string& out, char32_t c);
int64_t codePoints(const Value& string);
bool isSpace(char32_t c);
bool isAlphanumeric(char32_t c); // str.isalnum
std::string casefoldText(std::string_view text);
/// & < > " ' as HTML entities.
std::string escapedText(const std::string& text);
std::string upperText(std::string_view text);
std::string lowerText(std::string_view text);
std::string titleText(std::string_view text);
std::string capitalizeText(std::string_view text);
std::string stripText(std::string_view text, const std::string* characters, bool left, bool right);

/// Bytes held by values of the rendering on this thread; see Evaluator.
size_t& heldBytes();
inline constexpr size_t kHeldBytes = 96u << 20;
inline constexpr int kValueDepth = 200;

} // namespace lathe::text::jinja
