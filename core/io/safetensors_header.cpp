// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors_header.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/header_scanner.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

namespace lathe::io {
namespace {

class HeaderParser {
public:
  HeaderParser(std::string_view text, const std::string& what) : m_scan(text, what), m_what(what) {
    // The shortest entry has some 50 characters; a too small guess only costs a move.
    const size_t guess = std::min<size_t>(text.size() / 80, limits::kSafetensorsTensors);
    m_header.tensors.reserve(guess);
    m_header.begins.reserve(guess);
  }

  SafetensorsHeader parse() {
    if (m_scan.peek() != '{')
      m_scan.fail("\"{\" was expected");
    m_scan.expect('{');
    if (!m_scan.take('}')) {
      do
        member();
      while (m_scan.take(','));
      m_scan.expect('}');
    }
    m_scan.skipSpace();
    if (!m_scan.atEnd())
      m_scan.fail("something follows the end of the header");
    indexNames();
    order();
    return std::move(m_header);
  }

private:
  [[noreturn]] void reject(const char* code, std::string_view tensor, const std::string& problem) const {
    refuse(code, fmt::format("{}: the tensor {} {}. Download the file again.", m_what, shownName(tensor), problem));
  }

  void member() {
    const std::string_view name = m_scan.string(m_nameScratch);
    if (name == "__metadata__") {
      m_scan.expect(':');
      metadata();
      return;
    }
    if (const std::string problem = nameProblem(name); !problem.empty())
      refuse("REJ:SAFETENSORS_NAME", fmt::format("{}: the tensor name {} {}.", m_what, shownName(name), problem));
    if (m_header.tensors.size() >= limits::kSafetensorsTensors)
      refuse("REJ:SAFETENSORS_COUNT", fmt::format("{} has more than {} tensors.", m_what, limits::kSafetensorsTensors));
    TensorView& view = m_header.tensors.emplace_back();
    view.name = name;
    m_scan.expect(':');
    tensor(view);
  }

  void metadata() {
    if (m_hasMetadata)
      refuse("REJ:SAFETENSORS_DUPLICATE", fmt::format("{}: \"__metadata__\" stands twice in the header.", m_what));
    m_hasMetadata = true;
    if (!m_scan.take('{'))
      refuse("REJ:SAFETENSORS_METADATA", fmt::format("{}: \"__metadata__\" is {}, not an object of strings.", m_what, m_scan.shown()));
    if (m_scan.take('}'))
      return;
    do {
      std::string key(m_scan.string(m_scratch));
      m_scan.expect(':');
      m_scan.skipSpace();
      if (m_scan.peek() != '"')
        refuse("REJ:SAFETENSORS_METADATA", fmt::format("{}: the metadata {} is {}, not a string.", m_what, shownName(key), m_scan.shown()));
      std::string value(m_scan.string(m_scratch));
      if (!m_header.metadata.emplace(key, std::move(value)).second)
        refuse("REJ:SAFETENSORS_DUPLICATE", fmt::format("{}: the metadata {} stands twice in the header.", m_what, shownName(key)));
    } while (m_scan.take(','));
    m_scan.expect('}');
  }

  void tensor(TensorView& view) {
    if (!m_scan.take('{'))
      reject("REJ:SAFETENSORS_JSON", view.name, fmt::format("is {}, not an object", m_scan.shown()));
    enum : unsigned { DTypeSeen = 1, ShapeSeen = 2, OffsetsSeen = 4 };
    unsigned seen = 0;
    const auto once = [&](unsigned bit, const char* key) {
      if (seen & bit)
        reject("REJ:SAFETENSORS_DUPLICATE", view.name, fmt::format("has \"{}\" twice", key));
      seen |= bit;
    };
    uint64_t begin = 0, end = 0;
    if (!m_scan.take('}')) {
      do {
        const std::string_view key = m_scan.string(m_scratch);
        if (key == "dtype") {
          once(DTypeSeen, "dtype");
          m_scan.expect(':');
          dtype(view);
        } else if (key == "shape") {
          once(ShapeSeen, "shape");
          m_scan.expect(':');
          shape(view);
        } else if (key == "data_offsets") {
          once(OffsetsSeen, "data_offsets");
          m_scan.expect(':');
          offsets(view, begin, end);
        } else {
          m_scan.expect(':');
          m_scan.skipValue(2);
        }
      } while (m_scan.take(','));
      m_scan.expect('}');
    }
    if (seen != 7)
      reject("REJ:SAFETENSORS_FIELD", view.name, fmt::format("has no \"{}\"", !(seen & DTypeSeen) ? "dtype" : !(seen & ShapeSeen) ? "shape" : "data_offsets"));
    checkSize(view, begin, end);
    m_header.begins.push_back(begin);
  }

