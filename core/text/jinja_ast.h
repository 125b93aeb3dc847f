// SPDX-License-Identifier: Apache-2.0
// Tokens and syntax tree of the template language (jinja2 3.1's lexer and parser, with trim_blocks and lstrip_blocks).
#pragma once

#include "core/text/jinja_value.h"

#include <unordered_map>

namespace lathe::text::jinja {

struct Token {
  enum class Type { Data, VariableBegin, VariableEnd, BlockBegin, BlockEnd, Name, String, Integer, Float, Operator, End };
  Type type = Type::End;
  std::string text;
  int line = 1;
};

/// Throws Failure "syntax".
std::vector<Token> tokenize(std::string_view source);

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
struct FilterEntry;
struct TestEntry;

struct Expression {
  enum class Kind { Constant, Name, List, Tuple, Dict, Attribute, Item, Slice, Call, Filter, Test, Negate, Plus, Not, And, Or, Binary, Concat, Compare, Condition };
  Kind kind;
  int line = 0;
  int depth = 1;
  int symbol = -1;                                           // Name
  std::string name;                                          // Attribute, Filter, Test; Binary: operator
  Value value;                                               // Constant
  std::vector<ExpressionPtr> children;                       // operands; Call/Filter/Test: [0] is the callee or input, the rest positional
  std::vector<std::pair<std::string, ExpressionPtr>> named;  // keyword arguments
  ExpressionPtr star, doubleStar;                            // *args, **kwargs
  std::vector<std::string> operators;                        // Compare: one per child after the first
  const FilterEntry* filter = nullptr;                       // nullptr: unknown, fails when reached
  const TestEntry* test = nullptr;
};

/// Where a value goes: a name, a namespace attribute, or a tuple of targets.
struct Target {
  int symbol = -1;
  std::string attribute; // ns.attribute
  std::vector<Target> parts;
};

struct Statement;
using Body = std::vector<Statement>;

struct Parameter {
  int symbol;
  std::string name;
  ExpressionPtr standard;
};

struct Statement {
  enum class Kind { Text, Output, If, For, Set, SetBlock, Macro, CallBlock, FilterBlock, Generation, With, Block, Break, Continue };
  Statement(Kind k, int l) : kind(k), line(l) {}
  Kind kind;
  int line = 0;
  std::string text;                                    // Text; Macro: name, empty for a call block
  std::vector<ExpressionPtr> expressions;              // Output: parts; If: conditions; For: [iterable, condition?]; Set: [value]; …
  std::vector<Body> bodies;                            // If: one per condition (+ else); For: body, else
  std::vector<Target> targets;                         // For, Set, SetBlock: [0]; With: all
  std::vector<Parameter> parameters;                   // Macro, CallBlock
  bool recursive = false;                              // For; Block: scoped
  bool takesVarargs = false, takesKwargs = false, takesCaller = false; // Macro
};

struct Program {
  Body body;
  std::vector<std::string> symbols; // symbol → name
  std::unordered_map<std::string, int> symbolOf;
  bool hasGeneration = false;
};

/// Throws Failure "syntax" or "limit".
std::shared_ptr<const Program> parseProgram(std::string_view source);

/// Built-in filters and tests by name; nullptr when there is none.
const FilterEntry* findFilter(std::string_view name);
const TestEntry* findTest(std::string_view name);

} // namespace lathe::text::jinja
