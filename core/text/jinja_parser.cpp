// SPDX-License-Identifier: Apache-2.0
#include "core/text/jinja_expression_parser.h"

#include <set>

namespace lathe::text::jinja {
namespace {

using Type = Token::Type;
using EKind = Expression::Kind;
using SKind = Statement::Kind;

class Parser : private ExpressionParser {
public:
  explicit Parser(std::string_view source) : ExpressionParser(source) {}

  std::shared_ptr<const Program> run() {
    m_program->body = body({});
    if (!m_unknown.empty())
      throw m_unknown.front();
    return m_program;
  }

private:
  int m_loops = 0;
  std::set<std::string> m_blocks;

  /// Statements up to one of the block names in `ends`, which stays unread (its name is the next token); without `ends` up to the end.
  Body body(const std::vector<std::string_view>& ends) {
    Nested nested(*this);
    Body out;
    const int line = peek().line;
    while (true) {
      const Token& token = peek();
      if (token.type == Type::End) {
        if (!ends.empty())
          throw Failure{"syntax", fmt::format("Unexpected end of template. Jinja was looking for the following tags: '{}'. The innermost block that needs to be closed began near line {}.", ends.front(), line), token.line};
        return out;
      }
      if (token.type == Type::Data) {
        Statement text{SKind::Text, token.line};
        text.text = take().text;
        out.push_back(std::move(text));
      } else if (token.type == Type::VariableBegin) {
        take();
        Statement output{SKind::Output, token.line};
        output.expressions.push_back(tuple(false, true));
        if (peek().type != Type::VariableEnd)
          fail(fmt::format("expected token 'end of print statement', got '{}'", describe(peek())));
        take();
        out.push_back(std::move(output));
      } else {
        take(); // BlockBegin
        if (peek().type != Type::Name)
          fail(fmt::format("tag name expected, got '{}'", describe(peek())));
        if (std::find(ends.begin(), ends.end(), peek().text) != ends.end())
          return out;
        statement(out);
      }
    }
  }

  Body bodyUntil(std::string_view end) {
    Body out = body({end});
    take();
    expectBlockEnd();
    return out;
  }

  void statement(Body& out) {
    const int line = peek().line;
    const std::string tag = take().text;
    Statement node{SKind::Text, line};
    if (tag == "if")
      ifStatement(node);
    else if (tag == "for")
      forStatement(node);
    else if (tag == "set")
      setStatement(node);
    else if (tag == "macro")
      macroStatement(node);
    else if (tag == "call")
      callStatement(node);
    else if (tag == "filter")
      filterStatement(node);
    else if (tag == "with")
      withStatement(node);
    else if (tag == "generation" || tag == "autoescape")
      wrapperStatement(node, tag);
    else if (tag == "block")
      blockStatement(node);
    else if (tag == "break" || tag == "continue")
      loopControl(node, tag);
    else if (tag == "print")
      printStatement(node);
    else if (tag == "include" || tag == "import" || tag == "from" || tag == "extends")
      fail(fmt::format("a chat template stands alone: '{}' is not available", tag));
    else
      fail(fmt::format("Encountered unknown tag '{}'.", tag.substr(0, 60)));
    out.push_back(std::move(node));
  }

  void ifStatement(Statement& node) {
    node.kind = SKind::If;
    ++m_conditional;
    while (true) {
      node.expressions.push_back(tuple(false, false));
      expectBlockEnd();
      node.bodies.push_back(body({"elif", "else", "endif"}));
      const std::string tag = take().text;
      if (tag == "elif")
        continue;
      expectBlockEnd();
      if (tag == "else")
        node.bodies.push_back(bodyUntil("endif"));
      break;
    }
    --m_conditional;
  }

  Target singleTarget(bool withNamespace) {
    if (skipOperator("(")) {
      Target out = target(false, false);
      expectOperator(")");
      return out;
    }
    Target out;
    const std::string name = expectName();
    for (const std::string_view word : {"true", "false", "none", "True", "False", "None"})
      if (name == word)
        fail(fmt::format("can't assign to '{}'", name));
    out.symbol = symbol(name);
    if (withNamespace && skipOperator("."))
      out.attribute = expectName();
    return out;
  }

  Target target(bool withNamespace, bool stopAtIn) {
    Nested nested(*this);
    Target first = singleTarget(withNamespace);
    if (!isOperator(","))
      return first;
    Target out;
    out.parts.push_back(std::move(first));
    while (skipOperator(",")) {
      if (atTupleEnd(stopAtIn) || isOperator("="))
        break;
      out.parts.push_back(singleTarget(withNamespace));
    }
    return out;
  }

  void forStatement(Statement& node) {
    node.kind = SKind::For;
    node.targets.push_back(target(false, true));
    expectKeyword("in");
    node.expressions.push_back(tuple(false, false));
    if (skipName("if"))
      node.expressions.push_back(expression());
    node.recursive = skipName("recursive");
    expectBlockEnd();
    ++m_loops;
    node.bodies.push_back(body({"else", "endfor"}));
    --m_loops;
    const std::string tag = take().text;
    expectBlockEnd();
    if (tag == "else")
      node.bodies.push_back(bodyUntil("endfor"));
  }

