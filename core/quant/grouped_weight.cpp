// SPDX-License-Identifier: Apache-2.0
// Codes with a scale and a zero point per group of inputs: GPTQ (source: AutoGPTQ and GPTQModel, qlinear), AWQ (source: AutoAWQ, gemm layout) and
// compressed-tensors (source: its pack_quantized and naive_quantized compressors).
#include "core/base/error.h"
#include "core/io/convert.h"
#include "core/quant/packed_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

namespace lathe::quant {
namespace {

/// Where the codes of output r and input c lie: words along the inputs or along the outputs.
enum class CodeLayout { WordsAlongInputs, WordsAlongOutputs, RowsOfInputs };

/// value = scale[group(c), r] · (code(r, c) − zero[group(c), r])
struct GroupedCodes {
  std::string type;
  int64_t rows = 0, columns = 0;
  int bits = 4;
  CodeLayout layout = CodeLayout::WordsAlongInputs;
  std::vector<uint32_t> words;
  std::vector<int32_t> group;    // [columns]
  std::vector<float> scales;     // [groups, rows]
  std::vector<uint8_t> zeros;    // [groups, rows]
};

/// AWQ keeps the outputs of a word in this order.
constexpr std::array<int, 8> kAwqPlace = {0, 4, 1, 5, 2, 6, 3, 7};

class GroupedWeight final : public PackedWeight {
public:
  explicit GroupedWeight(GroupedCodes codes) : m(std::move(codes)) {}
  int64_t rows() const override { return m.rows; }
  int64_t columns() const override { return m.columns; }
  uint64_t bytes() const override { return m.words.size() * 4 + m.scales.size() * 4 + m.zeros.size() + m.group.size() * 4; }
  std::string typeName() const override { return fmt::format("{} {}-bit", m.type, m.bits); }

  void dequantizeRows(int64_t first, int64_t count, float* out) const override {
    for (int64_t c = 0; c < m.columns; ++c) {
      const size_t group = static_cast<size_t>(m.group[static_cast<size_t>(c)]) * static_cast<size_t>(m.rows);
      for (int64_t r = first; r < first + count; ++r) {
        const size_t at = group + static_cast<size_t>(r);
        out[(r - first) * m.columns + c] = m.scales[at] * static_cast<float>(code(r, c) - m.zeros[at]);
      }
    }
  }

private:
  int code(int64_t r, int64_t c) const {
    const int64_t per = 32 / m.bits;
    switch (m.layout) {
    case CodeLayout::WordsAlongInputs: // [columns / per, rows]
      return wordPart(m.words[static_cast<size_t>(c / per * m.rows + r)], c % per, m.bits);
    case CodeLayout::WordsAlongOutputs: // [columns, rows / 8], interleaved
      return wordPart(m.words[static_cast<size_t>(c * (m.rows / 8) + r / 8)], kAwqPlace[static_cast<size_t>(r % 8)], 4);
    case CodeLayout::RowsOfInputs: // [rows, ⌈columns / per⌉]
      return wordPart(m.words[static_cast<size_t>(r * ((m.columns + per - 1) / per) + c / per)], c % per, m.bits);
    }
    return 0;
  }

  GroupedCodes m;
};

/// Bytes (int8 or an 8-bit float) with scales per tensor, per row or per group of inputs.
class ByteWeight final : public PackedWeight {
public:
  ByteWeight(int64_t rows, int64_t columns, io::DType dtype, std::vector<std::byte> codes, std::vector<float> scales, int64_t scaleRows, int64_t groups)
      : m_rows(rows), m_columns(columns), m_dtype(dtype), m_codes(std::move(codes)), m_scales(std::move(scales)), m_scaleRows(scaleRows), m_groups(groups) {
    for (int b = 0; b < 256; ++b)
      m_values[static_cast<size_t>(b)] = valueOf(static_cast<uint8_t>(b));
  }
  int64_t rows() const override { return m_rows; }
  int64_t columns() const override { return m_columns; }
  uint64_t bytes() const override { return m_codes.size() + m_scales.size() * sizeof(float); }
  std::string typeName() const override { return m_dtype == io::DType::I8 ? "INT8" : "FP8"; }
  void dequantizeRows(int64_t first, int64_t count, float* out) const override {
    for (int64_t r = first; r < first + count; ++r)
      for (int64_t c = 0; c < m_columns; ++c) {
        const float scale = m_scales[static_cast<size_t>((m_scaleRows == 1 ? 0 : r) * m_groups + c * m_groups / m_columns)];
        *out++ = m_values[static_cast<size_t>(m_codes[static_cast<size_t>(r * m_columns + c)])] * scale;
      }
  }

private:
  float valueOf(uint8_t bits) const {
    if (m_dtype == io::DType::I8)
      return static_cast<float>(static_cast<int8_t>(bits));
    // E4M3 without infinities: bias 7, 0x7F is NaN. E5M2 is the upper half of binary16.
    if (m_dtype == io::DType::F8E5M2)
      return io::halfToFloat(static_cast<uint16_t>(bits << 8));
    const int exponent = (bits >> 3) & 15, mantissa = bits & 7;
    const float magnitude = exponent == 0 ? static_cast<float>(mantissa) * 0x1p-9f : std::bit_cast<float>(static_cast<uint32_t>(exponent + 120) << 23 | static_cast<uint32_t>(mantissa) << 20);
    return (bits & 0x7F) == 0x7F ? std::bit_cast<float>(0x7fc00000u) : bits & 0x80 ? -magnitude : magnitude;
  }

