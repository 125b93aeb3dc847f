// SPDX-License-Identifier: Apache-2.0
#include "tests/support/one_program.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace lathe::tests {
namespace {

// Set for the processes that a test starts from its own program.
constexpr const char* kNameVariable = "LATHE_TEST_PROGRAM";

Program*& first() {
  static Program* program = nullptr;
  return program;
}

std::string_view nameOf(std::string_view path) {
  path.remove_prefix(path.find_last_of('/') + 1); // npos + 1 is 0
  return path.substr(0, path.find('.'));
}

const Program* find(const char* name) {
  if (name)
    for (const Program* program = first(); program; program = program->next)
      if (nameOf(program->file) == nameOf(name))
        return program;
  return nullptr;
}

} // namespace

Program::Program(const char* file, ProgramMain run) : file(file), run(run), next(first()) { first() = this; }

} // namespace lathe::tests

int main(int argc, char** argv) {
  using namespace lathe::tests;
  const Program* program = find(argv[0]);
  if (!program && argc > 1 && (program = find(argv[1]))) {
    argv[1] = argv[0];
    --argc;
    ++argv;
  }
  if (!program)
    program = find(std::getenv(kNameVariable));
  if (program) {
    setenv(kNameVariable, std::string(nameOf(program->file)).c_str(), 1);
    return program->run(argc, argv);
  }
  std::fprintf(stderr, "usage: %s TEST [options of Qt Test]; TEST is one of:\n", argv[0]);
  for (const Program* one = first(); one; one = one->next)
    std::fprintf(stderr, "  %s\n", std::string(nameOf(one->file)).c_str());
  return 2;
}
