// SPDX-License-Identifier: Apache-2.0
#include "core/io/tensor_statistics.h"

#include "core/base/error.h"
#include "core/io/convert.h"
#include "core/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace lathe::io {
namespace {

constexpr uint64_t kPieceValues = 1 << 20;

/// Sums around the first finite value: the mean of a tensor may be a thousand times its deviation.
struct Moments {
  uint64_t finite = 0;
  double origin = 0, sum = 0, squares = 0;
  double min = std::numeric_limits<double>::infinity(), max = -std::numeric_limits<double>::infinity();

  void add(std::span<const float> values, api::TensorStatistics& out) {
    for (const float value : values) {
      if (!std::isfinite(value)) {
        ++(std::isnan(value) ? out.nans : out.infinities);
        continue;
      }
      out.zeros += value == 0.0f;
      if (finite++ == 0)
        origin = value;
      const double distance = static_cast<double>(value) - origin;
      sum += distance;
      squares += distance * distance;
      min = std::min<double>(min, value);
      max = std::max<double>(max, value);
    }
  }
  double mean() const { return origin + sum / static_cast<double>(finite); }
  double deviation() const {
    const double n = static_cast<double>(finite);
    return std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)));
  }
};

/// All pieces in order; `share` runs from `begin` to `begin` + ½.
template <class Take>
void eachPiece(const NumberSource& source, const StatisticsOptions& options, double begin, Take&& take) {
  const uint64_t granule = std::max<uint64_t>(1, source.granule);
  const uint64_t step = std::max(granule, kPieceValues / granule * granule);
  std::vector<float> piece;
  for (uint64_t first = 0; first < source.values; first += step) {
    if (options.stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "The measurement was stopped.");
    piece.resize(std::min(step, source.values - first));
    source.read(first, piece);
    take(std::span<const float>(piece));
    if (options.progress)
      options.progress(begin + 0.5 * static_cast<double>(first + piece.size()) / static_cast<double>(source.values));
  }
}

float floatFromE4m3(uint8_t bits) {
  const float sign = bits & 0x80 ? -1.0f : 1.0f;
  const int exponent = (bits >> 3) & 15, mantissa = bits & 7;
  if (exponent == 15 && mantissa == 7)
    return std::numeric_limits<float>::quiet_NaN();
  return sign * (exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -9) : std::ldexp(static_cast<float>(8 + mantissa), exponent - 10));
}

float floatFromE5m2(uint8_t bits) { return halfToFloat(static_cast<uint16_t>(bits << 8)); }

template <class T>
void fromIntegers(std::span<const std::byte> from, std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, from.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<float>(value);
  }
}

void fromBytewise(std::span<const std::byte> from, std::span<float> out, float (*convert)(uint8_t)) {
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = convert(static_cast<uint8_t>(from[i]));
}

} // namespace

api::TensorStatistics measureNumbers(const NumberSource& source, const StatisticsOptions& options) {
  api::TensorStatistics out;
  out.values = static_cast<int64_t>(source.values);
  Moments moments;
  eachPiece(source, options, 0, [&](std::span<const float> piece) { moments.add(piece, out); });
  if (moments.finite == 0)
    return out;
  out.min = moments.min;
  out.max = moments.max;
  out.mean = moments.mean();
  out.deviation = moments.deviation();
  out.low = std::max(out.min, out.mean - options.sigmas * out.deviation);
  out.high = std::min(out.max, out.mean + options.sigmas * out.deviation);
  if (!(out.low < out.high)) { // one value only: it gets a bin of its own
    const double half = out.mean == 0 ? 0.5 : std::abs(out.mean) / 2;
    out.low = out.mean - half;
    out.high = out.mean + half;
  }
  out.bins.assign(std::max<size_t>(1, options.bins), 0);
  const double scale = static_cast<double>(out.bins.size()) / (out.high - out.low);
  eachPiece(source, options, 0.5, [&](std::span<const float> piece) {
    for (const float value : piece) {
      if (!std::isfinite(value))
        continue;
      if (value < out.low || value > out.high)
        ++(value < out.low ? out.below : out.above);
      else
        ++out.bins[std::min(out.bins.size() - 1, static_cast<size_t>((static_cast<double>(value) - out.low) * scale))];
    }
  });
  return out;
}

void numbersFromBytes(DType dtype, std::span<const std::byte> from, std::span<float> out) {
  switch (dtype) {
  case DType::F16:
  case DType::BF16:
  case DType::F32:
  case DType::F64: return convertToFloat(dtype, from, out);
  case DType::Bool:
  case DType::U8: return fromIntegers<uint8_t>(from, out);
  case DType::I8: return fromIntegers<int8_t>(from, out);
  case DType::I16: return fromIntegers<int16_t>(from, out);
  case DType::U16: return fromIntegers<uint16_t>(from, out);
  case DType::I32: return fromIntegers<int32_t>(from, out);
  case DType::U32: return fromIntegers<uint32_t>(from, out);
  case DType::I64: return fromIntegers<int64_t>(from, out);
  case DType::U64: return fromIntegers<uint64_t>(from, out);
  case DType::F8E4M3: return fromBytewise(from, out, floatFromE4m3);
  case DType::F8E5M2: return fromBytewise(from, out, floatFromE5m2);
  case DType::Blocks: break;
  }
  throw Exception(ErrorKind::Unsupported, fmt::format("Values of the type {} cannot be read one by one.", dtypeName(dtype)));
}

NumberSource numbersOf(std::shared_ptr<const SafetensorsFile> file, const TensorView& tensor) {
  NumberSource out;
  out.values = static_cast<uint64_t>(tensor.elements());
  const auto size = static_cast<uint64_t>(dtypeBytes(tensor.dtype));
  out.read = [file = std::move(file), view = tensor, size, buffer = std::vector<std::byte>()](uint64_t first, std::span<float> values) mutable {
    buffer.resize(values.size() * size);
    file->readPart(view, first * size, buffer);
    numbersFromBytes(view.dtype, buffer, values);
  };
  return out;
}

} // namespace lathe::io
