// SPDX-License-Identifier: Apache-2.0
#include "core/text/jinja_eval.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lathe::text::jinja {

namespace {
constexpr int kRecursion = 1200; // nested evaluations, whatever nests them
constexpr uint64_t kClockEvery = 20'000;
} // namespace

Value* Scope::find(int symbol) {
  for (auto& [key, value] : variables)
    if (key == symbol)
      return &value;
  return nullptr;
}

void Scope::set(int symbol, Value value) {
  if (Value* old = find(symbol))
    *old = std::move(value);
  else
    variables.emplace_back(symbol, std::move(value));
}

void requireDefined(const Value& value) {
  if (value.kind != Kind::Undefined)
    return;
  if (!value.object)
    failUndefined("a value is undefined");
  const auto& object = static_cast<const UndefinedObject&>(*value.object);
  if (object.security)
    failSecurity(object.message);
  failUndefined(object.message);
}

struct Evaluator::Deeper {
  explicit Deeper(Evaluator& e) : evaluator(e) {
    if (++evaluator.m_depth > kRecursion) {
      --evaluator.m_depth;
      failLimit(fmt::format("The template calls itself too deeply (more than {} nested evaluations).", kRecursion));
    }
  }
  ~Deeper() { --evaluator.m_depth; }
  Evaluator& evaluator;
};

Evaluator::Evaluator(const Program& program, std::string nowIso)
    : m_program(program), m_nowIso(std::move(nowIso)), m_scope(std::make_shared<Scope>()), m_fuel(limits::kTemplateFuel),
      m_deadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(limits::kTemplateMilliseconds)), m_heldBefore(heldBytes()) {
  heldBytes() = 0;
}

Evaluator::~Evaluator() {
  // Macros and namespaces can refer to what holds them: empty everything first, so that nothing stays behind.
  std::vector<std::shared_ptr<NamespaceObject>> spaces;
  for (const auto& weak : m_namespaces)
    if (auto space = weak.lock())
      spaces.push_back(std::move(space));
  for (const auto& space : spaces)
    space->attributes.entries.clear();
  for (const auto& closure : m_closures)
    closure->variables.clear();
  m_closures.clear();
  m_topScope.reset();
  m_scope.reset();
  heldBytes() = m_heldBefore;
}

void Evaluator::setVariable(const std::string& name, Value value) {
  if (const auto it = m_program.symbolOf.find(name); it != m_program.symbolOf.end())
    m_scope->set(it->second, std::move(value));
}

std::string Evaluator::run() {
  m_scope = std::make_shared<Scope>(Scope{m_scope, {}});
  m_topScope = m_scope;
  execute(m_program.body);
  return std::move(m_output);
}

void Evaluator::spend(uint64_t steps) {
  if (m_fuel < steps)
    failLimit(fmt::format("The template needs more than {} steps.", limits::kTemplateFuel));
  m_fuel -= steps;
  m_untilClock += steps;
  if (m_untilClock >= kClockEvery) {
    m_untilClock = 0;
    if (std::chrono::steady_clock::now() > m_deadline)
      failLimit(fmt::format("The template takes longer than {} ms.", limits::kTemplateMilliseconds));
  }
}

Value Evaluator::string(std::string text) {
  if (text.size() > limits::kTemplateOutputBytes)
    failLimit(fmt::format("A text is longer than {} MiB.", limits::kTemplateOutputBytes >> 20));
  spend(1 + text.size() / 16);
  return Value::fromString(std::move(text));
}

Value Evaluator::makeNamespace() {
  auto object = std::make_shared<NamespaceObject>();
  m_namespaces.push_back(object);
  Value out;
  out.kind = Kind::Namespace;
  out.object = std::move(object);
  return out;
}

void Evaluator::write(std::string_view text) {
  if (m_out->size() + text.size() > limits::kTemplateOutputBytes)
    failLimit(fmt::format("The rendered text is longer than {} MiB.", limits::kTemplateOutputBytes >> 20));
  spend(1 + text.size() / 16);
  m_out->append(text);
}

// --- expressions

Value Evaluator::lookUp(const Expression& e) {
  for (Scope* scope = m_scope.get(); scope; scope = scope->parent.get())
    if (const Value* found = scope->find(e.symbol))
      return *found;
  const std::string& name = m_program.symbols[static_cast<size_t>(e.symbol)];
  Value out;
  if (findGlobal(*this, name, out))
    return out;
  return Value::undefined(fmt::format("'{}' is undefined", name));
}