  int64_t m_rows, m_columns;
  io::DType m_dtype;
  std::vector<std::byte> m_codes;
  std::vector<float> m_scales; // [scaleRows, groups]
  int64_t m_scaleRows, m_groups;
  std::array<float, 256> m_values{};
};

constexpr std::initializer_list<io::DType> kFloats = {io::DType::F16, io::DType::BF16, io::DType::F32};

int64_t groupSizeOf(const PackedParts& parts) {
  const int64_t size = intOr(parts.settings(), "group_size", 128);
  return size <= 0 || size > parts.columns() ? parts.columns() : size;
}

std::vector<int32_t> plainGroups(int64_t columns, int64_t size) {
  std::vector<int32_t> out(static_cast<size_t>(columns));
  for (size_t c = 0; c < out.size(); ++c)
    out[c] = static_cast<int32_t>(static_cast<int64_t>(c) / size);
  return out;
}

void requireWhole(const PackedParts& parts, int64_t size, int64_t per, const char* what) {
  if (size % per != 0)
    parts.reject("REJ:QUANT_SHAPE", fmt::format("has {} {} in {}; whole words of {} codes are needed", size, what, parts.base(), per));
}

} // namespace

std::shared_ptr<const PackedWeight> readGptq(const PackedParts& parts) {
  GroupedCodes out;
  out.type = "GPTQ";
  out.rows = parts.rows();
  out.columns = parts.columns();
  out.bits = static_cast<int>(intOr(parts.settings(), "bits", 4));
  if (out.bits != 2 && out.bits != 4 && out.bits != 8)
    parts.unsupported(fmt::format("GPTQ with {} bits", out.bits));
  const int64_t per = 32 / out.bits, size = groupSizeOf(parts), groups = (out.columns + size - 1) / size;
  requireWhole(parts, out.columns, per, "inputs");
  requireWhole(parts, out.rows, per, "outputs");
  out.words = parts.words(parts.need(".qweight", {io::DType::I32}, {out.columns / per, out.rows}));
  out.scales = parts.numbers(parts.need(".scales", kFloats, {groups, out.rows}));
  const std::vector<uint32_t> zeros = parts.words(parts.need(".qzeros", {io::DType::I32}, {groups, out.rows / per}));
  // The first convention stores zero points less one; "gptq_v2" stores them as they are.
  const int plus = stringOr(parts.settings(), "checkpoint_format", "gptq") == "gptq_v2" ? 0 : 1;
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t r = 0; r < out.rows; ++r)
      out.zeros.push_back(static_cast<uint8_t>((wordPart(zeros[static_cast<size_t>(g * (out.rows / per) + r / per)], r % per, out.bits) + plus) & ((1 << out.bits) - 1)));
  out.group = plainGroups(out.columns, size);
  if (parts.find(".g_idx")) {
    const std::vector<uint32_t> order = parts.words(parts.need(".g_idx", {io::DType::I32}, {out.columns}));
    for (size_t c = 0; c < order.size(); ++c) {
      if (order[c] >= static_cast<uint32_t>(groups))
        parts.reject("REJ:QUANT_ORDER", fmt::format("has the group {} for input {} in {}.g_idx; there are {}", order[c], c, parts.base(), groups));
      out.group[c] = static_cast<int32_t>(order[c]);
    }
  }
  return std::make_shared<GroupedWeight>(std::move(out));
}

