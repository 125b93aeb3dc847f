// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/spec_document.h"

namespace lathe::ui {

namespace {

const Json* lookUp(const Json& document, const std::string& path) {
  const Json* at = &document;
  size_t begin = 0;
  while (at && begin <= path.size()) {
    const size_t dot = std::min(path.find('.', begin), path.size());
    at = lathe::find(*at, std::string_view(path).substr(begin, dot - begin));
    begin = dot + 1;
  }
  return at;
}

} // namespace

const api::TrainOption* trainOption(const std::string& path) {
  for (const auto& option : api::trainOptions())
    if (path == option.path)
      return &option;
  return nullptr;
}

void SpecDocument::replace(Json json) {
  m_json = json.is_object() ? std::move(json) : Json::object();
  Q_EMIT replaced();
  Q_EMIT changed();
}

bool SpecDocument::isSet(const std::string& path) const { return lookUp(m_json, path) != nullptr; }

Json SpecDocument::value(const std::string& path) const {
  if (const Json* found = lookUp(m_json, path))
    return *found;
  const api::TrainOption* option = trainOption(path);
  return option ? parseJson(option->standard) : Json();
}

void SpecDocument::put(Json& document, const std::string& path, Json value) {
  Json* at = &document;
  size_t begin = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    Json& next = (*at)[path.substr(begin, dot - begin)];
    if (!next.is_object())
      next = Json::object();
    at = &next;
    begin = dot + 1;
  }
  (*at)[path.substr(begin)] = std::move(value);
}

void SpecDocument::set(const std::string& path, Json value) {
  put(m_json, path, std::move(value));
  Q_EMIT changed();
}

void SpecDocument::setAll(const std::vector<std::pair<std::string, Json>>& values) {
  for (const auto& [path, value] : values)
    put(m_json, path, value);
  Q_EMIT replaced();
  Q_EMIT changed();
}

std::string SpecDocument::text(const std::string& path) const {
  const Json found = value(path);
  return found.is_string() ? found.get<std::string>() : std::string();
}

double SpecDocument::number(const std::string& path) const {
  const Json found = value(path);
  return found.is_number() ? found.get<double>() : 0;
}

std::string SpecDocument::firstDataset() const {
  const Json train = value("data.train");
  return train.is_array() && !train.empty() ? stringOr(train[0], "path", "") : std::string();
}

} // namespace lathe::ui
