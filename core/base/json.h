// SPDX-License-Identifier: Apache-2.0
// The one JSON reader: limits, duplicate keys refused, valid UTF-8 required, insertion order kept.
#pragma once

#include "core/base/error.h"
#include "core/base/limits.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace lathe {

using Json = nlohmann::ordered_json;

struct JsonLimits {
  uint64_t bytes = limits::kConfigBytes; // refused above
  int depth = limits::kJsonDepth;        // nesting of arrays and objects
  bool comments = false;                 // allow // and /* */ (specification files)
  std::string code = "REJ:JSON";         // refusal code
  std::string what = "JSON";             // subject in messages, usually the file name
};

/// Parses one value and nothing after it. Messages name line and column. Integers beyond 64 bits become doubles.
/// Throws a refusal (`limits.code`).
Json parseJson(std::string_view text, const JsonLimits& limits = {});

/// Reads and parses a file; NotFound or Io when it cannot be read.
Json parseJsonFile(const std::string& path, JsonLimits limits = {});

/// Compact text, non-ASCII kept, invalid UTF-8 replaced; NaN and infinities become null.
std::string dumpJson(const Json& value, int indent = -1);

/// Finds a key without throwing; nullptr when absent or when `object` is not an object.
const Json* find(const Json& object, std::string_view key);

// Typed look-ups for our own formats: the default when absent or null; a refusal naming `path` when of another type.
std::string stringOr(const Json& object, std::string_view key, std::string fallback);
int64_t intOr(const Json& object, std::string_view key, int64_t fallback);
double doubleOr(const Json& object, std::string_view key, double fallback);
bool boolOr(const Json& object, std::string_view key, bool fallback);

} // namespace lathe
