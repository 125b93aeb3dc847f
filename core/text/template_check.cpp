// SPDX-License-Identifier: Apache-2.0
#include "core/text/template_check.h"

#include "core/text/jinja_ast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace lathe::text {
namespace {

using TreeNode = jinja::Expression;
using NodeKind = jinja::Expression::Kind;

constexpr size_t kPlacesShown = 3;
constexpr size_t kExcerpt = 80;

std::string excerptOf(const std::string& source, int line) {
  size_t begin = 0;
  for (int i = 1; i < line && begin != std::string::npos; ++i) {
    begin = source.find('\n', begin);
    begin = begin == std::string::npos ? begin : begin + 1;
  }
  if (line < 1 || begin == std::string::npos)
    return {};
  std::string text = source.substr(begin, source.find('\n', begin) - begin);
  text.erase(0, std::min(text.size(), text.find_first_not_of(" \t")));
  if (text.size() > kExcerpt) {
    size_t end = kExcerpt;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;
    text = text.substr(0, end) + "…";
  }
  return text;
}

/// Lines whose conditions compare what a message says with fixed words, and lines that ask for the system role.
class ConditionReader {
public:
  explicit ConditionReader(const jinja::Program& program) : m_program(program) { read(program.body); }
  const std::set<int>& contentLines() const { return m_content; }
  const std::set<int>& systemLines() const { return m_system; }

private:
  const jinja::Program& m_program;
  std::set<int> m_content, m_system;

  void read(const jinja::Body& body) {
    for (const jinja::Statement& statement : body) {
      const bool conditions = statement.kind == jinja::Statement::Kind::If || statement.kind == jinja::Statement::Kind::For;
      for (const auto& expression : statement.expressions)
        if (expression)
          read(*expression, conditions);
      for (const jinja::Body& inner : statement.bodies)
        read(inner);
    }
  }

  void read(const TreeNode& node, bool condition) {
    if (condition && comparesContent(node))
      m_content.insert(node.line);
    if (node.kind == NodeKind::Compare && holds(node, [](const TreeNode& n) { return isText(n) && n.value.string() == "system"; }))
      m_system.insert(node.line);
    for (size_t i = 0; i < node.children.size(); ++i)
      if (node.children[i])
        read(*node.children[i], condition || (node.kind == NodeKind::Condition && i == 0));
  }

  static bool isText(const TreeNode& node) { return node.kind == NodeKind::Constant && node.value.isString(); }

  template <class Wanted>
  static bool holds(const TreeNode& node, const Wanted& wanted) {
    return wanted(node) || std::any_of(node.children.begin(), node.children.end(), [&](const auto& child) { return child && holds(*child, wanted); });
  }

  bool readsContent(const TreeNode& node) const {
    return holds(node, [this](const TreeNode& n) {
      return (n.kind == NodeKind::Attribute && n.name == "content") || (n.kind == NodeKind::Name && m_program.symbols[static_cast<size_t>(n.symbol)] == "content") ||
             (n.kind == NodeKind::Item && n.children.size() == 2 && isText(*n.children[1]) && n.children[1]->value.string() == "content");
    });
  }

  bool comparesContent(const TreeNode& node) const {
    const auto words = [](const TreeNode& n) { return isText(n) && n.value.string() != "content" && n.value.string().find_first_not_of(" \n") != std::string::npos; };
    if (node.kind == NodeKind::Compare)
      return readsContent(node) && std::any_of(node.children.begin(), node.children.end(), [&](const auto& child) { return words(*child); });
    if (node.kind != NodeKind::Call || node.children.empty() || node.children[0]->kind != NodeKind::Attribute)
      return false;
    const std::string& method = node.children[0]->name;
    return (method == "startswith" || method == "endswith" || method == "find") && readsContent(*node.children[0]);
  }
};

std::shared_ptr<const jinja::Program> parsedAgain(const ChatTemplate& chat) {
  const size_t held = std::exchange(jinja::heldBytes(), 0);
  std::shared_ptr<const jinja::Program> program;
  try {
    program = jinja::parseProgram(chat.source());
  } catch (const jinja::Failure&) { // cannot be: it was parsed before
  }
  jinja::heldBytes() = held;
  return program;
}

std::string placeOf(const std::string& source, int line) { return line > 0 ? fmt::format(" (line {}: {})", line, excerptOf(source, line)) : std::string(); }

void checkSystem(const ChatTemplate& chat, const Json& variables, const std::set<int>& systemLines, std::vector<TemplateWarning>& out) {
  static constexpr const char* kMark = "\uE0F7be exact\uE0F8";
  ChatTemplate::Request request;
  request.variables = variables;
  request.nowIso = "2026-01-01T00:00:00";
  request.addGenerationPrompt = true;
  request.tools = Json::array(); // some templates loop over tools without asking whether there are any
  const Json user = {{"role", "user"}, {"content", "A question."}};
  request.messages = Json::array({user});
  if (!capture([&] { return chat.render(request); }).ok())
    return; // it needs more than a conversation; nothing is known about system messages
  request.messages = Json::array({{{"role", "system"}, {"content", kMark}}, user});
  const auto rendered = capture([&] { return chat.render(request); });
  if (!rendered.ok()) {
    const std::string& detail = rendered.error().detail; // "template line N"
    const int line = detail.starts_with("template line ") ? std::atoi(detail.c_str() + 14) : 0;
    out.push_back({TemplateWarning::Kind::SystemRefused, line,
                   fmt::format("The chat template refuses system messages: {}{}. Rows that have one are left out.", rendered.error().message.substr(0, 200), placeOf(chat.source(), line))});
  } else if (rendered->find(kMark) == std::string::npos) {
    const int line = systemLines.empty() ? 0 : *systemLines.begin();
    out.push_back({TemplateWarning::Kind::SystemDropped, line,
                   fmt::format("The chat template drops system messages{}: the model never sees them.", line > 0 ? placeOf(chat.source(), line) : "; it has no place for them")});
  }
}

} // namespace

std::vector<TemplateWarning> examineTemplate(const ChatTemplate& chat, const Json& variables) {
  std::vector<TemplateWarning> out;
  const auto program = parsedAgain(chat);
  if (!program)
    return out;
  const ConditionReader conditions(*program);
  checkSystem(chat, variables, conditions.systemLines(), out);
  if (const auto& lines = conditions.contentLines(); !lines.empty()) {
    std::string places;
    size_t shown = 0;
    for (const int line : lines)
      if (++shown <= kPlacesShown)
        places += fmt::format("{}line {}: {}", shown > 1 ? "; " : "", line, excerptOf(chat.source(), line));
    if (lines.size() > kPlacesShown)
      places += fmt::format("; and {} more", lines.size() - kPlacesShown);
    out.push_back({TemplateWarning::Kind::BranchesOnContent, *lines.begin(), fmt::format("The chat template branches on what messages say ({}), so certain words in the data change how a conversation is written.", places)});
  }
  return out;
}

} // namespace lathe::text
