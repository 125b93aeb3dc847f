// SPDX-License-Identifier: Apache-2.0
// Expressions of the template language, by recursive descent with jinja2's precedence.
#pragma once

#include "core/text/jinja_ast.h"

#include "core/base/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::text::jinja {

inline constexpr int kChainDepth = 600; // a + b + c …, a.b.c …: left-nested, not nested as written

class ExpressionParser {
protected:
  explicit ExpressionParser(std::string_view source) : m_tokens(tokenize(source)), m_program(std::make_shared<Program>()) {}

  std::vector<Token> m_tokens;
  size_t m_at = 0;
  int m_nesting = 0;
  std::vector<Failure> m_unknown; // filters and tests that nobody knows, outside of branches
  int m_conditional = 0; // inside if or a conditional expression unknown filters fail only when reached
  std::shared_ptr<Program> m_program;
  std::vector<Statement*> m_macros;

  struct Nested {
    explicit Nested(ExpressionParser& p) : parser(p) {
      if (++parser.m_nesting > limits::kTemplateDepth)
        throw Failure{"limit", fmt::format("The template is nested deeper than {} levels.", limits::kTemplateDepth), parser.peek().line};
    }
    ~Nested() { --parser.m_nesting; }
    ExpressionParser& parser;
  };

  // --- tokens

  const Token& peek() const { return m_tokens[m_at]; }
  const Token& take() { return m_tokens[m_at].type == Token::Type::End ? m_tokens[m_at] : m_tokens[m_at++]; }
  bool isOperator(std::string_view text) const { return peek().type == Token::Type::Operator && peek().text == text; }
  bool isName(std::string_view text) const { return peek().type == Token::Type::Name && peek().text == text; }

  bool skipOperator(std::string_view text) {
    const bool found = isOperator(text);
    m_at += found;
    return found;
  }

  bool skipName(std::string_view text) {
    const bool found = isName(text);
    m_at += found;
    return found;
  }

  static std::string describe(const Token& token) {
    switch (token.type) {
    case Token::Type::End:
      return "end of template";
    case Token::Type::BlockEnd:
      return "end of statement block";
    case Token::Type::VariableEnd:
      return "end of print statement";
    default:
      return token.text.substr(0, 40);
    }
  }

  [[noreturn]] void fail(const std::string& message) const { throw Failure{"syntax", message, peek().line}; }

  void expectOperator(std::string_view text) {
    if (!skipOperator(text))
      fail(fmt::format("expected token '{}', got '{}'", text, describe(peek())));
  }

  std::string expectName() {
    if (peek().type != Token::Type::Name)
      fail(fmt::format("expected token 'name', got '{}'", describe(peek())));
    return take().text;
  }

  void expectKeyword(std::string_view text) {
    if (!skipName(text))
      fail(fmt::format("expected token '{}', got '{}'", text, describe(peek())));
  }

  void expectBlockEnd() {
    if (peek().type != Token::Type::BlockEnd)
      fail(fmt::format("expected token 'end of statement block', got '{}'", describe(peek())));
    take();
  }

  int symbol(const std::string& name) {
    const auto [it, fresh] = m_program->symbolOf.try_emplace(name, static_cast<int>(m_program->symbols.size()));
    if (fresh)
      m_program->symbols.push_back(name);
    return it->second;
  }

  // --- expressions

  ExpressionPtr make(Expression::Kind kind, int line) {
    auto out = std::make_unique<Expression>();
    out->kind = kind;
    out->line = line;
    return out;
  }

  void adopt(Expression& parent, ExpressionPtr child) {
    parent.depth = std::max(parent.depth, child->depth + 1);
    if (parent.depth > kChainDepth)
      throw Failure{"limit", fmt::format("An expression has a chain of more than {} operations.", kChainDepth), parent.line};
    parent.children.push_back(std::move(child));
  }

  ExpressionPtr binary(Expression::Kind kind, ExpressionPtr left, ExpressionPtr right, std::string op = {}) {
    ExpressionPtr out = make(kind, left->line);
    out->name = std::move(op);
    adopt(*out, std::move(left));
    adopt(*out, std::move(right));
    return out;
  }

  ExpressionPtr unary(Expression::Kind kind, ExpressionPtr operand) {
    ExpressionPtr out = make(kind, operand->line);
    adopt(*out, std::move(operand));
    return out;
  }

