// SPDX-License-Identifier: Apache-2.0
#include "core/api/spec_diff.h"

#include "core/api/train_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace lathe::api {
namespace {

using Leaves = std::map<std::string, Json>;

bool isOptionPath(const std::string& path) {
  const auto options = trainOptions();
  return std::any_of(options.begin(), options.end(), [&](const TrainOption& option) { return path == option.path; });
}

/// Values by dotted path. An option's value is a leaf even where it is an object (rank_pattern).
void collectLeaves(const Json& value, const std::string& path, Leaves& out) {
  if (!value.is_object() || (!path.empty() && isOptionPath(path))) {
    if (!path.empty())
      out[path] = value;
    return;
  }
  for (const auto& [key, item] : value.items())
    collectLeaves(item, path.empty() ? key : path + "." + key, out);
}

/// The complete document in one spelling; as it is where this version cannot read it.
Leaves leavesOf(const Json& spec) {
  Leaves out;
  const ParsedSpec parsed = parseTrainSpec(spec.is_object() ? spec : Json::object());
  const bool unknown = std::any_of(parsed.problems.begin(), parsed.problems.end(), [](const Problem& p) { return p.severity == Severity::Error; });
  if (!unknown)
    collectLeaves(trainSpecToJson(parsed.spec), "", out);
  else
    collectLeaves(spec, "", out);
  for (const TrainOption& option : trainOptions())
    out.emplace(option.path, parseJson(option.standard));
  out.erase("name");
  return out;
}

bool sameValue(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number())
    return a.get<double>() == b.get<double>();
  if (a.type() != b.type() || a.size() != b.size())
    return false;
  if (a.is_array())
    return std::equal(a.begin(), a.end(), b.begin(), sameValue);
  if (!a.is_object())
    return a == b;
  return std::all_of(a.items().begin(), a.items().end(), [&](const auto& item) { // the order of keys means nothing
    const Json* other = find(b, item.key());
    return other && sameValue(item.value(), *other);
  });
}

/// "0.03", "2e-4" below a thousandth, "16".
std::string specNumberText(const Json& value) {
  if (value.is_number_integer())
    return value.dump();
  const double number = value.get<double>();
  if (number == 0 || std::abs(number) >= 1e-3)
    return fmt::format("{:.6g}", number);
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(number)) + 1e-12));
  return fmt::format("{:.6g}e{}", number * std::pow(10.0, -exponent), exponent);
}

std::string lastPathPart(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos || slash + 1 == path.size() ? path : path.substr(slash + 1);
}

/// {"path": "/data/a.jsonl", "format": "auto"} → "a.jsonl"; another format is named too.
std::string objectText(const Json& value) {
  if (const Json* path = find(value, "path"); path && path->is_string()) {
    const std::string format = stringOr(value, "format", "auto");
    return lastPathPart(path->get<std::string>()) + (format == "auto" ? "" : " (" + format + ")");
  }
  std::string out;
  for (const auto& [key, item] : value.items())
    out += (out.empty() ? "" : ", ") + key + " " + specValueText(item);
  return out;
}

/// Path and title of every row, in order.
std::vector<std::pair<std::string, std::string>> comparedPaths(const std::vector<Leaves>& all) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const TrainOption& option : trainOptions())
    if (std::string_view(option.path) != "name")
      out.emplace_back(option.path, option.title);
  std::map<std::string, std::string> others;
  for (const Leaves& leaves : all)
    for (const auto& [path, value] : leaves)
      if (!isOptionPath(path))
        others.emplace(path, path);
  out.insert(out.end(), others.begin(), others.end());
  return out;
}

SpecField compareField(const std::string& path, const std::string& title, const std::vector<Leaves>& all) {
  SpecField row{path, title, {}, false};
  std::vector<Json> values;
  for (const Leaves& leaves : all) {
    const auto found = leaves.find(path);
    values.push_back(found == leaves.end() ? Json() : found->second);
    row.values.push_back(specValueText(values.back()));
    row.differs = row.differs || !sameValue(values.front(), values.back());
  }
  const bool alike = std::all_of(row.values.begin(), row.values.end(), [&](const std::string& text) { return text == row.values.front(); });
  if (row.differs && alike) // "train.jsonl" in two folders: the short form would hide the difference
    for (size_t i = 0; i < values.size(); ++i)
      row.values[i] = values[i].is_string() ? values[i].get<std::string>() : dumpJson(values[i]);
  return row;
}

} // namespace

std::string specValueText(const Json& value) {
  if (value.is_null())
    return "–";
  if (value.is_boolean())
    return value.get<bool>() ? "yes" : "no";
  if (value.is_number())
    return specNumberText(value);
  if (value.is_string())
    return value.get_ref<const std::string&>().empty() ? "(empty)" : value.get<std::string>();
  if (value.empty())
    return "(empty)";
  if (value.is_object())
    return objectText(value);
  std::string out;
  for (const Json& item : value)
    out += (out.empty() ? "" : ", ") + specValueText(item);
  return out;
}

std::vector<SpecField> compareSpecs(const std::vector<Json>& specs) {
  std::vector<Leaves> all;
  for (const Json& spec : specs)
    all.push_back(leavesOf(spec));
  std::vector<SpecField> out;
  for (const auto& [path, title] : comparedPaths(all))
    out.push_back(compareField(path, title, all));
  return out;
}

std::vector<SpecField> differingFields(const std::vector<Json>& specs) {
  std::vector<SpecField> out = compareSpecs(specs);
  std::erase_if(out, [](const SpecField& row) { return !row.differs; });
  return out;
}

} // namespace lathe::api
