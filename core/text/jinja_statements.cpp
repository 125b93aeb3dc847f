// SPDX-License-Identifier: Apache-2.0
// The statements: control flow, assignment, macros, captured blocks.
#include "core/text/jinja_eval.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::text::jinja {
namespace {

/// Puts a scope in place for as long as it lives.
class Entered {
public:
  Entered(std::shared_ptr<Scope>& current, std::shared_ptr<Scope> inner) : m_current(current), m_before(std::exchange(current, std::move(inner))) {}
  ~Entered() { m_current = std::move(m_before); }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

private:
  std::shared_ptr<Scope>& m_current;
  std::shared_ptr<Scope> m_before;
};

} // namespace

Evaluator::Flow Evaluator::execute(const Body& body) {
  if (++m_depth > 1200) {
    --m_depth;
    failLimit("The template calls itself too deeply.");
  }
  struct Leave {
    int& depth;
    ~Leave() { --depth; }
  } leave{m_depth};
  for (const Statement& statement : body)
    if (const Flow flow = execute(statement); flow != Flow::Normal)
      return flow;
  return Flow::Normal;
}

Evaluator::Flow Evaluator::execute(const Statement& s) {
  spend(1);
  m_line = s.line;
  switch (s.kind) {
  case Statement::Kind::Text:
    write(s.text);
    return Flow::Normal;
  case Statement::Kind::Output: {
    const Value value = evaluate(*s.expressions[0]);
    if (value.kind == Kind::String)
      write(value.string());
    else
      write(toText(value));
    return Flow::Normal;
  }
  case Statement::Kind::If:
    return executeIf(s);
  case Statement::Kind::For:
    return executeFor(s, evaluate(*s.expressions[0]), 1);
  case Statement::Kind::Set:
    assign(s.targets[0], evaluate(*s.expressions[0]));
    return Flow::Normal;
  case Statement::Kind::SetBlock:
    executeSetBlock(s);
    return Flow::Normal;
  case Statement::Kind::Macro:
    m_scope->set(s.targets[0].symbol, makeMacro(s));
    return Flow::Normal;
  case Statement::Kind::CallBlock:
    executeCallBlock(s);
    return Flow::Normal;
  case Statement::Kind::FilterBlock: {
    const Value input = string(captured(s.bodies[0]));
    write(toText(applyFilter(*s.expressions[0], &input)));
    return Flow::Normal;
  }
  case Statement::Kind::Generation:
    executeGeneration(s);
    return Flow::Normal;
  case Statement::Kind::With:
    return runWith(s);
  case Statement::Kind::Block: {
    Entered entered(m_scope, std::make_shared<Scope>(Scope{s.recursive ? m_scope : m_topScope, {}}));
    return execute(s.bodies[0]);
  }
  case Statement::Kind::Break:
    return Flow::Break;
  case Statement::Kind::Continue:
    return Flow::Continue;
  }
  return Flow::Normal;
}

Evaluator::Flow Evaluator::executeIf(const Statement& s) {
  for (size_t i = 0; i < s.expressions.size(); ++i) {
    const Value condition = evaluate(*s.expressions[i]);
    if (truthy(condition))
      return execute(s.bodies[i]);
  }
  return s.bodies.size() > s.expressions.size() ? execute(s.bodies.back()) : Flow::Normal;
}

Evaluator::Flow Evaluator::runWith(const Statement& s) {
  auto inner = std::make_shared<Scope>(Scope{m_scope, {}});
  Values values;
  for (const ExpressionPtr& expression : s.expressions)
    values.push_back(evaluate(*expression)); // all values belong to the outer scope
  Entered entered(m_scope, std::move(inner));
  for (size_t i = 0; i < values.size(); ++i)
    assign(s.targets[i], values[i]);
  return execute(s.bodies[0]);
}

std::shared_ptr<const Values> Evaluator::loopItems(const Statement& s, const Value& iterable) {
  auto items = std::make_shared<Values>(iterate(iterable));
  spend(items->size());
  if (s.expressions.size() < 2)
    return items;
  auto kept = std::make_shared<Values>();
  for (Value& value : *items) {
    Entered entered(m_scope, std::make_shared<Scope>(Scope{m_scope, {}}));
    assign(s.targets[0], value);
    if (truthy(evaluate(*s.expressions[1])))
      kept->push_back(std::move(value));
  }
  return kept;
}

