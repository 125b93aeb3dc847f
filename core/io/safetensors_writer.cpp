// SPDX-License-Identifier: Apache-2.0
#include "core/base/checked.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/io/names.h"
#include "core/io/safetensors.h"
#include "core/io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::io {
namespace {

constexpr size_t kBlock = size_t{4} << 20;

void checkDeclared(const std::string& path, const TensorView& tensor) {
  const std::string problem = tensor.name == "__metadata__" ? "is reserved by the format" : nameProblem(tensor.name);
  if (!problem.empty())
    refuse("REJ:SAFETENSORS_NAME", fmt::format("{} cannot be written: the tensor name {} {}.", path, shownName(tensor.name), problem));
  if (tensor.shape.size() > static_cast<size_t>(limits::kTensorRank))
    refuse("REJ:SAFETENSORS_RANK", fmt::format("{} cannot be written: {} has {} dimensions; the limit is {}.", path, shownName(tensor.name), tensor.shape.size(), limits::kTensorRank));
  const auto elements = checkedProduct(tensor.shape);
  const auto bytes = elements ? checkedMul(*elements, static_cast<uint64_t>(dtypeBytes(tensor.dtype))) : std::nullopt;
  if (!bytes || *bytes != tensor.bytes)
    throw Exception(ErrorKind::Internal, fmt::format("{}: shape [{}] in {} does not have {} bytes.", tensor.name, fmt::join(tensor.shape, ", "), dtypeName(tensor.dtype), tensor.bytes));
}

std::vector<TensorView> layOut(const std::string& path, const std::vector<TensorView>& declared) {
  if (declared.size() > limits::kSafetensorsTensors)
    refuse("REJ:SAFETENSORS_COUNT", fmt::format("{} cannot be written: {} tensors; the limit is {}.", path, declared.size(), limits::kSafetensorsTensors));
  for (const TensorView& tensor : declared)
    checkDeclared(path, tensor);
  std::vector<TensorView> layout = declared;
  std::sort(layout.begin(), layout.end(), [](const TensorView& a, const TensorView& b) {
    const int64_t sizeA = dtypeBytes(a.dtype), sizeB = dtypeBytes(b.dtype);
    return sizeA != sizeB ? sizeA > sizeB : a.name < b.name;
  });
  std::vector<std::string_view> names;
  for (const TensorView& tensor : layout)
    names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    refuse("REJ:SAFETENSORS_DUPLICATE", fmt::format("{} cannot be written: two tensors have the name {}.", path, shownName(*twice)));
  return layout;
}

std::string headerText(const std::vector<TensorView>& layout, const std::map<std::string, std::string>& metadata) {
  fmt::memory_buffer out;
  const auto put = std::back_inserter(out);
  const char* separator = "{";
  if (!metadata.empty()) {
    Json object = Json::object();
    for (const auto& [key, value] : metadata)
      object[key] = value;
    fmt::format_to(put, "{{\"__metadata__\":{}", dumpJson(object));
    separator = ",";
  }
  uint64_t at = 0;
  for (const TensorView& t : layout) {
    fmt::format_to(put, "{}{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", separator, dumpJson(Json(t.name)), dtypeName(t.dtype), fmt::join(t.shape, ","), at, at + t.bytes);
    at += t.bytes;
    separator = ",";
  }
  std::string text = layout.empty() && metadata.empty() ? "{}" : fmt::to_string(out) + "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

} // namespace

struct SafetensorsWriter::State {
  explicit State(const std::string& path) : file(path) {}
  AtomicFile file;
  Hasher written;
};

SafetensorsWriter::SafetensorsWriter(const std::string& path, const std::vector<TensorView>& declared, const std::map<std::string, std::string>& metadata)
    : m_path(path), m_layout(layOut(path, declared)) {
  const std::string header = headerText(m_layout, metadata);
  if (header.size() > limits::kSafetensorsHeaderBytes)
    refuse("REJ:SAFETENSORS_HEADER_SIZE", fmt::format("{} cannot be written: its header would have {} bytes; the limit is {}.", path, header.size(), limits::kSafetensorsHeaderBytes));
  for (const TensorView& tensor : m_layout)
    m_dataBytes += tensor.bytes;
  m_headerBytes = 8 + header.size();
  m_state = std::make_unique<State>(path);
  std::string head;
  for (int k = 0; k < 8; ++k)
    head.push_back(static_cast<char>(header.size() >> (8 * k)));
  head += header;
  m_state->file.write(head);
  m_state->written.add(head);
}

SafetensorsWriter::~SafetensorsWriter() = default;

void SafetensorsWriter::write(std::span<const std::byte> bytes) {
  while (m_current < m_layout.size() && m_inCurrent == m_layout[m_current].bytes) {
    ++m_current;
    m_inCurrent = 0;
  }
  if (bytes.empty())
    return;
  if (m_current == m_layout.size() || bytes.size() > m_layout[m_current].bytes - m_inCurrent)
    throw Exception(ErrorKind::Internal, fmt::format("{} more bytes than the tensor holds were written to {}.", bytes.size(), m_path));
  m_state->file.write(bytes);
  m_state->written.add(bytes);
  m_inCurrent += bytes.size();
  m_written += bytes.size();
}

void SafetensorsWriter::commit() {
  if (m_written != m_dataBytes)
    throw Exception(ErrorKind::Internal, fmt::format("{} of {} bytes of tensors were written to {}.", m_written, m_dataBytes, m_path));
  Hasher reread;
  std::vector<std::byte> block(std::min<uint64_t>(kBlock, fileBytes()));
  for (uint64_t at = 0; at < fileBytes(); at += block.size()) {
    const std::span<std::byte> piece(block.data(), std::min<uint64_t>(block.size(), fileBytes() - at));
    m_state->file.readBack(at, piece);
    reread.add(piece);
  }
  if (reread.hex() != m_state->written.hex())
    throw Exception(ErrorKind::Io, fmt::format("{} reads back differently from what was written: the disk or memory is faulty. Nothing was kept; try another disk.", m_path));
  m_state->file.commit();
  m_state.reset();
}

void writeSafetensors(const std::string& path, const std::vector<TensorView>& tensors, const std::map<std::string, std::string>& metadata) {
  SafetensorsWriter writer(path, tensors, metadata);
  for (const TensorView& tensor : writer.layout()) {
    if (tensor.bytes > 0 && !tensor.data)
      throw Exception(ErrorKind::Internal, fmt::format("{} has no data.", tensor.name));
    for (uint64_t at = 0; at < tensor.bytes; at += kBlock)
      writer.write({tensor.data + at, std::min<uint64_t>(kBlock, tensor.bytes - at)});
  }
  writer.commit();
}

} // namespace lathe::io