std::shared_ptr<const PackedWeight> readAwq(const PackedParts& parts) {
  const std::string version = stringOr(parts.settings(), "version", "gemm");
  const int64_t bits = intOr(parts.settings(), "bits", 4);
  if ((version != "gemm" && version != "GEMM") || bits != 4)
    parts.unsupported(fmt::format("AWQ in the layout {} with {} bits", version, bits));
  GroupedCodes out;
  out.type = "AWQ";
  out.rows = parts.rows();
  out.columns = parts.columns();
  out.layout = CodeLayout::WordsAlongOutputs;
  const int64_t size = groupSizeOf(parts), groups = (out.columns + size - 1) / size;
  requireWhole(parts, out.rows, 8, "outputs");
  out.words = parts.words(parts.need(".qweight", {io::DType::I32}, {out.columns, out.rows / 8}));
  out.scales = parts.numbers(parts.need(".scales", kFloats, {groups, out.rows}));
  const std::vector<uint32_t> zeros = parts.words(parts.need(".qzeros", {io::DType::I32}, {groups, out.rows / 8}));
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t r = 0; r < out.rows; ++r)
      out.zeros.push_back(static_cast<uint8_t>(wordPart(zeros[static_cast<size_t>(g * (out.rows / 8) + r / 8)], kAwqPlace[static_cast<size_t>(r % 8)], 4)));
  out.group = plainGroups(out.columns, size);
  return std::make_shared<GroupedWeight>(std::move(out));
}

namespace {

/// weight_scale as [rows or 1, groups].
std::vector<float> scalesOf(const PackedParts& parts, int64_t& scaleRows, int64_t& groups) {
  const io::TensorView* view = parts.find(".weight_scale");
  const std::vector<int64_t> shape = view ? view->shape : std::vector<int64_t>();
  scaleRows = shape.empty() ? 1 : shape[0];
  groups = shape.size() == 2 ? shape[1] : 1;
  const bool fits = view && shape.size() <= 2 && (scaleRows == 1 || scaleRows == parts.rows()) && groups >= 1 && parts.columns() % groups == 0;
  if (!fits)
    parts.reject("REJ:QUANT_SHAPE", fmt::format("has no {}.weight_scale that fits {} × {}", parts.base(), parts.rows(), parts.columns()));
  return parts.numbers(parts.need(".weight_scale", kFloats, shape));
}

std::shared_ptr<const PackedWeight> readPackQuantized(const PackedParts& parts) {
  GroupedCodes out;
  out.type = "compressed-tensors";
  out.rows = parts.rows();
  out.columns = parts.columns();
  out.layout = CodeLayout::RowsOfInputs;
  const io::TensorView* view = parts.find(".weight_packed");
  const int64_t width = view && view->shape.size() == 2 ? view->shape[1] : 0;
  out.bits = width == (out.columns + 7) / 8 ? 4 : 8;
  const int64_t per = 32 / out.bits;
  out.words = parts.words(parts.need(".weight_packed", {io::DType::I32}, {out.rows, (out.columns + per - 1) / per}));
  int64_t scaleRows = 0, groups = 0;
  const std::vector<float> scales = scalesOf(parts, scaleRows, groups);
  const int offset = 1 << (out.bits - 1); // codes are stored with this added
  std::vector<uint32_t> zeros;
  if (parts.find(".weight_zero_point"))
    zeros = parts.words(parts.need(".weight_zero_point", {io::DType::I32}, {(out.rows + per - 1) / per, groups}));
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t r = 0; r < out.rows; ++r) {
      out.scales.push_back(scales[static_cast<size_t>((scaleRows == 1 ? 0 : r) * groups + g)]);
      out.zeros.push_back(static_cast<uint8_t>(zeros.empty() ? offset : wordPart(zeros[static_cast<size_t>(r / per * groups + g)], r % per, out.bits)));
    }
  out.group = plainGroups(out.columns, out.columns / groups);
  if (parts.find(".weight_g_idx")) {
    const std::vector<uint32_t> order = parts.words(parts.need(".weight_g_idx", {io::DType::I32}, {out.columns}));
    for (size_t c = 0; c < order.size(); ++c) {
      if (order[c] >= static_cast<uint32_t>(groups))
        parts.reject("REJ:QUANT_ORDER", fmt::format("has the group {} for input {} in {}.weight_g_idx; there are {}", order[c], c, parts.base(), groups));
      out.group[c] = static_cast<int32_t>(order[c]);
    }
  }
  return std::make_shared<GroupedWeight>(std::move(out));
}

} // namespace

std::shared_ptr<const PackedWeight> readCompressedTensors(const PackedParts& parts) {
  if (parts.find(".weight_packed"))
    return readPackQuantized(parts);
  const io::TensorView& codes = parts.need(".weight", {io::DType::I8, io::DType::F8E4M3, io::DType::F8E5M2}, {parts.rows(), parts.columns()});
  if (parts.find(".weight_zero_point"))
    parts.unsupported("compressed-tensors with zero points for whole bytes");
  int64_t scaleRows = 0, groups = 0;
  std::vector<float> scales = scalesOf(parts, scaleRows, groups);
  return std::make_shared<ByteWeight>(parts.rows(), parts.columns(), codes.dtype, parts.bytes(codes), std::move(scales), scaleRows, groups);
}

} // namespace lathe::quant
