// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <string>

namespace lathe::test {

/// A text as Qt Test compares and prints it.
inline QByteArray bytes(const std::string& text) { return QByteArray::fromStdString(text); }

} // namespace lathe::test