Evaluator::Flow Evaluator::executeFor(const Statement& s, const Value& iterable, int depth) {
  const auto items = loopItems(s, iterable);
  return items->empty() ? elseOf(s) : runLoop(s, items, depth);
}

Evaluator::Flow Evaluator::elseOf(const Statement& s) {
  if (s.bodies.size() < 2)
    return Flow::Normal;
  Entered entered(m_scope, std::make_shared<Scope>(Scope{m_scope, {}}));
  return execute(s.bodies[1]); // break and continue in it belong to an outer loop
}

Evaluator::Flow Evaluator::runLoop(const Statement& s, std::shared_ptr<const Values> items, int depth) {
  static const std::string loopName = "loop";
  const auto it = m_program.symbolOf.find(loopName);
  auto loop = std::make_shared<LoopObject>(items, depth);
  const std::shared_ptr<Scope> outer = m_scope;
  if (s.recursive)
    loop->recurse = [this, &s, outer, depth](const Value& inner) {
      if (++m_macroDepth > limits::kTemplateDepth)
        failLimit(fmt::format("A loop recurses deeper than {} levels.", limits::kTemplateDepth));
      std::string text;
      std::string* before = std::exchange(m_out, &text);
      {
        Entered entered(m_scope, outer);
        executeFor(s, inner, depth + 1);
      }
      m_out = before;
      --m_macroDepth;
      return string(std::move(text));
    };
  Flow flow = Flow::Normal;
  bool reachedEnd = false;
  for (size_t i = 0; i < items->size() && flow != Flow::Break; ++i) {
    loop->index = i;
    Entered entered(m_scope, std::make_shared<Scope>(Scope{m_scope, {}}));
    assign(s.targets[0], (*items)[i]);
    if (it != m_program.symbolOf.end()) {
      Value value;
      value.kind = Kind::Loop;
      value.object = loop;
      m_scope->set(it->second, std::move(value));
    }
    flow = execute(s.bodies[0]);
    reachedEnd |= flow == Flow::Normal;
  }
  loop->recurse = nullptr;
  return reachedEnd ? Flow::Normal : elseOf(s); // the else branch also follows a loop that never came to the end of its body
}

std::string Evaluator::captured(const Body& body) {
  std::string text;
  std::string* before = std::exchange(m_out, &text);
  Entered entered(m_scope, std::make_shared<Scope>(Scope{m_scope, {}}));
  execute(body);
  m_out = before;
  return text;
}

void Evaluator::executeSetBlock(const Statement& s) {
  Value value = string(captured(s.bodies[0]));
  if (!s.expressions.empty())
    value = applyFilter(*s.expressions[0], &value);
  assign(s.targets[0], value);
}

void Evaluator::executeGeneration(const Statement& s) {
  const size_t begin = m_out->size();
  {
    Entered entered(m_scope, std::make_shared<Scope>(Scope{m_scope, {}}));
    execute(s.bodies[0]);
  }
  if (m_out == &m_output)
    m_spans.emplace_back(static_cast<uint32_t>(begin), static_cast<uint32_t>(m_out->size()));
  else
    m_spansComplete = false;
}

void Evaluator::assign(const Target& target, const Value& value) {
  if (!target.parts.empty()) {
    const Values items = iterate(value);
    if (items.size() != target.parts.size())
      failRuntime(items.size() > target.parts.size()
                      ? fmt::format("ValueError: too many values to unpack (expected {})", target.parts.size())
                      : fmt::format("ValueError: not enough values to unpack (expected {}, got {})", target.parts.size(), items.size()));
    for (size_t i = 0; i < items.size(); ++i)
      assign(target.parts[i], items[i]);
    return;
  }
  if (target.attribute.empty()) {
    m_scope->set(target.symbol, value);
    return;
  }
  Expression name;
  name.kind = Expression::Kind::Name;
  name.symbol = target.symbol;
  const Value space = lookUp(name);
  if (space.kind != Kind::Namespace)
    failRuntime("TemplateRuntimeError: cannot assign attribute on non-namespace object");
  if (target.attribute.starts_with("_"))
    failSecurity(fmt::format("Chat templates cannot store underscore-prefixed attributes on a namespace, but got '{}'. Please rename the attribute.", target.attribute));
  static_cast<NamespaceObject&>(*space.object).attributes.set(Value::fromString(target.attribute), value);
}

// --- macros

