// SPDX-License-Identifier: Apache-2.0
#include "core/io/gguf.h"

#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lathe::io {
namespace {

template <class T>
T ggufLoad(const std::string& head, uint64_t at) {
  T out;
  std::memcpy(&out, head.data() + at, sizeof out);
  return out;
}

bool isInteger(GgufValueType type) {
  switch (type) {
  case GgufValueType::U8:
  case GgufValueType::I8:
  case GgufValueType::U16:
  case GgufValueType::I16:
  case GgufValueType::U32:
  case GgufValueType::I32:
  case GgufValueType::U64:
  case GgufValueType::I64:
    return true;
  case GgufValueType::F32:
  case GgufValueType::F64:
  case GgufValueType::Bool:
  case GgufValueType::String:
  case GgufValueType::Array:
    break;
  }
  return false;
}

bool isNumber(GgufValueType type) { return isInteger(type) || type == GgufValueType::F32 || type == GgufValueType::F64; }

template <class Entry>
const Entry* findSorted(const std::vector<Entry>& entries, const std::vector<uint32_t>& order, std::string Entry::* name, std::string_view wanted) {
  const auto it = std::lower_bound(order.begin(), order.end(), wanted, [&](uint32_t i, std::string_view w) { return entries[i].*name < w; });
  return it != order.end() && entries[*it].*name == wanted ? &entries[*it] : nullptr;
}

} // namespace

const char* ggufValueTypeName(GgufValueType type) {
  static constexpr const char* kNames[] = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool", "string", "array", "uint64", "int64", "float64"};
  return kNames[static_cast<size_t>(type)];
}

uint64_t GgufTensor::elements() const {
  uint64_t n = 1;
  for (const int64_t d : shape)
    n *= static_cast<uint64_t>(d);
  return n;
}

const GgufValue* GgufHeader::find(std::string_view key) const { return findSorted(m_values, m_valueOrder, &GgufValue::key, key); }
const GgufTensor* GgufHeader::findTensor(std::string_view name) const { return findSorted(m_tensors, m_tensorOrder, &GgufTensor::name, name); }

void GgufHeader::wrongType(const GgufValue& value, const char* wanted) const {
  refuse("REJ:GGUF_VALUE", fmt::format("{}: the key {} holds {}{}, not {}.", m_what, shownName(value.key), value.isArray ? "a list of " : "", ggufValueTypeName(value.type), wanted));
}

const GgufValue* GgufHeader::typed(std::string_view key, bool array) const {
  const GgufValue* value = find(key);
  if (value && value->isArray != array)
    wrongType(*value, array ? "a list" : "a single value");
  return value;
}

int64_t GgufHeader::integerAt(const GgufValue& value, uint64_t at) const {
  switch (value.type) {
  case GgufValueType::U8:
    return ggufLoad<uint8_t>(m_head, at);
  case GgufValueType::I8:
    return ggufLoad<int8_t>(m_head, at);
  case GgufValueType::U16:
    return ggufLoad<uint16_t>(m_head, at);
  case GgufValueType::I16:
    return ggufLoad<int16_t>(m_head, at);
  case GgufValueType::U32:
    return ggufLoad<uint32_t>(m_head, at);
  case GgufValueType::I32:
    return ggufLoad<int32_t>(m_head, at);
  case GgufValueType::I64:
    return ggufLoad<int64_t>(m_head, at);
  case GgufValueType::U64: {
    const auto raw = ggufLoad<uint64_t>(m_head, at);
    if (raw > static_cast<uint64_t>(INT64_MAX))
      refuse("REJ:GGUF_VALUE", fmt::format("{}: the key {} holds {}; 2^63 − 1 is the limit.", m_what, shownName(value.key), raw));
    return static_cast<int64_t>(raw);
  }
  case GgufValueType::F32:
  case GgufValueType::F64:
  case GgufValueType::Bool:
  case GgufValueType::String:
  case GgufValueType::Array:
    break;
  }
  wrongType(value, "a whole number");
}

double GgufHeader::numberAt(const GgufValue& value, uint64_t at) const {
  if (value.type == GgufValueType::F32)
    return static_cast<double>(ggufLoad<float>(m_head, at));
  if (value.type == GgufValueType::F64)
    return ggufLoad<double>(m_head, at);
  return static_cast<double>(integerAt(value, at));
}

std::optional<int64_t> GgufHeader::integer(std::string_view key) const {
  const GgufValue* value = typed(key, false);
  return value ? std::optional(integerAt(*value, value->at)) : std::nullopt;
}

