// SPDX-License-Identifier: Apache-2.0
// The head of a GGUF file, validated in one pass: nothing is allocated for a count before the file was long enough to hold it.
#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/gguf.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

namespace lathe::io {
namespace {

constexpr uint64_t kHeadPiece = 1 << 20;

uint64_t valueBytes(GgufValueType type) {
  switch (type) {
  case GgufValueType::U8:
  case GgufValueType::I8:
  case GgufValueType::Bool:
    return 1;
  case GgufValueType::U16:
  case GgufValueType::I16:
    return 2;
  case GgufValueType::U32:
  case GgufValueType::I32:
  case GgufValueType::F32:
    return 4;
  case GgufValueType::U64:
  case GgufValueType::I64:
  case GgufValueType::F64:
    return 8;
  case GgufValueType::String:
  case GgufValueType::Array:
    break;
  }
  return 0;
}

} // namespace

class GgufParser {
public:
  GgufParser(const GgufHeader::Read& read, uint64_t fileBytes, const std::string& what) : m_read(read), m_fileBytes(fileBytes) { m_out.m_what = what; }

  GgufHeader parse() {
    const auto [tensors, keys] = start();
    for (uint64_t i = 0; i < keys; ++i)
      value();
    sortNames(m_out.m_values, m_out.m_valueOrder, &GgufValue::key, "REJ:GGUF_DUPLICATE", "key");
    alignment();
    for (uint64_t i = 0; i < tensors; ++i)
      tensor();
    sortNames(m_out.m_tensors, m_out.m_tensorOrder, &GgufTensor::name, "REJ:GGUF_DUPLICATE", "tensor");
    m_out.m_head.resize(m_at);
    place();
    return std::move(m_out);
  }

private:
  [[noreturn]] void reject(const char* code, const std::string& problem) const { refuse(code, fmt::format("{} {}", m_out.m_what, problem)); }

  /// Makes the bytes m_at … m_at + n − 1 available.
  void need(uint64_t n, const std::string& forWhat) {
    if (n > m_fileBytes - m_at)
      reject("REJ:GGUF_TRUNCATED", fmt::format("ends at byte {} in the middle of {}, which needs {} bytes from byte {} on. Download it again.", m_fileBytes, forWhat, n, m_at));
    const uint64_t end = m_at + n;
    if (end <= m_out.m_head.size())
      return;
    if (end > limits::kGgufMetadataBytes)
      reject("REJ:GGUF_METADATA_SIZE", fmt::format("has more than {} bytes before its tensors; {} ends at {}.", limits::kGgufMetadataBytes, forWhat, end));
    const uint64_t have = m_out.m_head.size();
    const uint64_t want = std::min(m_fileBytes, std::max({end, have + kHeadPiece, std::min(2 * have, limits::kGgufMetadataBytes)}));
    m_out.m_head.resize(want);
    m_read(have, std::as_writable_bytes(std::span(m_out.m_head.data() + have, want - have)));
  }

  template <class T>
  T take(const std::string& forWhat) {
    need(sizeof(T), forWhat);
    T out;
    std::memcpy(&out, m_out.m_head.data() + m_at, sizeof out);
    m_at += sizeof out;
    return out;
  }

  std::string_view string(const std::string& forWhat) {
    const auto length = take<uint64_t>(forWhat);
    if (length > limits::kGgufStringBytes)
      reject("REJ:GGUF_STRING", fmt::format("has a text of {} bytes ({}); the limit is {}.", length, forWhat, limits::kGgufStringBytes));
    need(length, forWhat);
    const std::string_view out(m_out.m_head.data() + m_at, length);
    m_at += length;
    return out;
  }

  void checkVersion(uint32_t version) const {
    if (version == 0x02000000u || version == 0x03000000u)
      reject("REJ:GGUF_BYTE_ORDER", fmt::format("is a big-endian GGUF file (version {}); Lathe reads little-endian ones. Convert it with gguf-convert-endian.", version >> 24));
    if (version == 1)
      reject("REJ:GGUF_VERSION", "has GGUF version 1, which was in use for a few weeks of 2023; Lathe reads versions 2 and 3. Get a newer file of this model.");
    if (version != 2 && version != 3)
      reject("REJ:GGUF_VERSION", fmt::format("has GGUF version {}; Lathe reads versions 2 and 3. It is newer than this program, or damaged.", version));
  }