  ExpressionPtr expression(bool withCondition = true) {
    Nested nested(*this);
    return withCondition ? condition() : orExpression();
  }

  ExpressionPtr condition() {
    const size_t unknownBefore = m_unknown.size();
    ExpressionPtr value = orExpression();
    while (skipName("if")) {
      ++m_conditional;
      m_unknown.resize(unknownBefore); // what stands in a branch fails only when it is reached
      ExpressionPtr out = make(Expression::Kind::Condition, value->line);
      adopt(*out, orExpression());
      adopt(*out, std::move(value));
      if (skipName("else")) {
        Nested nested(*this);
        adopt(*out, condition());
      }
      value = std::move(out);
      --m_conditional;
    }
    return value;
  }

  ExpressionPtr orExpression() {
    ExpressionPtr left = andExpression();
    while (skipName("or"))
      left = binary(Expression::Kind::Or, std::move(left), andExpression());
    return left;
  }

  ExpressionPtr andExpression() {
    ExpressionPtr left = notExpression();
    while (skipName("and"))
      left = binary(Expression::Kind::And, std::move(left), notExpression());
    return left;
  }

  ExpressionPtr notExpression() {
    if (!isName("not"))
      return comparison();
    Nested nested(*this);
    take();
    return unary(Expression::Kind::Not, notExpression());
  }

