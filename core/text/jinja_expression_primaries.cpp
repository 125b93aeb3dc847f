// SPDX-License-Identifier: Apache-2.0
// Literals, names, and what follows them: attributes, indices, calls, filters, tests.
#include "core/text/jinja_expression_parser.h"

#include <cstdlib>

namespace lathe::text::jinja {

ExpressionPtr ExpressionParser::constant(Value value, int line) {
  ExpressionPtr out = make(Expression::Kind::Constant, line);
  out->value = std::move(value);
  return out;
}

ExpressionPtr ExpressionParser::primary() {
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

ExpressionPtr ExpressionParser::nameOrConstant(const std::string& name, int line) {
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

bool ExpressionParser::atTupleEnd(bool stopAtIn) const {
  return peek().type == Token::Type::VariableEnd || peek().type == Token::Type::BlockEnd || isOperator(")") || (stopAtIn && isName("in"));
}

ExpressionPtr ExpressionParser::tuple(bool parentheses, bool withCondition) {
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

ExpressionPtr ExpressionParser::listLiteral(int line) {
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

ExpressionPtr ExpressionParser::dictLiteral(int line) {
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

ExpressionPtr ExpressionParser::postfix(ExpressionPtr node) {
  while (true) {
    if (isOperator(".") || isOperator("["))
      node = subscript(std::move(node));
    else if (isOperator("("))
      node = call(std::move(node));
    else
      return node;
  }
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr node) {
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

ExpressionPtr ExpressionParser::subscript(ExpressionPtr node) {
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

ExpressionPtr ExpressionParser::subscribed(int line) {
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

void ExpressionParser::arguments(Expression& into) {
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

ExpressionPtr ExpressionParser::call(ExpressionPtr node) {
  ExpressionPtr out = make(Expression::Kind::Call, peek().line);
  adopt(*out, std::move(node));
  arguments(*out);
  return out;
}

std::string ExpressionParser::dottedName() {
  std::string name = expectName();
  while (skipOperator("."))
    name += "." + expectName();
  return name;
}

ExpressionPtr ExpressionParser::filter(ExpressionPtr node) {
  expectOperator("|");
  return filterName(std::move(node));
}

ExpressionPtr ExpressionParser::filterName(ExpressionPtr node) {
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

ExpressionPtr ExpressionParser::test(ExpressionPtr node) {
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
    adopt(*out, postfix(primary())); // any other name is an argument, "if" too
  }
  return negated ? unary(Expression::Kind::Not, std::move(out)) : std::move(out);
}

} // namespace lathe::text::jinja