  std::pair<uint64_t, uint64_t> start() {
    if (m_fileBytes < 24)
      reject("REJ:GGUF_SHORT", fmt::format("has {} bytes; the head of a GGUF file has 24. Download it again.", m_fileBytes));
    if (take<uint32_t>("the magic number") != 0x46554747u) {
      const std::string_view magic(m_out.m_head.data(), 4);
      const bool reversed = magic == "FUGG";
      reject(reversed ? "REJ:GGUF_BYTE_ORDER" : "REJ:GGUF_MAGIC", reversed ? std::string("has its bytes in reverse order; Lathe reads little-endian files.")
                                                                         : fmt::format("begins with {}, not with GGUF; it is no GGUF file.", shownName(magic)));
    }
    m_out.m_version = take<uint32_t>("the version");
    checkVersion(m_out.m_version);
    const auto tensors = take<uint64_t>("the number of tensors"), keys = take<uint64_t>("the number of keys");
    count("tensors", tensors, limits::kGgufTensors, 24);
    count("keys", keys, limits::kGgufKeys, 13);
    return {tensors, keys};
  }

  void count(const char* what, uint64_t n, uint64_t limit, uint64_t least) const {
    if (n > limit)
      reject("REJ:GGUF_COUNT", fmt::format("claims {} {}; the limit is {}. It is damaged.", n, what, limit));
    if (n * least > m_fileBytes)
      reject("REJ:GGUF_TRUNCATED", fmt::format("claims {} {}, which need at least {} bytes, and has {}. Download it again.", n, what, n * least, m_fileBytes));
  }

  GgufValueType valueType(uint32_t number, const std::string& key) const {
    if (number > static_cast<uint32_t>(GgufValueType::F64))
      reject("REJ:GGUF_TYPE", fmt::format("has the value type {} at the key {}; types go from 0 to 12. It is damaged.", number, shownName(key)));
    return static_cast<GgufValueType>(number);
  }

  void value() {
    GgufValue out;
    out.key = string("a key");
    if (const std::string problem = nameProblem(out.key); !problem.empty())
      reject("REJ:GGUF_KEY", fmt::format("has the key {}, which {}.", shownName(out.key), problem));
    const std::string what = "the value of " + out.key;
    out.type = valueType(take<uint32_t>(what), out.key);
    if (out.type == GgufValueType::Array) {
      out.isArray = true;
      out.type = valueType(take<uint32_t>(what), out.key);
      out.count = take<uint64_t>(what);
      if (out.type == GgufValueType::Array)
        reject("REJ:GGUF_TYPE", fmt::format("has a list of lists at the key {}; Lathe reads flat lists.", shownName(out.key)));
      if (out.count > limits::kGgufArray)
        reject("REJ:GGUF_ARRAY", fmt::format("has a list of {} entries at the key {}; the limit is {}.", out.count, shownName(out.key), limits::kGgufArray));
    }
    out.at = m_at;
    payload(out, what);
    out.bytes = m_at - out.at;
    m_out.m_values.push_back(std::move(out));
  }

  void payload(const GgufValue& value, const std::string& what) {
    if (value.type == GgufValueType::String) {
      for (uint64_t i = 0; i < value.count; ++i)
        string(what);
      return;
    }
    const uint64_t bytes = value.count * valueBytes(value.type); // count ≤ 64 Mi
    need(bytes, what);
    if (value.type == GgufValueType::Bool)
      for (uint64_t i = 0; i < bytes; ++i)
        if (static_cast<unsigned char>(m_out.m_head[m_at + i]) > 1)
          reject("REJ:GGUF_TYPE", fmt::format("has the truth value {} at the key {}; 0 and 1 are known.", static_cast<unsigned char>(m_out.m_head[m_at + i]), shownName(value.key)));
    m_at += bytes;
  }

  void alignment() {
    const GgufValue* value = m_out.find("general.alignment");
    if (!value)
      return;
    const int64_t found = m_out.integer("general.alignment").value_or(0);
    if (found < 1 || static_cast<uint64_t>(found) > limits::kGgufAlignment || !std::has_single_bit(static_cast<uint64_t>(found)))
      reject("REJ:GGUF_ALIGNMENT", fmt::format("has the alignment {}; a power of two from 1 to {} is needed.", found, limits::kGgufAlignment));
    m_out.m_alignment = static_cast<uint64_t>(found);
  }