std::optional<double> GgufHeader::number(std::string_view key) const {
  const GgufValue* value = typed(key, false);
  if (!value)
    return std::nullopt;
  if (!isNumber(value->type))
    wrongType(*value, "a number");
  return numberAt(*value, value->at);
}

std::optional<bool> GgufHeader::boolean(std::string_view key) const {
  const GgufValue* value = typed(key, false);
  if (!value)
    return std::nullopt;
  if (value->type != GgufValueType::Bool)
    wrongType(*value, "a truth value");
  return m_head[value->at] != 0;
}

std::optional<std::string_view> GgufHeader::text(std::string_view key) const {
  const GgufValue* value = typed(key, false);
  if (!value)
    return std::nullopt;
  if (value->type != GgufValueType::String)
    wrongType(*value, "a text");
  return std::string_view(m_head).substr(value->at + 8, value->bytes - 8);
}

std::vector<std::string_view> GgufHeader::texts(std::string_view key) const {
  const GgufValue* value = typed(key, true);
  std::vector<std::string_view> out;
  if (!value || value->count == 0)
    return out;
  if (value->type != GgufValueType::String)
    wrongType(*value, "a list of texts");
  out.reserve(value->count);
  for (uint64_t at = value->at, i = 0; i < value->count; ++i) {
    const auto length = ggufLoad<uint64_t>(m_head, at);
    out.push_back(std::string_view(m_head).substr(at + 8, length));
    at += 8 + length;
  }
  return out;
}

std::vector<float> GgufHeader::numbers(std::string_view key) const {
  const GgufValue* value = typed(key, true);
  std::vector<float> out;
  if (!value || value->count == 0)
    return out;
  if (!isNumber(value->type))
    wrongType(*value, "a list of numbers");
  out.reserve(value->count);
  const uint64_t step = value->bytes / value->count;
  for (uint64_t i = 0; i < value->count; ++i)
    out.push_back(static_cast<float>(numberAt(*value, value->at + i * step)));
  return out;
}

std::vector<int64_t> GgufHeader::integers(std::string_view key) const {
  const GgufValue* value = typed(key, true);
  std::vector<int64_t> out;
  if (!value || value->count == 0)
    return out;
  out.reserve(value->count);
  const uint64_t step = value->bytes / value->count;
  for (uint64_t i = 0; i < value->count; ++i)
    out.push_back(value->type == GgufValueType::Bool ? int64_t{m_head[value->at + i]} : integerAt(*value, value->at + i * step));
  return out;
}

Json GgufHeader::json(const GgufValue& value, size_t most) const {
  const auto one = [&](uint64_t at) -> Json {
    if (value.type == GgufValueType::String)
      return Json(m_head.substr(at + 8, ggufLoad<uint64_t>(m_head, at)));
    if (value.type == GgufValueType::Bool)
      return Json(m_head[at] != 0);
    if (value.type == GgufValueType::U64)
      return Json(ggufLoad<uint64_t>(m_head, at));
    return isInteger(value.type) ? Json(integerAt(value, at)) : Json(numberAt(value, at));
  };
  if (!value.isArray)
    return one(value.at);
  Json out = Json::array();
  uint64_t at = value.at;
  for (uint64_t i = 0; i < std::min<uint64_t>(value.count, most); ++i) {
    out.push_back(one(at));
    at += value.type == GgufValueType::String ? 8 + ggufLoad<uint64_t>(m_head, at) : value.bytes / value.count;
  }
  return out;
}

std::shared_ptr<const GgufFile> GgufFile::open(const std::string& path) {
  requireRegularFile(path);
  std::shared_ptr<GgufFile> out(new GgufFile);
  out->m_file = MappedFile::open(path);
  const MappedFile& file = *out->m_file;
  out->m_header = GgufHeader::parse([&](uint64_t offset, std::span<std::byte> into) { file.readAt(offset, into); }, file.size(), path);
  return out;
}

void GgufFile::read(const GgufTensor& tensor, uint64_t offset, std::span<std::byte> out) const {
  if (offset > tensor.bytes || out.size() > tensor.bytes - offset)
    throw Exception(ErrorKind::Internal, fmt::format("{} bytes from {} of {} are not in {}.", out.size(), offset, tensor.name, path()));
  m_file->readAt(tensor.at + offset, out);
}

} // namespace lathe::io