  std::string comparisonOperator() {
    if (peek().type == Token::Type::Operator)
      for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">"})
        if (skipOperator(op))
          return std::string(op);
    if (skipName("in"))
      return "in";
    if (isName("not") && m_tokens[m_at + 1].type == Token::Type::Name && m_tokens[m_at + 1].text == "in") {
      m_at += 2;
      return "not in";
    }
    return {};
  }

  ExpressionPtr comparison() {
    ExpressionPtr left = sum();
    std::string op = comparisonOperator();
    if (op.empty())
      return left;
    ExpressionPtr out = make(Expression::Kind::Compare, left->line);
    adopt(*out, std::move(left));
    for (; !op.empty(); op = comparisonOperator()) {
      out->operators.push_back(op);
      adopt(*out, sum());
    }
    return out;
  }

  ExpressionPtr sum() {
    ExpressionPtr left = concatenation();
    while (isOperator("+") || isOperator("-")) {
      const std::string op = take().text;
      left = binary(Expression::Kind::Binary, std::move(left), concatenation(), op);
    }
    return left;
  }

  ExpressionPtr concatenation() {
    ExpressionPtr first = product();
    if (!isOperator("~"))
      return first;
    ExpressionPtr out = make(Expression::Kind::Concat, first->line);
    adopt(*out, std::move(first));
    while (skipOperator("~"))
      adopt(*out, product());
    return out;
  }

  ExpressionPtr product() {
    ExpressionPtr left = power();
    while (isOperator("*") || isOperator("/") || isOperator("//") || isOperator("%")) {
      const std::string op = take().text;
      left = binary(Expression::Kind::Binary, std::move(left), power(), op);
    }
    return left;
  }

  ExpressionPtr power() {
    ExpressionPtr left = unaryExpression(true);
    while (skipOperator("**"))
      left = binary(Expression::Kind::Binary, std::move(left), unaryExpression(true), "**");
    return left;
  }

  ExpressionPtr unaryExpression(bool withFilter) {
    ExpressionPtr node;
    if (isOperator("-") || isOperator("+")) {
      Nested nested(*this);
      const Expression::Kind kind = take().text == "-" ? Expression::Kind::Negate : Expression::Kind::Plus;
      node = unary(kind, unaryExpression(false));
    } else {
      node = primary();
    }
    node = postfix(std::move(node));
    return withFilter ? filters(std::move(node)) : std::move(node);
  }

  ExpressionPtr constant(Value value, int line) {
    ExpressionPtr out = make(Expression::Kind::Constant, line);
    out->value = std::move(value);
    return out;
  }

  ExpressionPtr primary() {
    const Token& token = peek();
    const int line = token.line;
    switch (token.type) {
    case Token::Type::Name:
      return nameOrConstant(take().text, line);
    case Token::Type::String: {
      std::string text = take().text;
      while (peek().type == Token::Type::String)
        text += take().text;
      return constant(Value::fromString(std::move(text)), line);
    }
    case Token::Type::Integer:
      return constant(Value::fromDecimal(take().text), line);
    case Token::Type::Float:
      return constant(Value::fromFloat(std::strtod(take().text.c_str(), nullptr)), line);
    case Token::Type::Operator:
      if (skipOperator("(")) {
        ExpressionPtr out = tuple(true, true);
        expectOperator(")");
        return out;
      }
      if (skipOperator("["))
        return listLiteral(line);
      if (skipOperator("{"))
        return dictLiteral(line);
      [[fallthrough]];
    default:
      fail(fmt::format("unexpected '{}'", describe(token)));
    }
  }

  ExpressionPtr nameOrConstant(const std::string& name, int line) {
    if (name == "true" || name == "True" || name == "false" || name == "False")
      return constant(Value::fromBool(name == "true" || name == "True"), line);
    if (name == "none" || name == "None")
      return constant(Value::none(), line);
    if (!m_macros.empty()) {
      m_macros.back()->takesVarargs |= name == "varargs";
      m_macros.back()->takesKwargs |= name == "kwargs";
      m_macros.back()->takesCaller |= name == "caller";
    }
    ExpressionPtr out = make(Expression::Kind::Name, line);
    out->symbol = symbol(name);
    return out;
  }

  bool atTupleEnd(bool stopAtIn) const {
    return peek().type == Token::Type::VariableEnd || peek().type == Token::Type::BlockEnd || isOperator(")") || (stopAtIn && isName("in"));
  }

  /// Comma-separated values; a single one without comma is itself.
  ExpressionPtr tuple(bool parentheses, bool withCondition) {
    Nested nested(*this);
    const int line = peek().line;
    std::vector<ExpressionPtr> items;
    bool comma = false;
    while (!atTupleEnd(false)) {
      if (!items.empty() && !comma)
        break;
      items.push_back(expression(withCondition));
      comma = skipOperator(",");
      if (!comma)
        break;
    }
    if (items.size() == 1 && !comma)
      return std::move(items[0]);
    if (items.empty() && !parentheses)
      fail(fmt::format("Expected an expression, got '{}'", describe(peek())));
    ExpressionPtr out = make(Expression::Kind::Tuple, line);
    for (ExpressionPtr& item : items)
      adopt(*out, std::move(item));
    return out;
  }

  ExpressionPtr listLiteral(int line) {
    ExpressionPtr out = make(Expression::Kind::List, line);
    while (!isOperator("]")) {
      if (!out->children.empty())
        expectOperator(",");
      if (isOperator("]"))
        break;
      adopt(*out, expression());
    }
    expectOperator("]");
    return out;
  }

  ExpressionPtr dictLiteral(int line) {
    ExpressionPtr out = make(Expression::Kind::Dict, line);
    while (!isOperator("}")) {
      if (!out->children.empty())
        expectOperator(",");
      if (isOperator("}"))
        break;
      adopt(*out, expression());
      expectOperator(":");
      adopt(*out, expression());
    }
    expectOperator("}");
    return out;
  }

  ExpressionPtr postfix(ExpressionPtr node) {
    while (true) {
      if (isOperator(".") || isOperator("["))
        node = subscript(std::move(node));
      else if (isOperator("("))
        node = call(std::move(node));
      else
        return node;
    }
  }

  ExpressionPtr filters(ExpressionPtr node) {
    while (true) {
      if (isOperator("|"))
        node = filter(std::move(node));
      else if (isName("is"))
        node = test(std::move(node));
      else if (isOperator("("))
        node = call(std::move(node));
      else
        return node;
    }
  }

  ExpressionPtr subscript(ExpressionPtr node) {
    const int line = peek().line;
    if (skipOperator(".")) {
      if (peek().type == Token::Type::Integer) {
        ExpressionPtr out = make(Expression::Kind::Item, line);
        adopt(*out, std::move(node));
        adopt(*out, constant(Value::fromDecimal(take().text), line));
        return out;
      }
      ExpressionPtr out = make(Expression::Kind::Attribute, line);
      out->name = expectName();
      adopt(*out, std::move(node));
      return out;
    }
    expectOperator("[");
    std::vector<ExpressionPtr> parts;
    while (!isOperator("]")) {
      if (!parts.empty())
        expectOperator(",");
      parts.push_back(subscribed(line));
    }
    expectOperator("]");
    if (parts.empty())
      fail("expected subscript expression");
    ExpressionPtr out = make(Expression::Kind::Item, line);
    adopt(*out, std::move(node));
    if (parts.size() == 1) {
      adopt(*out, std::move(parts[0]));
    } else {
      ExpressionPtr tuple = make(Expression::Kind::Tuple, line);
      for (ExpressionPtr& part : parts)
        adopt(*tuple, std::move(part));
      adopt(*out, std::move(tuple));
    }
    return out;
  }

  /// One index, or a slice with up to three parts (absent ones are None).
  ExpressionPtr subscribed(int line) {
    const auto atEnd = [this] { return isOperator("]") || isOperator(",") || isOperator(":"); };
    ExpressionPtr first = atEnd() ? nullptr : expression();
    if (first && !isOperator(":"))
      return first;
    ExpressionPtr out = make(Expression::Kind::Slice, line);
    expectOperator(":");
    adopt(*out, first ? std::move(first) : constant(Value::none(), line));
    adopt(*out, atEnd() ? constant(Value::none(), line) : expression());
    adopt(*out, skipOperator(":") && !atEnd() ? expression() : constant(Value::none(), line));
    return out;
  }

  void arguments(Expression& into) {
    Nested nested(*this);
    expectOperator("(");
    bool any = false;
    while (!isOperator(")")) {
      if (any) {
        expectOperator(",");
        if (isOperator(")"))
          break;
      }
      any = true;
      if (skipOperator("*")) {
        into.star = expression();
      } else if (skipOperator("**")) {
        into.doubleStar = expression();
      } else if (peek().type == Token::Type::Name && m_tokens[m_at + 1].type == Token::Type::Operator && m_tokens[m_at + 1].text == "=") {
        std::string key = take().text;
        take();
        into.named.emplace_back(std::move(key), expression());
      } else {
        if (!into.named.empty() || into.star || into.doubleStar)
          fail("invalid syntax for function call expression");
        adopt(into, expression());
      }
    }
    expectOperator(")");
  }

  ExpressionPtr call(ExpressionPtr node) {
    ExpressionPtr out = make(Expression::Kind::Call, peek().line);
    adopt(*out, std::move(node));
    arguments(*out);
    return out;
  }

  std::string dottedName() {
    std::string name = expectName();
    while (skipOperator("."))
      name += "." + expectName();
    return name;
  }

  /// `node` may be null: a filter block's input comes later as children[0].
  ExpressionPtr filter(ExpressionPtr node) {
    expectOperator("|");
    return filterName(std::move(node));
  }

  ExpressionPtr filterName(ExpressionPtr node) {
    ExpressionPtr out = make(Expression::Kind::Filter, peek().line);
    out->name = dottedName();
    out->filter = findFilter(out->name);
    if (!out->filter && m_conditional == 0)
      m_unknown.push_back({"syntax", fmt::format("No filter named '{}'.", out->name), out->line});
    adopt(*out, node ? std::move(node) : constant(Value::none(), out->line));
    if (isOperator("("))
      arguments(*out);
    return out;
  }

  ExpressionPtr test(ExpressionPtr node) {
    ExpressionPtr out = make(Expression::Kind::Test, take().line);
    const bool negated = skipName("not");
    out->name = dottedName();
    out->test = findTest(out->name);
    if (!out->test && m_conditional == 0)
      m_unknown.push_back({"syntax", fmt::format("No test named '{}'.", out->name), out->line});
    adopt(*out, std::move(node));
    const Token::Type type = peek().type;
    if (isOperator("(")) {
      arguments(*out);
    } else if ((type == Token::Type::Name && !isName("else") && !isName("or") && !isName("and")) || type == Token::Type::String || type == Token::Type::Integer ||
               type == Token::Type::Float || isOperator("[") || isOperator("{")) {
      if (isName("is"))
        fail("You cannot chain multiple tests with is");
      if (!isName("if") && !isName("not") && !isName("in"))
        adopt(*out, postfix(primary()));
    }
    return negated ? unary(Expression::Kind::Not, std::move(out)) : std::move(out);
  }
};

} // namespace lathe::text::jinja