  void tensor() {
    GgufTensor out;
    out.name = string("the name of a tensor");
    if (const std::string problem = nameProblem(out.name); !problem.empty())
      reject("REJ:GGUF_NAME", fmt::format("has the tensor name {}, which {}.", shownName(out.name), problem));
    const std::string what = "the entry of the tensor " + out.name;
    const auto dims = take<uint32_t>(what);
    if (dims > limits::kGgufDimensions)
      reject("REJ:GGUF_DIMENSIONS", fmt::format("has the tensor {} with {} dimensions; the limit is {}.", shownName(out.name), dims, limits::kGgufDimensions));
    for (uint32_t k = 0; k < dims; ++k) {
      const auto d = take<uint64_t>(what);
      if (d > static_cast<uint64_t>(INT64_MAX))
        reject("REJ:GGUF_SHAPE", fmt::format("has the tensor {} with the dimension {}; 2^63 − 1 is the limit.", shownName(out.name), d));
      out.shape.insert(out.shape.begin(), static_cast<int64_t>(d));
    }
    type(out, take<uint32_t>(what));
    out.at = take<uint64_t>(what); // from the start of the data until place()
    m_out.m_tensors.push_back(std::move(out));
  }

  void type(GgufTensor& tensor, uint32_t number) const {
    const std::string name = shownName(tensor.name);
    if (const std::string_view removed = removedGgufType(number); !removed.empty())
      reject("REJ:GGUF_TENSOR_TYPE", fmt::format("has the tensor {} in {}, a type that llama.cpp has removed. Get the model in a type that is in use, such as Q4_0.", name, removed));
    const auto info = ggufTypeInfo(number);
    if (!info)
      reject("REJ:GGUF_TENSOR_TYPE", fmt::format("has the tensor {} of type {}, which Lathe does not know. It is newer than this program, or damaged.", name, number));
    tensor.type = info->type;
    const auto elements = checkedProduct(tensor.shape);
    const auto bytes = elements ? checkedMul(*elements / info->blockValues, info->blockBytes) : std::nullopt;
    if (!bytes)
      reject("REJ:GGUF_SHAPE", fmt::format("has the tensor {} of shape [{}], more bytes than 64 bits can count.", name, fmt::join(tensor.shape, ", ")));
    const int64_t columns = tensor.shape.empty() ? 1 : tensor.shape.back();
    if (columns % info->blockValues != 0)
      reject("REJ:GGUF_BLOCK", fmt::format("has the tensor {} of shape [{}] in {}, whose blocks of {} values do not fit into rows of {}.", name, fmt::join(tensor.shape, ", "), info->name, info->blockValues, columns));
    tensor.bytes = *bytes;
  }

  /// Turns offsets into places in the file. llama.cpp wants every tensor where the one before it ends, rounded up; so do we.
  void place() {
    const uint64_t a = m_out.m_alignment;
    const uint64_t base = (m_at + a - 1) / a * a;
    uint64_t expected = 0;
    for (GgufTensor& tensor : m_out.m_tensors) {
      const std::string name = shownName(tensor.name);
      if (tensor.at % a != 0)
        reject("REJ:GGUF_OFFSET", fmt::format("has the tensor {} at {}, which is no multiple of the alignment {}.", name, tensor.at, a));
      if (tensor.at != expected)
        reject(tensor.at < expected ? "REJ:GGUF_OVERLAP" : "REJ:GGUF_OFFSET", fmt::format("has the tensor {} at {}; the tensor before it ends at {}. It is damaged; download it again.", name, tensor.at, expected));
      const auto end = checkedAdd(tensor.at, tensor.bytes);
      const auto padded = end ? checkedAdd(*end, a - 1) : std::nullopt;
      const auto inFile = padded ? checkedAdd(base, *padded) : std::nullopt;
      if (!inFile)
        reject("REJ:GGUF_SHAPE", fmt::format("has tensors of more bytes than 64 bits can count, {} among them.", name));
      if (tensor.bytes > 0 && base + *end > m_fileBytes)
        reject("REJ:GGUF_TRUNCATED", fmt::format("is {} bytes short: the tensor {} ends at byte {} and the file has {}. Download it again.", base + *end - m_fileBytes, name, base + *end, m_fileBytes));
      expected = *padded / a * a;
      tensor.at += base;
    }
  }

  template <class Entry>
  void sortNames(const std::vector<Entry>& entries, std::vector<uint32_t>& order, std::string Entry::* name, const char* code, const char* what) const {
    order.resize(entries.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) { return entries[x].*name < entries[y].*name; });
    for (size_t i = 1; i < order.size(); ++i)
      if (entries[order[i]].*name == entries[order[i - 1]].*name)
        reject(code, fmt::format("has the {} {} twice. It is damaged; download it again.", what, shownName(entries[order[i]].*name)));
  }

  const GgufHeader::Read& m_read;
  uint64_t m_fileBytes, m_at = 0;
  GgufHeader m_out;
};

GgufHeader GgufHeader::parse(const Read& read, uint64_t fileBytes, const std::string& what) { return GgufParser(read, fileBytes, what).parse(); }

} // namespace lathe::io