Value Evaluator::evaluate(const Expression& e) {
  Deeper deeper(*this);
  spend(1);
  m_line = e.line;
  switch (e.kind) {
  case Expression::Kind::Constant:
    return e.value;
  case Expression::Kind::Name:
    return lookUp(e);
  case Expression::Kind::List:
  case Expression::Kind::Tuple: {
    Values items;
    items.reserve(e.children.size());
    for (const ExpressionPtr& child : e.children)
      items.push_back(evaluate(*child));
    return e.kind == Expression::Kind::List ? Value::list(std::move(items)) : Value::tuple(std::move(items));
  }
  case Expression::Kind::Dict: {
    Value out = Value::dict();
    for (size_t i = 0; i + 1 < e.children.size(); i += 2) {
      Value key = evaluate(*e.children[i]);
      static_cast<DictObject&>(*out.object).set(std::move(key), evaluate(*e.children[i + 1]));
    }
    return out;
  }
  case Expression::Kind::Attribute:
    return attribute(evaluate(*e.children[0]), e.name);
  case Expression::Kind::Item:
    return evaluateItem(e);
  case Expression::Kind::Slice:
    failRuntime("TypeError: a slice stands alone");
  case Expression::Kind::Call:
    return evaluateCall(e);
  case Expression::Kind::Filter:
    return applyFilter(e, nullptr);
  case Expression::Kind::Test: {
    const Value input = evaluate(*e.children[0]);
    if (!e.test)
      failRuntime(fmt::format("TemplateRuntimeError: No test named '{}' found.", e.name));
    const Arguments arguments = evaluateArguments(e);
    const std::string_view name = e.name;
    const bool takesOne = name == "divisibleby" || name == "in" || name == "sameas" || name == "eq" || name == "equalto" || name == "ne" || name == "lt" || name == "lessthan" || name == "le" || name == "gt" ||
                          name == "greaterthan" || name == "ge" || std::string_view("=!<>").find(name[0]) != std::string_view::npos;
    if (!takesOne && !(arguments.positional.empty() && arguments.named.empty()))
      failRuntime(fmt::format("TypeError: test_{}() takes 1 positional argument but {} were given", name, 1 + arguments.positional.size()));
    return Value::fromBool(e.test->call(*this, input, arguments));
  }
  case Expression::Kind::Negate:
  case Expression::Kind::Plus:
    return negate(evaluate(*e.children[0]), e.kind == Expression::Kind::Negate);
  case Expression::Kind::Not: {
    const Value value = evaluate(*e.children[0]);
    return Value::fromBool(!truthy(value));
  }
  case Expression::Kind::And:
  case Expression::Kind::Or: {
    Value left = evaluate(*e.children[0]);
    return truthy(left) == (e.kind == Expression::Kind::Or) ? left : evaluate(*e.children[1]);
  }
  case Expression::Kind::Binary: {
    const Value left = evaluate(*e.children[0]);
    const Value right = evaluate(*e.children[1]);
    m_line = e.line;
    return binary(e.name, left, right);
  }
  case Expression::Kind::Concat: {
    std::string text;
    for (const ExpressionPtr& child : e.children) {
      text += toText(evaluate(*child));
      if (text.size() > limits::kTemplateOutputBytes)
        failLimit(fmt::format("A text is longer than {} MiB.", limits::kTemplateOutputBytes >> 20));
    }
    return string(std::move(text));
  }
  case Expression::Kind::Compare:
    return evaluateCompare(e);
  case Expression::Kind::Condition:
    if (truthy(evaluate(*e.children[0])))
      return evaluate(*e.children[1]);
    if (e.children.size() > 2)
      return evaluate(*e.children[2]);
    return Value::undefined(fmt::format("the inline if-expression on line {} evaluated to false and no else section was defined.", e.line));
  }
  return {};
}

Value Evaluator::negate(const Value& value, bool minus) {
  requireDefined(value);
  __int128 wide = 0;
  if (wideOf(value, wide))
    return Value::fromWide(minus ? -wide : wide);
  if (value.kind == Kind::Float)
    return Value::fromFloat(minus ? -value.number : value.number);
  failRuntime(fmt::format("TypeError: bad operand type for unary {}: '{}'", minus ? '-' : '+', typeName(value)));
}