  void dtype(TensorView& view) {
    m_scan.skipSpace();
    if (m_scan.peek() != '"')
      reject("REJ:SAFETENSORS_DTYPE", view.name, fmt::format("has the element type {}, not a name", m_scan.shown()));
    const std::string_view name = m_scan.string(m_scratch);
    const auto type = dtypeFromName(name);
    if (!type)
      reject("REJ:SAFETENSORS_DTYPE", view.name, fmt::format("has the element type {}, which is not one of F64 F32 F16 BF16 F8_E4M3 F8_E5M2 I64 I32 I16 I8 U64 U32 U16 U8 BOOL", shownName(name)));
    view.dtype = *type;
  }

  void shape(TensorView& view) {
    if (!m_scan.take('['))
      reject("REJ:SAFETENSORS_SHAPE", view.name, fmt::format("has the shape {}, not a list", m_scan.shown()));
    if (m_scan.take(']'))
      return;
    int64_t dims[limits::kTensorRank];
    int rank = 0;
    do {
      const auto d = m_scan.integer();
      if (!d)
        reject("REJ:SAFETENSORS_SHAPE", view.name, fmt::format("has the dimension {}; a whole number from 0 to 2^63 − 1 is needed", m_scan.shown()));
      if (rank == limits::kTensorRank)
        reject("REJ:SAFETENSORS_RANK", view.name, fmt::format("has more than {} dimensions", limits::kTensorRank));
      dims[rank++] = *d;
    } while (m_scan.take(','));
    m_scan.expect(']');
    view.shape.assign(dims, dims + rank);
  }

  void offsets(TensorView& view, uint64_t& begin, uint64_t& end) {
    uint64_t* const out[2] = {&begin, &end};
    if (!m_scan.take('['))
      reject("REJ:SAFETENSORS_OFFSETS", view.name, fmt::format("has the offsets {}, not a list", m_scan.shown()));
    for (int k = 0; k < 2; ++k) {
      const auto value = m_scan.integer();
      if (!value)
        reject("REJ:SAFETENSORS_OFFSETS", view.name, fmt::format("has the offset {}; a whole number from 0 to 2^63 − 1 is needed", m_scan.shown()));
      *out[k] = static_cast<uint64_t>(*value);
      if (!m_scan.take(k == 0 ? ',' : ']'))
        reject("REJ:SAFETENSORS_OFFSETS", view.name, "does not have exactly two offsets");
    }
    if (end < begin)
      reject("REJ:SAFETENSORS_OFFSETS", view.name, fmt::format("ends at {} before it begins at {}", end, begin));
  }

  void checkSize(TensorView& view, uint64_t begin, uint64_t end) {
    const auto elements = checkedProduct(view.shape);
    const auto bytes = elements ? checkedMul(*elements, static_cast<uint64_t>(dtypeBytes(view.dtype))) : std::nullopt;
    if (!bytes)
      reject("REJ:SAFETENSORS_SHAPE", view.name, fmt::format("has the shape [{}], more bytes than 64 bits can count", fmt::join(view.shape, ", ")));
    if (*bytes != end - begin)
      reject("REJ:SAFETENSORS_SIZE", view.name,
             fmt::format("has the shape [{}] in {}, which needs {} bytes, but its offsets span {}", fmt::join(view.shape, ", "), dtypeName(view.dtype), *bytes, end - begin));
    view.bytes = *bytes;
  }

