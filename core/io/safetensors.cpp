// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors.h"

#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/convert.h"
#include "core/io/names.h"
#include "core/io/safetensors_header.h"

#include <fmt/format.h>

#include <cstring>
#include <string>

namespace lathe::io {
namespace {

/// Files that are something else under this name, told apart before their first bytes are taken for a length.
void refuseOtherFormats(const std::string& path, std::string_view head) {
  const bool zip = head.starts_with("PK\x03\x04");
  const bool pickle = head.size() >= 9 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5 && head[8] != '{';
  if (zip || pickle)
    refuse("REJ:PICKLE", fmt::format("{} is a Python pickle under another name. Pickles can run code, so Lathe never opens them: get the model in safetensors form.", path));
  if (head.starts_with("GGUF"))
    refuse("REJ:SAFETENSORS_FORMAT", fmt::format("{} is a GGUF file, not safetensors. Give it the suffix .gguf.", path));
  if (head.starts_with("version https://git-lfs"))
    refuse("REJ:SAFETENSORS_FORMAT", fmt::format("{} is only a Git LFS pointer. Fetch the file itself, for instance with git lfs pull.", path));
  if (head.starts_with("<!DOCTYPE") || head.starts_with("<html") || head.starts_with("<?xml"))
    refuse("REJ:SAFETENSORS_FORMAT", fmt::format("{} is a web page, not safetensors: the download needs a login or another address.", path));
}

std::string readHead(const MappedFile& file, uint64_t offset, uint64_t bytes) {
  std::string out(bytes, '\0');
  file.readAt(offset, std::as_writable_bytes(std::span(out.data(), out.size())));
  return out;
}

uint64_t headerLength(const MappedFile& file) {
  const std::string& path = file.path();
  if (file.size() < 8)
    refuse("REJ:SAFETENSORS_SHORT", fmt::format("{} has {} bytes; a safetensors file begins with 8 bytes of header length. Download it again.", path, file.size()));
  const std::string head = readHead(file, 0, std::min<uint64_t>(file.size(), 64));
  refuseOtherFormats(path, head);
  uint64_t length = 0;
  for (int k = 7; k >= 0; --k)
    length = (length << 8) | static_cast<unsigned char>(head[static_cast<size_t>(k)]);
  if (length > limits::kSafetensorsHeaderBytes)
    refuse("REJ:SAFETENSORS_HEADER_SIZE", fmt::format("{} claims a header of {} bytes; the limit is {}. It is damaged or no safetensors file.", path, length, limits::kSafetensorsHeaderBytes));
  if (length > file.size() - 8)
    refuse("REJ:SAFETENSORS_TRUNCATED", fmt::format("{} is {} bytes short: its header alone needs {} and the file has {}. Download it again.", path, length + 8 - file.size(), length + 8, file.size()));
  return length;
}

void checkDataBytes(const std::string& path, uint64_t have, uint64_t want) {
  if (have < want)
    refuse("REJ:SAFETENSORS_TRUNCATED", fmt::format("{} is {} bytes short ({} of {} bytes of tensors are there). Download it again.", path, want - have, have, want));
  if (have > want)
    refuse("REJ:SAFETENSORS_TRAILING", fmt::format("{} has {} bytes after its last tensor, which ends at {}. Download it again.", path, have - want, want));
}

} // namespace

std::shared_ptr<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  requireRegularFile(path);
  std::shared_ptr<SafetensorsFile> out(new SafetensorsFile);
  out->m_file = MappedFile::open(path);
  const uint64_t length = headerLength(*out->m_file);
  SafetensorsHeader header = parseSafetensorsHeader(readHead(*out->m_file, 8, length), path);
  checkDataBytes(path, out->m_file->size() - 8 - length, header.dataBytes);
  out->m_tensors = std::move(header.tensors);
  out->m_byName = std::move(header.byName);
  out->m_metadata = std::move(header.metadata);
  for (size_t i = 0; i < out->m_tensors.size(); ++i) {
    out->m_tensors[i].data = out->m_file->data() + 8 + length + header.begins[i];
    out->m_tensors[i].owner = out->m_file;
  }
  return out;
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const int64_t i = findByName(m_tensors, m_byName, name);
  return i < 0 ? nullptr : &m_tensors[static_cast<size_t>(i)];
}

void SafetensorsFile::read(const TensorView& tensor, std::span<std::byte> out) const {
  if (out.size() != tensor.bytes)
    throw Exception(ErrorKind::Internal, fmt::format("{} has {} bytes, not {}.", tensor.name, tensor.bytes, out.size()));
  readPart(tensor, 0, out);
}

void SafetensorsFile::readPart(const TensorView& tensor, uint64_t offset, std::span<std::byte> out) const {
  if (tensor.owner != m_file || offset > tensor.bytes || out.size() > tensor.bytes - offset)
    throw Exception(ErrorKind::Internal, fmt::format("{} bytes from {} of {} are not in {}.", out.size(), offset, tensor.name, path()));
  m_file->readAt(static_cast<uint64_t>(tensor.data - m_file->data()) + offset, out);
}

std::vector<std::string> nonFiniteTensors(const SafetensorsFile& file) {
  std::vector<std::string> out;
  std::vector<std::byte> block(size_t{4} << 20);
  for (const TensorView& tensor : file.tensors()) {
    for (uint64_t at = 0; at < tensor.bytes; at += block.size()) {
      const std::span<std::byte> piece(block.data(), std::min<uint64_t>(block.size(), tensor.bytes - at));
      file.readPart(tensor, at, piece);
      if (firstNonFinite(tensor.dtype, piece) >= 0) {
        out.push_back(tensor.name);
        break;
      }
    }
  }
  return out;
}

} // namespace lathe::io
