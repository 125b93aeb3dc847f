// SPDX-License-Identifier: Apache-2.0
#include "core/data/unpack_file.h"

#include "core/base/text_format.h"
#include "core/data/scratch_file.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace lathe::data {
namespace {

constexpr size_t kUnpackBlock = 1u << 20;

/// The packed bytes, block by block.
class PackedInput {
public:
  explicit PackedInput(const std::string& path) : path(path), m_file(MappedFile::open(path)), m_block(kUnpackBlock) {}
  /// The next block; empty at the end.
  std::string_view next() {
    const size_t n = std::min<uint64_t>(m_block.size(), m_file->size() - m_at);
    m_file->readAt(m_at, std::as_writable_bytes(std::span(m_block.data(), n)));
    m_at += n;
    return {m_block.data(), n};
  }
  uint64_t at() const { return m_at; }
  uint64_t size() const { return m_file->size(); }
  const std::string path;

private:
  std::shared_ptr<MappedFile> m_file;
  std::vector<char> m_block;
  uint64_t m_at = 0;
};

/// One format's decoder.
class Decoder {
public:
  explicit Decoder(PackedInput& input) : m_input(input) {}
  virtual ~Decoder() = default;
  virtual const char* code() const = 0; // of refusals
  /// Fills `out` as far as one step goes; false when everything is unpacked. Refuses what is damaged.
  virtual bool step(std::span<char> out, size_t& made) = 0;
  /// Bytes of the file that were used so far.
  virtual uint64_t used() const = 0;

protected:
  PackedInput& m_input;
  [[noreturn]] void cutShort() const {
    refuse(code(), fmt::format("{} ends in the middle of its compressed data ({}). Download it again.", m_input.path, formatBytes(m_input.size())));
  }
  [[noreturn]] void damaged(const char* reason) const {
    refuse(code(), fmt::format("{} is damaged at byte {} of its compressed data ({}). Download it again.", m_input.path, used(), reason ? reason : "unknown reason"));
  }
};

class GzipDecoder final : public Decoder {
public:
  explicit GzipDecoder(PackedInput& input) : Decoder(input) {
    if (::inflateInit2(&m_stream, 15 + 16) != Z_OK)
      throw Exception(ErrorKind::Internal, "zlib could not be started.");
  }
  ~GzipDecoder() override { ::inflateEnd(&m_stream); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  const char* code() const override { return "REJ:GZIP"; }
  uint64_t used() const override { return m_input.at() - m_stream.avail_in; }

  bool step(std::span<char> out, size_t& made) override {
    made = 0;
    if (m_stream.avail_in == 0 && !fill()) {
      if (!m_ended)
        cutShort();
      return false;
    }
    if (m_ended && !nextMember())
      return false;
    m_stream.next_out = reinterpret_cast<Bytef*>(out.data());
    m_stream.avail_out = static_cast<uInt>(out.size());
    const int result = ::inflate(&m_stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END)
      m_ended = true;
    else if (result != Z_OK && result != Z_BUF_ERROR)
      damaged(m_stream.msg);
    made = out.size() - m_stream.avail_out;
    return true;
  }

private:
  z_stream m_stream{};
  bool m_ended = false; // the last member is complete

  bool fill() {
    const std::string_view block = m_input.next();
    m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(block.data()));
    m_stream.avail_in = static_cast<uInt>(block.size());
    return !block.empty();
  }

