// SPDX-License-Identifier: Apache-2.0
// Comparing tensors in Qt Test.
#pragma once

#include "tests/support/tensor_file.h"

#include <QtTest>

#define COMPARE_TENSORS(got, expected, allowed)                                                 \
  do {                                                                                          \
    const std::string lathe_difference = ::lathe::test::difference((got), (expected), (allowed)); \
    QVERIFY2(lathe_difference.empty(), lathe_difference.c_str());                               \
  } while (false)