Value Evaluator::evaluateCompare(const Expression& e) {
  Value left = evaluate(*e.children[0]);
  for (size_t i = 0; i < e.operators.size(); ++i) {
    Value right = evaluate(*e.children[i + 1]);
    const std::string& op = e.operators[i];
    m_line = e.line;
    bool good = false;
    if (op == "==" || op == "!=") {
      if (left.isString() && right.isString())
        spend(1 + std::min(left.string().size(), right.string().size()) / 64);
      good = equal(left, right) == (op == "==");
    } else if (op == "in" || op == "not in") {
      good = contains(right, left) == (op == "in");
    } else {
      requireDefined(left);
      requireDefined(right);
      const bool swap = op == ">" || op == "<=";
      const bool lower = swap ? less(right, left) : less(left, right);
      good = op == "<" || op == ">" ? lower : !lower;
      if ((op == "<=" || op == ">=") && ((left.kind == Kind::Float && std::isnan(left.number)) || (right.kind == Kind::Float && std::isnan(right.number))))
        good = false;
    }
    if (!good)
      return Value::fromBool(false);
    left = std::move(right);
  }
  return Value::fromBool(true);
}

bool Evaluator::contains(const Value& container, const Value& needle) {
  if (container.kind == Kind::String) {
    if (!needle.isString())
      failRuntime(fmt::format("TypeError: 'in <string>' requires string as left operand, not {}", typeName(needle)));
    spend(1 + container.string().size() / 64);
    return container.string().find(needle.string()) != std::string::npos;
  }
  if (container.kind == Kind::Dict) {
    if (needle.kind == Kind::List || needle.kind == Kind::Dict)
      failRuntime(fmt::format("TypeError: unhashable type: '{}'", typeName(needle)));
    return dictOf(container).find(needle) != nullptr;
  }
  if (container.kind == Kind::View && !static_cast<const ListObject&>(*container.object).sized) {
    const auto& view = static_cast<const ListObject&>(*container.object);
    view.fill();
    while (view.taken < view.items.size()) {
      spend(1);
      if (equal(view.items[view.taken++], needle))
        return true;
    }
    return false;
  }
  if (container.isSequenceLike()) {
    spend(1 + container.items().size());
    return std::any_of(container.items().begin(), container.items().end(), [&](const Value& v) { return equal(v, needle); });
  }
  if (container.isUndefined()) {
    iterate(container);
    return false;
  }
  failRuntime(fmt::format("TypeError: argument of type '{}' is not iterable", typeName(container)));
}

Value Evaluator::evaluateItem(const Expression& e) {
  const Value object = evaluate(*e.children[0]);
  const Expression& index = *e.children[1];
  if (index.kind != Expression::Kind::Slice) {
    const Value key = evaluate(index);
    m_line = e.line;
    return item(object, key);
  }
  const Value from = evaluate(*index.children[0]), to = evaluate(*index.children[1]), step = evaluate(*index.children[2]);
  m_line = e.line;
  return slice(object, from, to, step);
}

Value Evaluator::slice(const Value& object, const Value& from, const Value& to, const Value& step) {
  requireDefined(object);
  const bool text = object.kind == Kind::String;
  const bool range = object.kind == Kind::View && static_cast<const ListObject&>(*object.object).name == "range";
  if (object.kind == Kind::Dict)
    failRuntime("TypeError: unhashable type: 'slice'");
  if (!text && object.kind != Kind::List && object.kind != Kind::Tuple && !range)
    failRuntime(fmt::format("TypeError: '{}' object is not subscriptable", typeName(object)));
  const std::u32string wide = text ? decode(object.string()) : std::u32string();
  const int64_t size = text ? static_cast<int64_t>(wide.size()) : static_cast<int64_t>(object.items().size());
  const int64_t stride = step.kind == Kind::None ? 1 : asIndex(step);
  if (stride == 0)
    failRuntime("ValueError: slice step cannot be zero");
  const auto bound = [size, stride](const Value& v, int64_t standard) {
    if (v.kind == Kind::None)
      return standard;
    int64_t i = asIndex(v);
    if (i < 0)
      i = i < -size ? -1 - (stride > 0 ? -1 : 0) : i + size;
    return std::clamp<int64_t>(i, stride > 0 ? 0 : -1, stride > 0 ? size : size - 1);
  };
  const int64_t begin = bound(from, stride > 0 ? 0 : size - 1), end = bound(to, stride > 0 ? size : -1);
  spend(1 + static_cast<uint64_t>(size) / 4);
  std::u32string characters;
  Values items;
  for (__int128 i = begin; stride > 0 ? i < end : i > end; i += stride) {
    if (text)
      characters += wide[static_cast<size_t>(i)];
    else
      items.push_back(object.items()[static_cast<size_t>(i)]);
  }
  if (text)
    return string(encode(characters));
  if (range) {
    const auto at = [&](__int128 index) { // what the element at an index would be
      const Values& all = object.items();
      const __int128 first = all.empty() ? 0 : asIndex(all[0]), by = all.size() > 1 ? asIndex(all[1]) - asIndex(all[0]) : 1;
      return toText(Value::fromWide(first + by * index));
    };
    Value out = Value::view("range", std::move(items), true);
    const Values& all = object.items();
    const int64_t by = (all.size() > 1 ? asIndex(all[1]) - asIndex(all[0]) : 1) * stride;
    static_cast<ListObject&>(*out.object).display = by == 1 ? fmt::format("range({}, {})", at(begin), at(end)) : fmt::format("range({}, {}, {})", at(begin), at(end), by);
    return out;
  }
  return object.kind == Kind::Tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
}

