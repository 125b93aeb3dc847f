// SPDX-License-Identifier: Apache-2.0
// Expressions of the template language, by recursive descent with jinja2's precedence.
#pragma once

#include "core/text/jinja_ast.h"

#include "core/base/limits.h"

#include <fmt/format.h>

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

  // --- expressions: operators, then primaries and what follows them

  ExpressionPtr make(Expression::Kind kind, int line);
  void adopt(Expression& parent, ExpressionPtr child);
  ExpressionPtr binary(Expression::Kind kind, ExpressionPtr left, ExpressionPtr right, std::string op = {});
  ExpressionPtr unary(Expression::Kind kind, ExpressionPtr operand);
  ExpressionPtr expression(bool withCondition = true);
  ExpressionPtr condition();
  ExpressionPtr orExpression();
  ExpressionPtr andExpression();
  ExpressionPtr notExpression();
  std::string comparisonOperator();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unaryExpression(bool withFilter);
  ExpressionPtr constant(Value value, int line);
  ExpressionPtr primary();
  ExpressionPtr nameOrConstant(const std::string& name, int line);
  bool atTupleEnd(bool stopAtIn) const;
  /// Comma-separated values; a single one without comma is itself.
  ExpressionPtr tuple(bool parentheses, bool withCondition);
  ExpressionPtr listLiteral(int line);
  ExpressionPtr dictLiteral(int line);
  ExpressionPtr postfix(ExpressionPtr node);
  ExpressionPtr filters(ExpressionPtr node);
  ExpressionPtr subscript(ExpressionPtr node);
  /// One index, or a slice with up to three parts (absent ones are None).
  ExpressionPtr subscribed(int line);
  void arguments(Expression& into);
  ExpressionPtr call(ExpressionPtr node);
  std::string dottedName();
  /// `node` may be null: a filter block's input comes later as children[0].
  ExpressionPtr filter(ExpressionPtr node);
  ExpressionPtr filterName(ExpressionPtr node);
  ExpressionPtr test(ExpressionPtr node);
};

} // namespace lathe::text::jinja