Value Evaluator::makeMacro(const Statement& s) {
  m_closures.push_back(m_scope);
  Value out = callable(s.text.empty() ? "Macro anonymous" : "Macro '" + s.text + "'", [&s, closure = std::weak_ptr<Scope>(m_scope)](Evaluator& evaluator, const Arguments& arguments) {
    const auto scope = closure.lock();
    return scope ? evaluator.callMacro(s, scope, arguments) : Value();
  });
  static_cast<CallableObject&>(*out.object).attribute = [&s](std::string_view name, Value& found) {
    if (name == "name") {
      found = s.text.empty() ? Value::none() : Value::fromString(s.text);
    } else if (name == "arguments") {
      Values names;
      for (const Parameter& parameter : s.parameters)
        names.push_back(Value::fromString(parameter.name));
      found = Value::tuple(std::move(names));
    } else if (name == "catch_varargs" || name == "catch_kwargs" || name == "caller") {
      found = Value::fromBool(name == "caller" ? s.takesCaller : name == "catch_kwargs" ? s.takesKwargs : s.takesVarargs);
    } else {
      return false;
    }
    return true;
  };
  return out;
}

void Evaluator::bindParameters(const Statement& s, const Arguments& arguments) {
  Values extra;
  for (size_t i = s.parameters.size(); i < arguments.positional.size(); ++i)
    extra.push_back(arguments.positional[i]);
  if (!extra.empty() && !s.takesVarargs)
    failRuntime(fmt::format("TypeError: macro {} takes not more than {} argument(s)", s.text.empty() ? "None" : "'" + s.text + "'", s.parameters.size()));
  Value more = Value::dict();
  const Value* caller = nullptr;
  for (const auto& [name, value] : arguments.named) {
    const auto parameter = std::find_if(s.parameters.begin(), s.parameters.end(), [&n = name](const Parameter& p) { return p.name == n; });
    const bool taken = parameter != s.parameters.end() && static_cast<size_t>(parameter - s.parameters.begin()) < arguments.positional.size();
    if (parameter != s.parameters.end() && !taken)
      continue;
    if (name == "caller" && !taken && s.takesCaller)
      caller = &value;
    else if (s.takesKwargs)
      static_cast<DictObject&>(*more.object).set(Value::fromString(name), value);
    else
      failRuntime(fmt::format("TypeError: macro {} takes no keyword argument '{}'", s.text.empty() ? "None" : "'" + s.text + "'", name));
  }
  for (size_t i = 0; i < s.parameters.size(); ++i) {
    const Parameter& parameter = s.parameters[i];
    const Value* given = arguments.get(i, parameter.name);
    m_scope->set(parameter.symbol, given ? *given : parameter.standard ? evaluate(*parameter.standard) : Value::undefined(fmt::format("parameter '{}' was not provided", parameter.name)));
  }
  const auto setIf = [this](const char* name, Value value) {
    if (const auto it = m_program.symbolOf.find(name); it != m_program.symbolOf.end())
      m_scope->set(it->second, std::move(value));
  };
  if (s.takesVarargs)
    setIf("varargs", Value::tuple(std::move(extra)));
  if (s.takesKwargs)
    setIf("kwargs", std::move(more));
  if (s.takesCaller && std::none_of(s.parameters.begin(), s.parameters.end(), [](const Parameter& p) { return p.name == "caller"; }))
    setIf("caller", caller ? *caller : Value::undefined("No caller defined"));
}

Value Evaluator::callMacro(const Statement& s, const std::shared_ptr<Scope>& closure, const Arguments& arguments) {
  struct Count {
    int& depth;
    explicit Count(int& d) : depth(d) {
      if (++depth > limits::kTemplateDepth) {
        --depth;
        failLimit(fmt::format("Macros call each other deeper than {} levels.", limits::kTemplateDepth));
      }
    }
    ~Count() { --depth; }
  } count(m_macroDepth);
  std::string text;
  std::string* before = std::exchange(m_out, &text);
  Entered entered(m_scope, std::make_shared<Scope>(Scope{closure, {}}));
  bindParameters(s, arguments);
  execute(s.bodies[0]);
  m_out = before;
  return string(std::move(text));
}

void Evaluator::executeCallBlock(const Statement& s) {
  const Expression& expression = *s.expressions[0];
  const Value callee = evaluate(*expression.children[0]);
  Arguments arguments = evaluateArguments(expression);
  arguments.named.emplace_back("caller", makeMacro(s));
  write(toText(call(callee, arguments)));
}

} // namespace lathe::text::jinja