  /// Zero bytes behind a member are padding; anything else has to be another member.
  bool nextMember() {
    while (m_stream.avail_in > 0 || fill()) {
      if (*m_stream.next_in != 0) {
        ::inflateReset(&m_stream);
        m_ended = false;
        return true;
      }
      ++m_stream.next_in;
      --m_stream.avail_in;
    }
    return false;
  }
};

class ZstdDecoder final : public Decoder {
public:
  explicit ZstdDecoder(PackedInput& input) : Decoder(input), m_stream(::ZSTD_createDStream()) {
    if (!m_stream)
      throw Exception(ErrorKind::OutOfMemory, "zstd could not be started.");
  }
  ~ZstdDecoder() override { ::ZSTD_freeDStream(m_stream); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;
  const char* code() const override { return "REJ:ZSTD"; }
  uint64_t used() const override { return m_input.at() - (m_in.size - m_in.pos); }

  bool step(std::span<char> out, size_t& made) override {
    made = 0;
    if (m_in.pos == m_in.size) {
      const std::string_view block = m_input.next();
      m_in = {block.data(), block.size(), 0};
      if (block.empty() && m_full == 0) { // the decoder holds nothing back
        if (m_hint != 0)
          cutShort();
        return false;
      }
    }
    ZSTD_outBuffer into = {out.data(), out.size(), 0};
    m_hint = ::ZSTD_decompressStream(m_stream, &into, &m_in);
    if (::ZSTD_isError(m_hint))
      damaged(::ZSTD_getErrorName(m_hint));
    made = into.pos;
    m_full = into.pos == into.size;
    return true;
  }

private:
  ZSTD_DStream* m_stream;
  ZSTD_inBuffer m_in = {nullptr, 0, 0};
  size_t m_hint = 0;    // 0: a frame ended
  bool m_full = false;  // the last step filled its buffer: there may be more without further input
};

/// Refuses files that grow more than text does.
class GrowthGuard {
public:
  void check(const PackedInput& input, const Decoder& decoder, uint64_t made) {
    if (made - m_made <= kUnpackWindow)
      return;
    const uint64_t packed = decoder.used() - m_used;
    if (packed * kUnpackRatio < kUnpackWindow || made > kUnpackBytes)
      refuse(std::string(decoder.code()) + "_SIZE",
             fmt::format("{} grows too much: {} of it became {} between byte {} and {}; the limit is {} times (and {} in all). Unpack it yourself if that is what you want.", input.path, formatBytes(packed),
                         formatBytes(made - m_made), m_used, decoder.used(), kUnpackRatio, formatBytes(kUnpackBytes)));
    m_made = made;
    m_used = decoder.used();
  }

private:
  uint64_t m_made = 0, m_used = 0; // where the last window began
};

bool endsWithIgnoringCase(const std::string& text, std::string_view ending) {
  return text.size() >= ending.size() && std::equal(ending.rbegin(), ending.rend(), text.rbegin(), [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

} // namespace

Packed packedKind(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return Packed::None;
  unsigned char head[4] = {};
  const ssize_t n = ::pread(fd, head, 4, 0);
  ::close(fd);
  if (n >= 2 && head[0] == 0x1F && head[1] == 0x8B)
    return Packed::Gzip;
  const bool frame = head[0] == 0x28 && head[1] == 0xB5, skippable = (head[0] & 0xF0) == 0x50 && head[1] == 0x2A;
  if (n == 4 && ((frame && head[2] == 0x2F && head[3] == 0xFD) || (skippable && head[2] == 0x4D && head[3] == 0x18)))
    return Packed::Zstd;
  return Packed::None;
}

std::string unpackedName(const std::string& name, Packed packed) {
  for (const char* ending : {".gz", ".gzip", ".zst", ".zstd"})
    if (packed != Packed::None && endsWithIgnoringCase(name, ending))
      return name.substr(0, name.size() - std::strlen(ending));
  return name;
}

UnpackedFile unpackFile(const std::string& path, Packed packed, uint64_t maxBytes, const Progress& progress, const std::stop_token& stop) {
  PackedInput input(path);
  std::unique_ptr<Decoder> decoder;
  if (packed == Packed::Gzip)
    decoder = std::make_unique<GzipDecoder>(input);
  else
    decoder = std::make_unique<ZstdDecoder>(input);
  ScratchFile scratch;
  GrowthGuard guard;
  std::vector<char> block(kUnpackBlock);
  UnpackedFile out;
  for (size_t made = 0; decoder->step(block, made);) {
    if (stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Reading the dataset was stopped.");
    guard.check(input, *decoder, scratch.size() + made);
    scratch.write({block.data(), made});
    const double share = static_cast<double>(decoder->used()) / static_cast<double>(std::max<uint64_t>(1, input.size()));
    if (progress)
      progress(share);
    if (scratch.size() >= maxBytes && decoder->used() < input.size()) {
      out.whole = false;
      out.share = std::max(share, 1e-9);
      break;
    }
  }
  out.file = scratch.map();
  return out;
}

} // namespace lathe::data
