// SPDX-License-Identifier: Apache-2.0
#include "core/io/config_fields.h"

#include "core/io/names.h"

#include <fmt/format.h>

#include <cmath>

namespace lathe::io {
namespace {

std::string shown(const Json& value) {
  if (value.is_object() || value.is_array())
    return value.is_object() ? "an object" : "a list";
  const std::string text = dumpJson(value);
  return text.size() <= 60 ? text : text.substr(0, 57) + "…";
}

} // namespace

ConfigFields::ConfigFields(const Json& object, std::string prefix, std::string what) : m_object(object), m_prefix(std::move(prefix)), m_what(std::move(what)) {
  if (!object.is_object())
    refuse(m_prefix + "_TYPE", fmt::format("{} should be an object but is {}.", m_what, shown(object)));
}

const Json* ConfigFields::value(std::string_view key) const {
  const Json* found = find(m_object, key);
  return found && !found->is_null() ? found : nullptr;
}

void ConfigFields::reject(const char* suffix, std::string_view key, const std::string& problem) const {
  refuse(m_prefix + suffix, fmt::format("{}: \"{}\" {}.", m_what, key, problem));
}

int64_t ConfigFields::asInteger(std::string_view key, const Json& value, int64_t low, int64_t high) const {
  if (!value.is_number_integer())
    reject("_TYPE", key, fmt::format("is {}; a whole number from {} to {} is needed", shown(value), low, high));
  const bool huge = value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
  if (huge || value.get<int64_t>() < low || value.get<int64_t>() > high)
    reject("_VALUE", key, fmt::format("is {}; it must be from {} to {}", shown(value), low, high));
  return value.get<int64_t>();
}

double ConfigFields::asNumber(std::string_view key, const Json& value, double low, double high) const {
  if (!value.is_number())
    reject("_TYPE", key, fmt::format("is {}; a number from {} to {} is needed", shown(value), low, high));
  const double number = value.get<double>();
  if (!std::isfinite(number) || number < low || number > high)
    reject("_VALUE", key, fmt::format("is {}; it must be from {} to {}", shown(value), low, high));
  return number;
}

int64_t ConfigFields::integer(std::string_view key, int64_t low, int64_t high) const {
  const Json* found = value(key);
  if (!found)
    reject("_MISSING", key, fmt::format("is {}; a whole number from {} to {} is needed", has(key) ? "null" : "missing", low, high));
  return asInteger(key, *found, low, high);
}

int64_t ConfigFields::integerOr(std::string_view key, int64_t fallback, int64_t low, int64_t high) const { return maybeInteger(key, low, high).value_or(fallback); }

std::optional<int64_t> ConfigFields::maybeInteger(std::string_view key, int64_t low, int64_t high) const {
  const Json* found = value(key);
  return found ? std::optional(asInteger(key, *found, low, high)) : std::nullopt;
}

double ConfigFields::numberOr(std::string_view key, double fallback, double low, double high) const { return maybeNumber(key, low, high).value_or(fallback); }

std::optional<double> ConfigFields::maybeNumber(std::string_view key, double low, double high) const {
  const Json* found = value(key);
  return found ? std::optional(asNumber(key, *found, low, high)) : std::nullopt;
}

bool ConfigFields::booleanOr(std::string_view key, bool fallback) const {
  const Json* found = value(key);
  if (!found)
    return fallback;
  if (!found->is_boolean())
    reject("_TYPE", key, fmt::format("is {}; true or false is needed", shown(*found)));
  return found->get<bool>();
}

std::string ConfigFields::textOr(std::string_view key, std::string fallback) const {
  const Json* found = value(key);
  if (!found)
    return fallback;
  if (!found->is_string())
    reject("_TYPE", key, fmt::format("is {}; a string is needed", shown(*found)));
  return found->get<std::string>();
}

std::vector<std::string> ConfigFields::texts(std::string_view key) const {
  std::vector<std::string> out;
  const Json* found = value(key);
  if (!found)
    return out;
  if (!found->is_array())
    reject("_TYPE", key, fmt::format("is {}; a list of strings is needed", shown(*found)));
  for (const Json& item : *found) {
    if (!item.is_string())
      reject("_TYPE", key, fmt::format("holds {}; only strings may stand there", shown(item)));
    out.push_back(item.get<std::string>());
  }
  return out;
}

std::vector<double> ConfigFields::numbers(std::string_view key, double low, double high) const {
  std::vector<double> out;
  const Json* found = value(key);
  if (!found)
    return out;
  if (!found->is_array())
    reject("_TYPE", key, fmt::format("is {}; a list of numbers is needed", shown(*found)));
  for (const Json& item : *found)
    out.push_back(asNumber(key, item, low, high));
  return out;
}

std::vector<int64_t> ConfigFields::integers(std::string_view key, int64_t low, int64_t high) const {
  std::vector<int64_t> out;
  const Json* found = value(key);
  if (!found)
    return out;
  if (!found->is_array())
    return {asInteger(key, *found, low, high)};
  for (const Json& item : *found)
    out.push_back(asInteger(key, item, low, high));
  return out;
}

std::optional<ConfigFields> ConfigFields::object(std::string_view key) const {
  const Json* found = value(key);
  if (!found)
    return std::nullopt;
  return ConfigFields(*found, m_prefix, fmt::format("{}: \"{}\"", m_what, key));
}

} // namespace lathe::io
