// SPDX-License-Identifier: Apache-2.0
// One JSON codec for every value of core/api: wire, files and store alike. A struct lists its fields once:
//
//   struct Point { double x = 0; std::string label;
//     template <class Self, class Visitor> static void visit(Self& self, Visitor&& field) { field("x", self.x); field("label", self.label); } };
//
// encode() writes every field (NaN and infinity as null); decode() keeps the default for absent or null fields, ignores unknown
// ones (a newer peer may send more) and refuses wrong types with the field's path (code REJ:FIELD).
#pragma once

#include "core/base/json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace lathe::api {

/// Specialise with `static constexpr std::array<const char*, N> names` in the order of the enumerators.
template <class E>
struct EnumNames;

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires { EnumNames<E>::names; };

template <NamedEnum E>
const char* enumName(E value) { return EnumNames<E>::names[static_cast<size_t>(value)]; }

template <NamedEnum E>
std::optional<E> enumFromName(std::string_view name) {
  for (size_t i = 0; i < EnumNames<E>::names.size(); ++i)
    if (name == EnumNames<E>::names[i])
      return static_cast<E>(i);
  return std::nullopt;
}

template <class T>
Json encode(const T& value);
template <class T>
void decodeInto(const Json& json, T& out, const std::string& path);

namespace detail {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

[[noreturn]] inline void wrong(const std::string& path, const char* wanted, const Json& json) {
  refuse("REJ:FIELD", fmt::format("The field \"{}\" should be {} but is {}.", path, wanted, json.type_name()));
}

} // namespace detail

template <class T>
Json encode(const T& value) {
  if constexpr (std::is_same_v<T, Json>) {
    return value;
  } else if constexpr (NamedEnum<T>) {
    return enumName(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (detail::IsVector<T>::value) {
    Json out = Json::array();
    for (const auto& item : value)
      out.push_back(encode(item));
    return out;
  } else if constexpr (detail::IsMap<T>::value) {
    Json out = Json::object();
    for (const auto& [key, item] : value)
      out[key] = encode(item);
    return out;
  } else if constexpr (detail::IsOptional<T>::value) {
    return value ? encode(*value) : Json(nullptr);
  } else {
    Json out = Json::object();
    T::visit(value, [&](const char* name, const auto& field) { out[name] = encode(field); });
    return out;
  }
}

template <class T>
void decodeInto(const Json& json, T& out, const std::string& path) {
  if constexpr (std::is_same_v<T, Json>) {
    out = json;
  } else if constexpr (NamedEnum<T>) {
    const auto value = json.is_string() ? enumFromName<T>(json.get_ref<const std::string&>()) : std::nullopt;
    if (!value)
      detail::wrong(path, "a known name", json);
    out = *value;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean())
      detail::wrong(path, "true or false", json);
    out = json.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    if (!json.is_number_integer())
      detail::wrong(path, "an integer", json);
    const bool big = json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<T>::max());
    const bool small = !json.is_number_unsigned() && (std::is_unsigned_v<T> || json.get<int64_t>() < static_cast<int64_t>(std::numeric_limits<T>::min()));
    if (big || small)
      detail::wrong(path, "an integer in range", json);
    out = json.get<T>();
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!json.is_number())
      detail::wrong(path, "a number", json);
    out = json.get<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string())
      detail::wrong(path, "a string", json);
    out = json.get<std::string>();
  } else if constexpr (detail::IsVector<T>::value) {
    if (!json.is_array())
      detail::wrong(path, "a list", json);
    out.clear();
    out.reserve(json.size());
    for (size_t i = 0; i < json.size(); ++i) {
      typename T::value_type item{};
      decodeInto(json[i], item, fmt::format("{}[{}]", path, i));
      out.push_back(std::move(item));
    }
  } else if constexpr (detail::IsMap<T>::value) {
    if (!json.is_object())
      detail::wrong(path, "an object", json);
    out.clear();
    for (const auto& [key, item] : json.items())
      decodeInto(item, out[key], path + "." + key);
  } else if constexpr (detail::IsOptional<T>::value) {
    out.emplace();
    decodeInto(json, *out, path);
  } else {
    if (!json.is_object())
      detail::wrong(path, "an object", json);
    T::visit(out, [&](const char* name, auto& field) {
      const Json* value = find(json, name);
      if (value && !value->is_null())
        decodeInto(*value, field, path.empty() ? name : path + "." + name);
    });
  }
}

/// Value of type T; missing fields keep their defaults. A double field that was null (NaN on the other side) keeps its default.
template <class T>
T decode(const Json& json) {
  T out{};
  decodeInto(json, out, "");
  return out;
}

} // namespace lathe::api
