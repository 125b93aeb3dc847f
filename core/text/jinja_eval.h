// SPDX-License-Identifier: Apache-2.0
// Runs a parsed template with fuel, depth, output and time limits (core/base/limits.h).
#pragma once

#include "core/text/jinja_ast.h"

#include <chrono>

namespace lathe::text::jinja {

struct FilterEntry {
  const char* name;
  Value (*call)(Evaluator&, const Value& input, const Arguments&);
};
struct TestEntry {
  const char* name;
  bool (*call)(Evaluator&, const Value& input, const Arguments&);
};
struct MethodEntry {
  const char* name;
  Value (*call)(Evaluator&, const Value& self, const Arguments&); // nullptr: templates may not touch it
};
/// Method of a str, list, tuple or dict; nullptr when the type has none of that name.
const MethodEntry* findMethod(const Value& self, std::string_view name);
/// Python's `format % arguments`.
std::string percentFormat(std::string_view format, const Value& arguments);
/// range, dict, namespace, raise_exception, …; false when there is no such global.
bool findGlobal(Evaluator& evaluator, std::string_view name, Value& out);

struct Scope {
  std::shared_ptr<Scope> parent;
  std::vector<std::pair<int, Value>> variables;
  Value* find(int symbol);
  void set(int symbol, Value value);
};

class Evaluator {
public:
  Evaluator(const Program& program, std::string nowIso);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  void setVariable(const std::string& name, Value value);
  std::string run();
  /// Byte ranges of the {% generation %} blocks; complete is false when one was rendered inside a macro or block set.
  const std::vector<std::pair<uint32_t, uint32_t>>& generationSpans() const { return m_spans; }
  bool spansComplete() const { return m_spansComplete; }
  const std::string& nowIso() const { return m_nowIso; }
  int line() const { return m_line; }

  /// Pays for `steps` of work; throws Failure "limit" when fuel or time are used up.
  void spend(uint64_t steps);
  Value attribute(const Value& object, const std::string& name);
  Value item(const Value& object, const Value& key);
  Value call(const Value& callee, const Arguments& arguments);
  Value binary(const std::string& op, const Value& a, const Value& b);
  Value string(std::string text); // a string value, paid for
  Value makeNamespace();
  bool contains(const Value& container, const Value& needle);
  Value filtered(const std::string& name, const Value& input, const Arguments& arguments);
  bool tested(const std::string& name, const Value& input, const Arguments& arguments);

private:
  enum class Flow { Normal, Break, Continue };
  struct Deeper;

  Value evaluate(const Expression& e);
  Value evaluateCall(const Expression& e);
  Value evaluateItem(const Expression& e);
  Value evaluateCompare(const Expression& e);
  Value lookUp(const Expression& e);
  Value negate(const Value& value, bool minus);
  Value slice(const Value& object, const Value& from, const Value& to, const Value& step);
  Arguments evaluateArguments(const Expression& e);
  Value applyFilter(const Expression& e, const Value* blockInput);

  Flow execute(const Body& body);
  Flow execute(const Statement& s);
  Flow executeIf(const Statement& s);
  Flow executeFor(const Statement& s, const Value& iterable, int depth);
  Flow runLoop(const Statement& s, std::shared_ptr<const Values> items, int depth);
  Flow elseOf(const Statement& s);
  Flow runWith(const Statement& s);
  std::shared_ptr<const Values> loopItems(const Statement& s, const Value& iterable);
  void executeSetBlock(const Statement& s);
  void executeCallBlock(const Statement& s);
  void executeGeneration(const Statement& s);
  Value makeMacro(const Statement& s);
  Value callMacro(const Statement& s, const std::shared_ptr<Scope>& closure, const Arguments& arguments);
  void bindParameters(const Statement& s, const Arguments& arguments);
  std::string captured(const Body& body);
  void assign(const Target& target, const Value& value);
  void write(std::string_view text);

  const Program& m_program;
  std::string m_nowIso;
  std::shared_ptr<Scope> m_scope;
  std::shared_ptr<Scope> m_topScope; // what blocks see
  std::string m_output;
  std::string* m_out = &m_output;
  std::vector<std::pair<uint32_t, uint32_t>> m_spans;
  bool m_spansComplete = true;
  std::vector<std::shared_ptr<Scope>> m_closures;                // scopes that macros keep alive, emptied at the end
  std::vector<std::weak_ptr<NamespaceObject>> m_namespaces;      // may hold cycles, emptied at the end
  uint64_t m_fuel;
  uint64_t m_untilClock = 0;
  std::chrono::steady_clock::time_point m_deadline;
  int m_depth = 0, m_macroDepth = 0;
  int m_line = 0;
  size_t m_heldBefore = 0;
};

/// Throws when `value` is undefined.
void requireDefined(const Value& value);

} // namespace lathe::text::jinja
