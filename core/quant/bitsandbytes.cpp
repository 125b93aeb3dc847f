// SPDX-License-Identifier: Apache-2.0
// bitsandbytes checkpoints: 4-bit codes with one absmax per block, whose absmax may itself be 8-bit (source: bitsandbytes 0.50,
// functional.py and backends/cpu), and LLM.int8 rows.
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/io/convert.h"
#include "core/quant/packed_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lathe::quant {
namespace {

constexpr float kInt8Scale = 0.007874015748031496f; // 1/127

/// Values are rounded once to the type that the checkpoint was made from.
enum class Rounding { None, BFloat16, Half };

struct FourBitState {
  std::string type = "nf4";
  int64_t block = 64, nestedBlock = 256;
  float nestedOffset = 0;
  Rounding rounding = Rounding::None;
};

class FourBitWeight final : public PackedWeight {
public:
  FourBitWeight(int64_t rows, int64_t columns, FourBitState state, std::vector<std::byte> codes, std::vector<float> map, std::vector<float> absmax, uint64_t statisticBytes)
      : m_rows(rows), m_columns(columns), m_state(std::move(state)), m_codes(std::move(codes)), m_map(std::move(map)), m_absmax(std::move(absmax)), m_statisticBytes(statisticBytes) {}
  int64_t rows() const override { return m_rows; }
  int64_t columns() const override { return m_columns; }
  uint64_t bytes() const override { return m_codes.size() + m_statisticBytes; }
  std::string typeName() const override { return m_state.type == "nf4" ? "NF4" : "FP4"; }

  void dequantizeRows(int64_t first, int64_t count, float* out) const override {
    const int64_t from = first * m_columns, to = from + count * m_columns;
    for (int64_t i = from; i < to; ++i) {
      const auto byte = static_cast<unsigned>(m_codes[static_cast<size_t>(i / 2)]);
      const float value = m_map[i % 2 == 0 ? byte >> 4 : byte & 0xF] * m_absmax[static_cast<size_t>(i / m_state.block)];
      out[i - from] = rounded(value);
    }
  }

private:
  float rounded(float value) const {
    switch (m_state.rounding) {
    case Rounding::None:
      return value;
    case Rounding::BFloat16:
      return io::bfloat16ToFloat(io::floatToBfloat16(value));
    case Rounding::Half:
      return io::halfToFloat(io::floatToHalf(value));
    }
    return value;
  }