Arguments Evaluator::evaluateArguments(const Expression& e) {
  Arguments out;
  for (size_t i = 1; i < e.children.size(); ++i)
    out.positional.push_back(evaluate(*e.children[i]));
  for (const auto& [name, expression] : e.named)
    out.named.emplace_back(name, evaluate(*expression));
  if (e.star)
    for (Value& value : iterate(evaluate(*e.star)))
      out.positional.push_back(std::move(value));
  if (e.doubleStar) {
    const Value more = evaluate(*e.doubleStar);
    if (more.kind != Kind::Dict)
      failRuntime(fmt::format("TypeError: argument after ** must be a mapping, not {}", typeName(more)));
    for (const auto& [key, value] : dictOf(more).entries)
      out.named.emplace_back(toText(key), value);
  }
  return out;
}

Value Evaluator::evaluateCall(const Expression& e) {
  const Expression& target = *e.children[0];
  if (target.kind == Expression::Kind::Attribute) {
    const Value self = evaluate(*target.children[0]);
    if (const MethodEntry* method = findMethod(self, target.name); method && method->call) {
      const Arguments arguments = evaluateArguments(e);
      m_line = e.line;
      spend(1);
      return method->call(*this, self, arguments);
    }
    const Value callee = attribute(self, target.name);
    const Arguments arguments = evaluateArguments(e);
    m_line = e.line;
    return call(callee, arguments);
  }
  const Value callee = evaluate(target);
  const Arguments arguments = evaluateArguments(e);
  m_line = e.line;
  return call(callee, arguments);
}

Value Evaluator::call(const Value& callee, const Arguments& arguments) {
  requireDefined(callee);
  if (callee.kind == Kind::Callable)
    return static_cast<const CallableObject&>(*callee.object).call(*this, arguments);
  if (callee.kind == Kind::Loop) {
    const auto& loop = static_cast<const LoopObject&>(*callee.object);
    if (!loop.recurse || arguments.positional.size() != 1)
      failRuntime("TypeError: The loop must have the 'recursive' marker to be called recursively.");
    return loop.recurse(arguments.positional[0]);
  }
  failRuntime(fmt::format("TypeError: '{}' object is not callable", typeName(callee)));
}

Value Evaluator::applyFilter(const Expression& e, const Value* blockInput) {
  const Expression* inner = e.children[0].get();
  // A filter block's input enters at the innermost filter, whose own input is a placeholder.
  const Value input = !blockInput ? evaluate(*inner) : inner->kind == Expression::Kind::Filter ? applyFilter(*inner, blockInput) : *blockInput;
  if (!e.filter)
    failRuntime(fmt::format("TemplateRuntimeError: No filter named '{}' found.", e.name));
  const Arguments arguments = evaluateArguments(e);
  m_line = e.line;
  spend(1);
  return e.filter->call(*this, input, arguments);
}

Value Evaluator::filtered(const std::string& name, const Value& input, const Arguments& arguments) {
  const FilterEntry* entry = findFilter(name);
  if (!entry)
    failRuntime(fmt::format("TemplateRuntimeError: No filter named '{}'.", name));
  spend(2);
  return entry->call(*this, input, arguments);
}

bool Evaluator::tested(const std::string& name, const Value& input, const Arguments& arguments) {
  const TestEntry* entry = findTest(name);
  if (!entry)
    failRuntime(fmt::format("TemplateRuntimeError: No test named '{}'.", name));
  spend(2);
  return entry->call(*this, input, arguments);
}

} // namespace lathe::text::jinja
