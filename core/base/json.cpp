// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"

#include "core/base/files.h"

#include <fmt/format.h>

#include <unordered_set>

namespace lathe {
namespace {

/// Builds the value from parser events: counts depth, refuses duplicate keys, appends to ordered objects without their linear
/// look-up (a vocabulary has hundreds of thousands of keys).
class Builder {
public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  explicit Builder(const JsonLimits& limits) : m_limits(limits) {}

  bool null() { return place(Json(nullptr)); }
  bool boolean(bool v) { return place(Json(v)); }
  bool number_integer(number_integer_t v) { return place(Json(v)); }
  bool number_unsigned(number_unsigned_t v) { return place(Json(v)); }
  bool number_float(number_float_t v, const string_t&) { return place(Json(v)); }
  bool string(string_t& v) { return place(Json(std::move(v))); }
  bool binary(binary_t&) { return false; }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(string_t& v) {
    if (!m_stack.back().keys.insert(v).second) {
      problem = fmt::format("the key \"{}\" appears twice in one object", v.substr(0, 80));
      return false;
    }
    m_stack.back().key = std::move(v);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& e) {
    errorAt = position;
    problem = e.what();
    return false;
  }

  Json root;
  std::string problem;
  std::size_t errorAt = 0;

private:
  struct Level {
    Json value;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  bool place(Json value) {
    if (m_stack.empty()) {
      root = std::move(value);
      return true;
    }
    Level& level = m_stack.back();
    if (level.value.is_array())
      level.value.get_ref<Json::array_t&>().push_back(std::move(value));
    else
      level.value.get_ref<Json::object_t&>().emplace_back(std::move(level.key), std::move(value));
    return true;
  }

  bool open(Json value) {
    if (static_cast<int>(m_stack.size()) >= m_limits.depth) {
      problem = fmt::format("it is nested deeper than {} levels", m_limits.depth);
      return false;
    }
    m_stack.push_back({std::move(value), {}, {}});
    return true;
  }

  bool close() {
    Json value = std::move(m_stack.back().value);
    m_stack.pop_back();
    return place(std::move(value));
  }

  const JsonLimits& m_limits;
  std::vector<Level> m_stack;
};

std::string position(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  std::size_t line = 1, column = 1;
  for (std::size_t i = 0; i + 1 < at; ++i) {
    ++column;
    if (text[i] == '\n') {
      ++line;
      column = 1;
    }
  }
  return fmt::format("line {}, column {}", line, column);
}

[[noreturn]] void wrongType(std::string_view key, const char* wanted, const Json& value) {
  refuse("REJ:JSON_TYPE", fmt::format("\"{}\" should be {} but is {}.", key, wanted, value.type_name()));
}

} // namespace

Json parseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes)
    refuse(limits.code, fmt::format("{} has {} bytes; the limit is {}.", limits.what, text.size(), limits.bytes));
  if (text.substr(0, 3) == "\xEF\xBB\xBF")
    text.remove_prefix(3);
  Builder builder(limits);
  const bool good = Json::sax_parse(text.begin(), text.end(), &builder, Json::input_format_t::json, true, limits.comments);
  if (!good) {
    const std::string where = builder.errorAt ? " (" + position(text, builder.errorAt) + ")" : "";
    refuse(limits.code, fmt::format("{} is not valid JSON{}: {}.", limits.what, where,
                                    builder.errorAt ? "something else was expected there" : builder.problem),
           builder.problem);
  }
  return std::move(builder.root);
}

Json parseJsonFile(const std::string& path, JsonLimits limits) {
  if (limits.what == "JSON")
    limits.what = path;
  return parseJson(readFile(path, limits.bytes, limits.code), limits);
}

std::string dumpJson(const Json& value, int indent) { return value.dump(indent, ' ', false, Json::error_handler_t::replace); }

const Json* find(const Json& object, std::string_view key) {
  if (!object.is_object())
    return nullptr;
  const auto it = object.find(std::string(key));
  return it == object.end() ? nullptr : &*it;
}

std::string stringOr(const Json& object, std::string_view key, std::string fallback) {
  const Json* value = find(object, key);
  if (!value || value->is_null())
    return fallback;
  if (!value->is_string())
    wrongType(key, "a string", *value);
  return value->get<std::string>();
}

int64_t intOr(const Json& object, std::string_view key, int64_t fallback) {
  const Json* value = find(object, key);
  if (!value || value->is_null())
    return fallback;
  if (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    wrongType(key, "a 64-bit integer", *value);
  if (!value->is_number_integer())
    wrongType(key, "an integer", *value);
  return value->get<int64_t>();
}

double doubleOr(const Json& object, std::string_view key, double fallback) {
  const Json* value = find(object, key);
  if (!value || value->is_null())
    return fallback;
  if (!value->is_number())
    wrongType(key, "a number", *value);
  return value->get<double>();
}

bool boolOr(const Json& object, std::string_view key, bool fallback) {
  const Json* value = find(object, key);
  if (!value || value->is_null())
    return fallback;
  if (!value->is_boolean())
    wrongType(key, "true or false", *value);
  return value->get<bool>();
}

} // namespace lathe
