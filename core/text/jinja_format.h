// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/jinja_eval.h"

namespace lathe::text::jinja {

/// Python's format(value, spec). Throws Failure "runtime" as Python does, "limit" for widths beyond 100,000.
std::string formattedValue(const Value& value, const std::string& spec);
inline constexpr int kWidest = 100'000; // characters that a format may ask for
std::string digitsOf(unsigned __int128 value, unsigned base, bool upper);
/// C's formatting of a finite or infinite number without sign.
std::string plainFloat(double value, char kind, int precision, bool alternate);
/// Python's ascii() of a text that is already quoted.
std::string asciiOnly(const std::string& text);
/// str.format: fields by position and name with attributes, items, conversions and nested specifications.
std::string formatFields(Evaluator& evaluator, const std::string& text, const Arguments& arguments);

} // namespace lathe::text::jinja
