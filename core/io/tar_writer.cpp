// SPDX-License-Identifier: Apache-2.0
#include "core/io/tar_writer.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cstring>

namespace lathe::io {
namespace {

constexpr size_t kTarBlock = 512, kTarName = 100;

void put(std::string& header, size_t at, const std::string& text) { header.replace(at, text.size(), text); }

std::string tarHeader(const std::string& name, size_t bytes) {
  std::string header(kTarBlock, '\0');
  put(header, 0, name);
  put(header, 100, "0000600");
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  put(header, 124, fmt::format("{:011o}", bytes));
  put(header, 136, "00000000000");
  put(header, 148, "        "); // the checksum counts as blanks while it is computed
  put(header, 156, "0");
  put(header, 257, std::string("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header)
    sum += static_cast<unsigned char>(c);
  put(header, 148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return header;
}

std::string gzipped(const std::string& text) {
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw Exception(ErrorKind::OutOfMemory, "There is no memory to compress the archive.");
  std::string out(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (code != Z_STREAM_END)
    throw Exception(ErrorKind::Internal, fmt::format("The archive could not be compressed (zlib {}).", code));
  return out;
}

} // namespace

std::string tarGz(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string archive;
  for (const auto& [name, content] : files) {
    if (name.empty() || name.size() > kTarName)
      throw Exception(ErrorKind::Usage, fmt::format("A name in an archive has 1 to {} bytes, and \"{}\" has {}.", kTarName, name, name.size()));
    archive += tarHeader(name, content.size()) + content;
    archive.append((kTarBlock - content.size() % kTarBlock) % kTarBlock, '\0');
  }
  archive.append(2 * kTarBlock, '\0');
  return gzipped(archive);
}

} // namespace lathe::io
