// SPDX-License-Identifier: Apache-2.0
#include "core/io/gguf_writer.h"

#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::io {
namespace {

constexpr uint64_t kGgufAlign = 32;
constexpr uint64_t kRereadBlock = 4 << 20;

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void appendText(std::string& out, std::string_view text) {
  append<uint64_t>(out, text.size());
  out += text;
}

} // namespace

struct GgufWriter::State {
  explicit State(const std::string& path) : file(path) {}
  AtomicFile file;
  Hasher written;
  bool started = false;
};

GgufWriter::GgufWriter(std::string path) : m_path(std::move(path)), m_state(std::make_unique<State>(m_path)) {}
GgufWriter::~GgufWriter() = default;

void GgufWriter::key(const std::string& name, GgufValueType type) {
  ++m_keyCount;
  appendText(m_keys, name);
  append(m_keys, static_cast<uint32_t>(type));
}

void GgufWriter::setInteger(const std::string& name, uint32_t value) {
  key(name, GgufValueType::U32);
  append(m_keys, value);
}
void GgufWriter::setNumber(const std::string& name, float value) {
  key(name, GgufValueType::F32);
  append(m_keys, value);
}
void GgufWriter::setBoolean(const std::string& name, bool value) {
  key(name, GgufValueType::Bool);
  append<uint8_t>(m_keys, value ? 1 : 0);
}
void GgufWriter::setText(const std::string& name, std::string_view value) {
  key(name, GgufValueType::String);
  appendText(m_keys, value);
}
void GgufWriter::setTexts(const std::string& name, const std::vector<std::string>& values) {
  key(name, GgufValueType::Array);
  append(m_keys, static_cast<uint32_t>(GgufValueType::String));
  append<uint64_t>(m_keys, values.size());
  for (const std::string& value : values)
    appendText(m_keys, value);
}
void GgufWriter::setNumbers(const std::string& name, const std::vector<float>& values) {
  key(name, GgufValueType::Array);
  append(m_keys, static_cast<uint32_t>(GgufValueType::F32));
  append<uint64_t>(m_keys, values.size());
  for (const float value : values)
    append(m_keys, value);
}
void GgufWriter::setIntegers(const std::string& name, const std::vector<int32_t>& values) {
  key(name, GgufValueType::Array);
  append(m_keys, static_cast<uint32_t>(GgufValueType::I32));
  append<uint64_t>(m_keys, values.size());
  for (const int32_t value : values)
    append(m_keys, value);
}

void GgufWriter::declare(const std::string& name, GgufType type, const std::vector<int64_t>& shape) {
  if (const std::string problem = nameProblem(name); !problem.empty())
    refuse("REJ:GGUF_NAME", fmt::format("{} cannot be written: the tensor name {} {}.", m_path, shownName(name), problem));
  if (shape.size() > limits::kGgufDimensions)
    refuse("REJ:GGUF_DIMENSIONS", fmt::format("{} cannot be written: {} has {} dimensions; GGUF has {}.", m_path, shownName(name), shape.size(), limits::kGgufDimensions));
  const GgufTypeInfo& info = ggufTypeInfo(type);
  if (!shape.empty() && shape.back() % info.blockValues != 0)
    throw Exception(ErrorKind::Internal, fmt::format("Rows of {} do not fill blocks of {} ({}).", shape.back(), info.name, name));
  GgufTensor tensor{name, type, shape, 0, 0};
  tensor.bytes = tensor.elements() / info.blockValues * info.blockBytes;
  tensor.at = m_tensors.empty() ? 0 : (m_tensors.back().at + m_tensors.back().bytes + kGgufAlign - 1) / kGgufAlign * kGgufAlign;
  m_tensors.push_back(std::move(tensor));
}

void GgufWriter::put(std::span<const std::byte> bytes) {
  m_state->file.write(bytes);
  m_state->written.add(bytes);
}

void GgufWriter::pad() {
  const std::string zeros((kGgufAlign - m_state->file.size() % kGgufAlign) % kGgufAlign, '\0');
  put(std::as_bytes(std::span(zeros.data(), zeros.size())));
}

void GgufWriter::start() {
  m_state->started = true;
  std::string head = "GGUF";
  append<uint32_t>(head, 3);
  append<uint64_t>(head, m_tensors.size());
  append<uint64_t>(head, m_keyCount);
  head += m_keys;
  for (const GgufTensor& tensor : m_tensors) {
    appendText(head, tensor.name);
    append(head, static_cast<uint32_t>(tensor.shape.size()));
    for (size_t k = tensor.shape.size(); k-- > 0;)
      append(head, static_cast<uint64_t>(tensor.shape[k]));
    append(head, static_cast<uint32_t>(tensor.type));
    append(head, tensor.at);
  }
  put(std::as_bytes(std::span(head.data(), head.size())));
  pad();
}

void GgufWriter::write(std::span<const std::byte> bytes) {
  if (!m_state->started)
    start();
  while (m_current < m_tensors.size() && m_inCurrent == m_tensors[m_current].bytes) {
    pad();
    ++m_current;
    m_inCurrent = 0;
  }
  if (bytes.empty())
    return;
  if (m_current == m_tensors.size() || bytes.size() > m_tensors[m_current].bytes - m_inCurrent)
    throw Exception(ErrorKind::Internal, fmt::format("{} more bytes than the tensor holds were written to {}.", bytes.size(), m_path));
  put(bytes);
  m_inCurrent += bytes.size();
}

void GgufWriter::commit() {
  write({});
  if (m_current != m_tensors.size())
    throw Exception(ErrorKind::Internal, fmt::format("Bytes of {} are missing in {}.", m_tensors[m_current].name, m_path));
  AtomicFile& file = m_state->file;
  Hasher reread;
  std::vector<std::byte> block(std::min<uint64_t>(kRereadBlock, file.size()));
  for (uint64_t at = 0; at < file.size(); at += block.size()) {
    const std::span<std::byte> piece(block.data(), std::min<uint64_t>(block.size(), file.size() - at));
    file.readBack(at, piece);
    reread.add(piece);
  }
  if (reread.hex() != m_state->written.hex())
    throw Exception(ErrorKind::Io, fmt::format("{} reads back differently from what was written: the disk or memory is faulty. Nothing was kept; try another disk.", m_path));
  const GgufHeader header = GgufHeader::parse([&](uint64_t offset, std::span<std::byte> out) { file.readBack(offset, out); }, file.size(), m_path);
  if (header.tensors().size() != m_tensors.size() || header.values().size() != m_keyCount)
    throw Exception(ErrorKind::Internal, fmt::format("{} was written wrongly: {} of {} tensors.", m_path, header.tensors().size(), m_tensors.size()));
  file.commit();
  m_state.reset();
}

} // namespace lathe::io
