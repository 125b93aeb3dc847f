// SPDX-License-Identifier: Apache-2.0
// Expressions from the loosest operator to the tightest.
#include "core/text/jinja_expression_parser.h"

#include <algorithm>

namespace lathe::text::jinja {

ExpressionPtr ExpressionParser::make(Expression::Kind kind, int line) {
  auto out = std::make_unique<Expression>();
  out->kind = kind;
  out->line = line;
  return out;
}

void ExpressionParser::adopt(Expression& parent, ExpressionPtr child) {
  parent.depth = std::max(parent.depth, child->depth + 1);
  if (parent.depth > kChainDepth)
    throw Failure{"limit", fmt::format("An expression has a chain of more than {} operations.", kChainDepth), parent.line};
  parent.children.push_back(std::move(child));
}

ExpressionPtr ExpressionParser::binary(Expression::Kind kind, ExpressionPtr left, ExpressionPtr right, std::string op) {
  ExpressionPtr out = make(kind, left->line);
  out->name = std::move(op);
  adopt(*out, std::move(left));
  adopt(*out, std::move(right));
  return out;
}

ExpressionPtr ExpressionParser::unary(Expression::Kind kind, ExpressionPtr operand) {
  ExpressionPtr out = make(kind, operand->line);
  adopt(*out, std::move(operand));
  return out;
}

ExpressionPtr ExpressionParser::expression(bool withCondition) {
  Nested nested(*this);
  return withCondition ? condition() : orExpression();
}

ExpressionPtr ExpressionParser::condition() {
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

ExpressionPtr ExpressionParser::orExpression() {
  ExpressionPtr left = andExpression();
  while (skipName("or"))
    left = binary(Expression::Kind::Or, std::move(left), andExpression());
  return left;
}

ExpressionPtr ExpressionParser::andExpression() {
  ExpressionPtr left = notExpression();
  while (skipName("and"))
    left = binary(Expression::Kind::And, std::move(left), notExpression());
  return left;
}

ExpressionPtr ExpressionParser::notExpression() {
  if (!isName("not"))
    return comparison();
  Nested nested(*this);
  take();
  return unary(Expression::Kind::Not, notExpression());
}

std::string ExpressionParser::comparisonOperator() {
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

ExpressionPtr ExpressionParser::comparison() {
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

ExpressionPtr ExpressionParser::sum() {
  ExpressionPtr left = concatenation();
  while (isOperator("+") || isOperator("-")) {
    const std::string op = take().text;
    left = binary(Expression::Kind::Binary, std::move(left), concatenation(), op);
  }
  return left;
}

ExpressionPtr ExpressionParser::concatenation() {
  ExpressionPtr first = product();
  if (!isOperator("~"))
    return first;
  ExpressionPtr out = make(Expression::Kind::Concat, first->line);
  adopt(*out, std::move(first));
  while (skipOperator("~"))
    adopt(*out, product());
  return out;
}

ExpressionPtr ExpressionParser::product() {
  ExpressionPtr left = power();
  while (isOperator("*") || isOperator("/") || isOperator("//") || isOperator("%")) {
    const std::string op = take().text;
    left = binary(Expression::Kind::Binary, std::move(left), power(), op);
  }
  return left;
}

ExpressionPtr ExpressionParser::power() {
  ExpressionPtr left = unaryExpression(true);
  while (skipOperator("**"))
    left = binary(Expression::Kind::Binary, std::move(left), unaryExpression(true), "**");
  return left;
}

ExpressionPtr ExpressionParser::unaryExpression(bool withFilter) {
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

} // namespace lathe::text::jinja