  /// Sorts by position and checks that the tensors cover the data without holes or overlaps.
  void order() {
    auto& tensors = m_header.tensors;
    auto& begins = m_header.begins;
    const auto before = [&](uint32_t a, uint32_t b) { return begins[a] != begins[b] ? begins[a] < begins[b] : tensors[a].bytes < tensors[b].bytes; };
    std::vector<uint32_t> sequence(tensors.size());
    std::iota(sequence.begin(), sequence.end(), 0u);
    if (!std::is_sorted(sequence.begin(), sequence.end(), before)) {
      std::sort(sequence.begin(), sequence.end(), before);
      std::vector<TensorView> sortedTensors;
      std::vector<uint64_t> sortedBegins;
      sortedTensors.reserve(tensors.size());
      sortedBegins.reserve(tensors.size());
      for (const uint32_t i : sequence) {
        sortedTensors.push_back(std::move(tensors[i]));
        sortedBegins.push_back(begins[i]);
      }
      tensors = std::move(sortedTensors);
      begins = std::move(sortedBegins);
      std::vector<uint32_t> placeOf(sequence.size());
      for (uint32_t i = 0; i < sequence.size(); ++i)
        placeOf[sequence[i]] = i;
      for (auto& entry : m_header.byName)
        entry.second = placeOf[entry.second];
    }
    uint64_t covered = 0;
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (begins[i] < covered)
        reject("REJ:SAFETENSORS_OVERLAP", tensors[i].name, fmt::format("begins at {} inside {}, which ends at {}", begins[i], shownName(tensors[i - 1].name), covered));
      if (begins[i] > covered)
        reject("REJ:SAFETENSORS_HOLE", tensors[i].name, fmt::format("begins at {}, but the tensor before it ends at {}", begins[i], covered));
      covered += tensors[i].bytes; // no wrap: equals the tensor's own end offset
    }
    m_header.dataBytes = covered;
  }

  void indexNames() {
    const auto& tensors = m_header.tensors;
    auto& index = m_header.byName;
    index.reserve(tensors.size());
    for (uint32_t i = 0; i < tensors.size(); ++i)
      index.emplace_back(std::hash<std::string_view>()(tensors[i].name), i);
    std::sort(index.begin(), index.end(), [&](const auto& a, const auto& b) { return a.first != b.first ? a.first < b.first : tensors[a.second].name < tensors[b.second].name; });
    for (size_t i = 1; i < index.size(); ++i)
      if (index[i].first == index[i - 1].first && tensors[index[i].second].name == tensors[index[i - 1].second].name)
        refuse("REJ:SAFETENSORS_DUPLICATE", fmt::format("{}: the tensor {} stands twice in the header. Download the file again.", m_what, shownName(tensors[index[i].second].name)));
  }

  HeaderScanner m_scan;
  const std::string& m_what;
  SafetensorsHeader m_header;
  std::string m_nameScratch, m_scratch;
  bool m_hasMetadata = false;
};

/// Eight bytes at a time; headers are hardly ever anything else.
bool isAscii(std::string_view text) {
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    seen |= word;
  }
  for (; i < text.size(); ++i)
    seen |= static_cast<uint64_t>(static_cast<unsigned char>(text[i])) << 56 | static_cast<unsigned char>(text[i]);
  return (seen & 0x8080808080808080ull) == 0;
}

} // namespace

SafetensorsHeader parseSafetensorsHeader(std::string_view json, const std::string& what) {
  if (!isAscii(json) && !isValidUtf8(json))
    refuse("REJ:SAFETENSORS_UTF8", fmt::format("The header of {} ({} bytes) is not valid UTF-8. Download the file again.", what, json.size()));
  return HeaderParser(json, what).parse();
}

int64_t findByName(const std::vector<TensorView>& tensors, const std::vector<std::pair<uint64_t, uint32_t>>& byName, std::string_view name) {
  const uint64_t hash = std::hash<std::string_view>()(name);
  auto it = std::lower_bound(byName.begin(), byName.end(), hash, [](const auto& entry, uint64_t h) { return entry.first < h; });
  for (; it != byName.end() && it->first == hash; ++it)
    if (tensors[it->second].name == name)
      return it->second;
  return -1;
}

} // namespace lathe::io
