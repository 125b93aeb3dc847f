// SPDX-License-Identifier: Apache-2.0
// Several test files in one program: each QTEST_MAIN registers its class under the name of its file instead of defining main(). The program
// is called by the name of the file (a link tests/tst_NAME points at it), so every test still runs in a process of its own.
// Included before the test files of a unit by the generated sources, see lathe_tests in cmake/LatheTargets.cmake.
#pragma once

#include <QtTest>

namespace lathe::tests {

using ProgramMain = int (*)(int argc, char** argv);

class Program {
public:
  /// `file`: path of the test file; its name without folder and .cpp is the program's name.
  Program(const char* file, ProgramMain run);
  const char* file;
  ProgramMain run;
  Program* next;
};

} // namespace lathe::tests

/// A main() of the test's own: LATHE_TEST_MAIN(TestKills) { … use argc and argv, return the exit status … }
#define LATHE_TEST_MAIN(Test)                                                          \
  static int main##Test(int argc, char** argv);                                        \
  static const ::lathe::tests::Program program##Test{__FILE__, main##Test};            \
  static int main##Test([[maybe_unused]] int argc, [[maybe_unused]] char** argv)

#undef QTEST_MAIN_WRAPPER
#define QTEST_MAIN_WRAPPER(Test, ...)                            \
  LATHE_TEST_MAIN(Test) {                                        \
    QT_PREPEND_NAMESPACE(QTest::Internal::callInitMain)<Test>(); \
    __VA_ARGS__                                                  \
    Test test;                                                   \
    QTest::setMainSourcePath(__FILE__, QT_TESTCASE_BUILDDIR);    \
    return QTest::qExec(&test, argc, argv);                      \
  }