  int64_t m_rows, m_columns;
  FourBitState m_state;
  std::vector<std::byte> m_codes; // first value in the high nibble
  std::vector<float> m_map;       // [16]
  std::vector<float> m_absmax;    // one per block
  uint64_t m_statisticBytes;
};

class Int8RowsWeight final : public PackedWeight {
public:
  Int8RowsWeight(int64_t rows, int64_t columns, std::vector<std::byte> codes, std::vector<float> rowMax) : m_rows(rows), m_columns(columns), m_codes(std::move(codes)), m_rowMax(std::move(rowMax)) {}
  int64_t rows() const override { return m_rows; }
  int64_t columns() const override { return m_columns; }
  uint64_t bytes() const override { return m_codes.size() + m_rowMax.size() * sizeof(float); }
  std::string typeName() const override { return "LLM.int8"; }
  void dequantizeRows(int64_t first, int64_t count, float* out) const override {
    for (int64_t r = 0; r < count; ++r) {
      const std::byte* codes = m_codes.data() + (first + r) * m_columns;
      for (int64_t c = 0; c < m_columns; ++c)
        out[r * m_columns + c] = static_cast<float>(static_cast<int8_t>(codes[c])) * m_rowMax[static_cast<size_t>(first + r)] * kInt8Scale;
    }
  }

private:
  int64_t m_rows, m_columns;
  std::vector<std::byte> m_codes;
  std::vector<float> m_rowMax;
};

FourBitState readState(const PackedParts& parts) {
  const io::TensorView* view = nullptr;
  for (const char* type : {"nf4", "fp4"})
    if (const io::TensorView* found = parts.find(fmt::format(".weight.quant_state.bitsandbytes__{}", type)))
      view = found;
  if (!view || view->dtype != io::DType::U8 || view->bytes > 4096)
    parts.reject("REJ:QUANT_TENSOR", fmt::format("has no usable {}.weight.quant_state.bitsandbytes__nf4 or …__fp4", parts.base()));
  const std::vector<std::byte> raw = parts.bytes(*view);
  JsonLimits limits;
  limits.code = "REJ:QUANT_STATE";
  limits.what = view->name;
  const Json json = parseJson({reinterpret_cast<const char*>(raw.data()), raw.size()}, limits);
  FourBitState out;
  out.type = stringOr(json, "quant_type", "nf4");
  out.block = intOr(json, "blocksize", 64);
  out.nestedBlock = intOr(json, "nested_blocksize", 256);
  out.nestedOffset = static_cast<float>(doubleOr(json, "nested_offset", 0));
  const std::string dtype = stringOr(json, "dtype", "float32");
  out.rounding = dtype == "bfloat16" ? Rounding::BFloat16 : dtype == "float16" ? Rounding::Half : Rounding::None;
  if (out.block < 1 || out.block > (1 << 20) || out.nestedBlock < 1 || out.nestedBlock > (1 << 20) || !std::isfinite(out.nestedOffset))
    parts.reject("REJ:QUANT_STATE", fmt::format("has the block sizes {} and {} and the offset {} in {}", out.block, out.nestedBlock, out.nestedOffset, view->name));
  if (const Json* shape = find(json, "shape"); shape && *shape != Json::array({parts.rows(), parts.columns()}))
    parts.reject("REJ:QUANT_SHAPE", fmt::format("says in {} that the matrix is {}; config.json asks for [{}, {}]", view->name, dumpJson(*shape), parts.rows(), parts.columns()));
  return out;
}

/// One absmax per block, in float32 as bitsandbytes computes them: code × nested absmax + offset.
std::vector<float> blockMaxima(const PackedParts& parts, const FourBitState& state, int64_t blocks, uint64_t& bytes) {
  const io::TensorView& view = parts.need(".weight.absmax", {io::DType::F32, io::DType::U8}, {blocks});
  bytes += view.bytes;
  if (view.dtype == io::DType::F32)
    return parts.numbers(view);
  const int64_t groups = (blocks + state.nestedBlock - 1) / state.nestedBlock;
  const io::TensorView& nested = parts.need(".weight.nested_absmax", {io::DType::F32}, {groups});
  const std::vector<float> maxima = parts.numbers(nested), map = parts.numbers(parts.need(".weight.nested_quant_map", {io::DType::F32}, {256}));
  bytes += nested.bytes;
  const std::vector<std::byte> codes = parts.bytes(view);
  std::vector<float> out(codes.size());
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = map[static_cast<size_t>(codes[i])] * maxima[i / static_cast<size_t>(state.nestedBlock)] + state.nestedOffset;
  return out;
}

} // namespace

std::shared_ptr<const PackedWeight> readBitsAndBytes(const PackedParts& parts) {
  if (parts.find(".SCB")) {
    std::vector<std::byte> codes = parts.bytes(parts.need(".weight", {io::DType::I8}, {parts.rows(), parts.columns()}));
    return std::make_shared<Int8RowsWeight>(parts.rows(), parts.columns(), std::move(codes), parts.numbers(parts.need(".SCB", {io::DType::F32}, {parts.rows()})));
  }
  const FourBitState state = readState(parts);
  const int64_t values = parts.rows() * parts.columns();
  // Stored as bytes, or (bnb_4bit_quant_storage) the same bytes under another type.
  const io::TensorView& codes = parts.need(".weight", {io::DType::U8, io::DType::F32, io::DType::F16, io::DType::BF16}, {-1, 1});
  if (codes.bytes != static_cast<uint64_t>((values + 1) / 2))
    parts.reject("REJ:QUANT_SHAPE", fmt::format("has {} bytes in {}; {} × {} codes of 4 bits need {}", codes.bytes, codes.name, parts.rows(), parts.columns(), (values + 1) / 2));
  std::vector<float> map = parts.numbers(parts.need(".weight.quant_map", {io::DType::F32}, {16}));
  uint64_t statisticBytes = 0;
  std::vector<float> absmax = blockMaxima(parts, state, (values + state.block - 1) / state.block, statisticBytes);
  return std::make_shared<FourBitWeight>(parts.rows(), parts.columns(), state, parts.bytes(codes), std::move(map), std::move(absmax), statisticBytes);
}

} // namespace lathe::quant
