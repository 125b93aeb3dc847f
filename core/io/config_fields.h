// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: typed, bounded look-ups in the configuration files of others. Every problem is a refusal
// <prefix>_TYPE, <prefix>_VALUE or <prefix>_MISSING that names file, field, value and limit.
#pragma once

#include "core/base/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::io {

class ConfigFields {
public:
  /// `prefix`: "REJ:CONFIG"; `what`: "config.json".
  ConfigFields(const Json& object, std::string prefix, std::string what);

  /// nullptr when absent or null.
  const Json* value(std::string_view key) const;
  bool has(std::string_view key) const { return find(m_object, key) != nullptr; } // also when null

  int64_t integer(std::string_view key, int64_t low, int64_t high) const; // required
  int64_t integerOr(std::string_view key, int64_t fallback, int64_t low, int64_t high) const;
  std::optional<int64_t> maybeInteger(std::string_view key, int64_t low, int64_t high) const;
  double numberOr(std::string_view key, double fallback, double low, double high) const; // finite, low ≤ value ≤ high
  std::optional<double> maybeNumber(std::string_view key, double low, double high) const;
  bool booleanOr(std::string_view key, bool fallback) const;
  std::string textOr(std::string_view key, std::string fallback) const;
  /// Absent or null: empty. A list of strings, or of numbers.
  std::vector<std::string> texts(std::string_view key) const;
  std::vector<double> numbers(std::string_view key, double low, double high) const;
  std::vector<int64_t> integers(std::string_view key, int64_t low, int64_t high) const; // also one bare integer

  /// The fields of an object inside; nullopt when absent or null.
  std::optional<ConfigFields> object(std::string_view key) const;
  const Json& json() const { return m_object; }

  [[noreturn]] void reject(const char* suffix, std::string_view key, const std::string& problem) const;

private:
  int64_t asInteger(std::string_view key, const Json& value, int64_t low, int64_t high) const;
  double asNumber(std::string_view key, const Json& value, double low, double high) const;

  const Json& m_object;
  std::string m_prefix, m_what;
};

} // namespace lathe::io