  void setStatement(Statement& node) {
    node.targets.push_back(target(true, false));
    if (skipOperator("=")) {
      node.kind = SKind::Set;
      node.expressions.push_back(tuple(false, true));
      expectBlockEnd();
      return;
    }
    node.kind = SKind::SetBlock;
    if (isOperator("|")) {
      ExpressionPtr chain = filter(nullptr);
      while (isOperator("|"))
        chain = filter(std::move(chain));
      node.expressions.push_back(std::move(chain));
    }
    expectBlockEnd();
    node.bodies.push_back(bodyUntil("endset"));
  }

  void signature(Statement& node) {
    expectOperator("(");
    while (!isOperator(")")) {
      if (!node.parameters.empty())
        expectOperator(",");
      Parameter parameter;
      parameter.name = expectName();
      parameter.symbol = symbol(parameter.name);
      if (skipOperator("="))
        parameter.standard = expression();
      else if (!node.parameters.empty() && node.parameters.back().standard)
        fail("non-default argument follows default argument");
      node.parameters.push_back(std::move(parameter));
    }
    expectOperator(")");
  }

  void macroBody(Statement& node, std::string_view end) {
    m_macros.push_back(&node);
    const int loops = std::exchange(m_loops, 0);
    node.bodies.push_back(bodyUntil(end));
    m_loops = loops;
    m_macros.pop_back();
    for (const Parameter& parameter : node.parameters)
      if (node.takesCaller && parameter.name == "caller" && !parameter.standard)
        fail("When defining macros or call blocks the special \"caller\" argument must be omitted or be given a default.");
  }

  void blockStatement(Statement& node) {
    node.kind = SKind::Block;
    node.text = expectName();
    if (!m_blocks.insert(node.text).second)
      fail(fmt::format("block '{}' defined twice", node.text));
    while (peek().type == Type::Name) {
      const std::string word = take().text;
      if (word == "scoped")
        node.recursive = true;
      else if (word != "required")
        fail(fmt::format("expected token 'end of statement block', got '{}'", word));
    }
    expectBlockEnd();
    const int loops = std::exchange(m_loops, 0);
    node.bodies.push_back(body({"endblock"}));
    m_loops = loops;
    take();
    skipName(node.text);
    expectBlockEnd();
  }

  void macroStatement(Statement& node) {
    node.kind = SKind::Macro;
    node.text = expectName();
    Target name;
    name.symbol = symbol(node.text);
    node.targets.push_back(name);
    signature(node);
    expectBlockEnd();
    macroBody(node, "endmacro");
  }

  void callStatement(Statement& node) {
    node.kind = SKind::CallBlock;
    if (isOperator("("))
      signature(node);
    ExpressionPtr expr = expression();
    if (expr->kind != EKind::Call)
      fail("expected call");
    node.expressions.push_back(std::move(expr));
    expectBlockEnd();
    macroBody(node, "endcall");
  }

  void filterStatement(Statement& node) {
    node.kind = SKind::FilterBlock;
    ExpressionPtr chain = filterName(nullptr);
    while (isOperator("|"))
      chain = filter(std::move(chain));
    node.expressions.push_back(std::move(chain));
    expectBlockEnd();
    node.bodies.push_back(bodyUntil("endfilter"));
  }

  void withStatement(Statement& node) {
    node.kind = SKind::With;
    while (peek().type != Type::BlockEnd) {
      if (!node.targets.empty())
        expectOperator(",");
      node.targets.push_back(target(false, false));
      expectOperator("=");
      node.expressions.push_back(expression());
    }
    expectBlockEnd();
    node.bodies.push_back(bodyUntil("endwith"));
  }

  void wrapperStatement(Statement& node, const std::string& tag) {
    node.kind = tag == "generation" ? SKind::Generation : SKind::With;
    if (tag == "autoescape")
      expression(); // escaping is never on: chat templates make plain text
    else
      m_program->hasGeneration = true;
    expectBlockEnd();
    const int loops = tag == "generation" ? std::exchange(m_loops, 0) : m_loops;
    node.bodies.push_back(bodyUntil("end" + tag));
    m_loops = loops;
  }

  void loopControl(Statement& node, const std::string& tag) {
    node.kind = tag == "break" ? SKind::Break : SKind::Continue;
    if (m_loops == 0)
      fail(fmt::format("'{}' outside loop", tag));
    expectBlockEnd();
  }

  void printStatement(Statement& node) {
    node.kind = SKind::Output;
    node.expressions.push_back(tuple(false, true));
    expectBlockEnd();
  }
};

} // namespace

std::shared_ptr<const Program> parseProgram(std::string_view source) { return Parser(source).run(); }

} // namespace lathe::text::jinja
