// SPDX-License-Identifier: Apache-2.0
#include "core/data/token_file.h"

#include <fmt/format.h>

#include <cstring>

namespace lathe::data {
namespace {

const io::TensorView* integerTensor(const io::SafetensorsFile& file, const char* name, bool needed) {
  const io::TensorView* tensor = file.find(name);
  if (!tensor) {
    if (needed)
      refuse("REJ:TOKENS_MISSING", fmt::format("{} has no tensor \"{}\"; a token file needs input_ids.", file.path(), name));
    return nullptr;
  }
  if ((tensor->dtype != io::DType::I32 && tensor->dtype != io::DType::I64) || tensor->shape.size() != 1)
    refuse("REJ:TOKENS_TYPE", fmt::format("\"{}\" in {} should be one row of 32- or 64-bit integers.", name, file.path()));
  return tensor;
}

} // namespace

std::shared_ptr<TokenFile> TokenFile::open(const std::string& path) {
  auto out = std::make_shared<TokenFile>();
  out->m_file = io::SafetensorsFile::open(path);
  out->m_ids = integerTensor(*out->m_file, "input_ids", true);
  out->m_labels = integerTensor(*out->m_file, "labels", false);
  const auto total = static_cast<uint64_t>(out->m_ids->shape[0]);
  if (out->m_labels && static_cast<uint64_t>(out->m_labels->shape[0]) != total)
    refuse("REJ:TOKENS_SHAPE", fmt::format("{} has {} input_ids but {} labels.", path, total, out->m_labels->shape[0]));
  const io::TensorView* bounds = integerTensor(*out->m_file, "cu_seqlens", false);
  if (!bounds) {
    out->m_bounds = {0, total};
  } else {
    int64_t before = 0;
    for (const int64_t value : out->integers(*bounds, 0, static_cast<uint64_t>(bounds->shape[0]))) {
      if (value < before || static_cast<uint64_t>(value) > total || (out->m_bounds.empty() && value != 0))
        refuse("REJ:TOKENS_BOUNDS", fmt::format("cu_seqlens in {} must rise from 0 to {}; it has {} after {}.", path, total, value, before));
      out->m_bounds.push_back(static_cast<uint64_t>(value));
      before = value;
    }
    if (out->m_bounds.size() < 2 || out->m_bounds.back() != total)
      refuse("REJ:TOKENS_BOUNDS", fmt::format("cu_seqlens in {} must rise from 0 to {}, the number of input_ids.", path, total));
  }
  if (total == 0)
    refuse("REJ:DATASET_EMPTY", fmt::format("{} has no tokens.", path));
  return out;
}

std::vector<int64_t> TokenFile::integers(const io::TensorView& tensor, uint64_t begin, uint64_t count) const {
  std::vector<int64_t> out(count);
  if (tensor.dtype == io::DType::I64) {
    m_file->readPart(tensor, begin * 8, std::as_writable_bytes(std::span(out)));
    return out;
  }
  std::vector<int32_t> narrow(count);
  m_file->readPart(tensor, begin * 4, std::as_writable_bytes(std::span(narrow)));
  out.assign(narrow.begin(), narrow.end());
  return out;
}

void TokenFile::row(uint64_t index, std::vector<int32_t>& ids, std::vector<int32_t>& labels) const {
  const uint64_t begin = m_bounds[index], count = m_bounds[index + 1] - begin;
  const auto narrow = [&](const std::vector<int64_t>& values, int64_t lowest, const char* name) {
    std::vector<int32_t> out(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      if ((values[i] < 0 && values[i] != lowest) || values[i] > INT32_MAX)
        refuse("REJ:TOKENS_VALUE", fmt::format("\"{}\" in {} has the value {} at position {}.", name, m_file->path(), values[i], begin + i));
      out[i] = static_cast<int32_t>(values[i]);
    }
    return out;
  };
  ids = narrow(integers(*m_ids, begin, count), 0, "input_ids");
  if (m_labels) {
    labels = narrow(integers(*m_labels, begin, count), -100, "labels");
    return;
  }
  labels = ids;
  if (!labels.empty())
    labels[0] = -100;
}

Json TokenFile::rowJson(uint64_t index) const {
  std::vector<int32_t> ids, labels;
  row(index, ids, labels);
  return Json{{"input_ids", ids}, {"labels", labels}};
}

} // namespace lathe::data
