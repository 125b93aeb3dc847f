// SPDX-License-Identifier: Apache-2.0
#include "core/quant/packed_weight.h"

#include "core/base/error.h"
#include "core/io/convert.h"
#include "core/quant/gguf_blocks.h"
#include "core/quant/packed_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace lathe::quant {
namespace {

constexpr std::array<const char*, 10> kPartSuffixes = {".weight",  ".weight.absmax", ".weight.nested_absmax", ".SCB",          ".qweight",
                                                       ".qzeros", ".scales",        ".g_idx",                ".weight_packed", ".weight_scale"};

class BlockWeight final : public PackedWeight {
public:
  BlockWeight(io::GgufType type, int64_t rows, int64_t columns, std::vector<std::byte> bytes)
      : m_type(type), m_rows(rows), m_columns(columns), m_rowBytes(blockBytes(type, static_cast<uint64_t>(columns))), m_bytes(std::move(bytes)) {}
  int64_t rows() const override { return m_rows; }
  int64_t columns() const override { return m_columns; }
  uint64_t bytes() const override { return m_bytes.size(); }
  std::string typeName() const override { return io::ggufTypeInfo(m_type).name; }
  void dequantizeRows(int64_t first, int64_t count, float* out) const override {
    dequantizeBlocks(m_type, {m_bytes.data() + static_cast<uint64_t>(first) * m_rowBytes, static_cast<uint64_t>(count) * m_rowBytes}, {out, static_cast<size_t>(count * m_columns)});
  }

private:
  io::GgufType m_type;
  int64_t m_rows, m_columns;
  uint64_t m_rowBytes;
  std::vector<std::byte> m_bytes;
};

std::string moduleOf(const std::string& name) { return name.ends_with(".weight") ? name.substr(0, name.size() - 7) : name; }

std::string methodOf(const io::ModelFolder& folder) { return folder.config().quantization; }

} // namespace

const Json& PackedParts::settings() const {
  static const Json kNone = Json::object();
  const Json* found = lathe::find(m_folder.config().raw, "quantization_config");
  return found && found->is_object() ? *found : kNone;
}

const io::TensorView& PackedParts::need(const std::string& suffix, std::initializer_list<io::DType> types, const std::vector<int64_t>& shape) const {
  const io::TensorView* view = find(suffix);
  if (!view)
    reject("REJ:QUANT_TENSOR", fmt::format("has no tensor {}{}", m_base, suffix));
  if (std::find(types.begin(), types.end(), view->dtype) == types.end())
    reject("REJ:QUANT_TENSOR", fmt::format("has {}{} as {}, which this form of quantization does not use", m_base, suffix, view->typeName()));
  const bool same = view->shape.size() == shape.size() && std::equal(shape.begin(), shape.end(), view->shape.begin(), [](int64_t wanted, int64_t found) { return wanted < 0 || wanted == found; });
  if (!same)
    reject("REJ:QUANT_SHAPE", fmt::format("has {}{} of shape [{}]; [{}] is needed for a matrix of {} × {}", m_base, suffix, fmt::join(view->shape, ", "), fmt::join(shape, ", "), m_rows, m_columns));
  return *view;
}

std::vector<std::byte> PackedParts::bytes(const io::TensorView& view) const {
  std::vector<std::byte> out(view.bytes);
  m_folder.read(view, out);
  return out;
}

std::vector<float> PackedParts::numbers(const io::TensorView& view) const {
  const std::vector<std::byte> raw = bytes(view);
  if (io::firstNonFinite(view.dtype, raw) >= 0)
    reject("REJ:QUANT_NONFINITE", fmt::format("has NaN or infinity in {}", view.name));
  return io::toFloat(view.dtype, raw);
}

std::vector<uint32_t> PackedParts::words(const io::TensorView& view) const {
  std::vector<uint32_t> out(view.bytes / 4);
  m_folder.read(view, std::as_writable_bytes(std::span(out)));
  return out;
}

void PackedParts::reject(const char* code, const std::string& problem) const { refuse(code, fmt::format("{} {}. Download the model again, or use its unquantized form.", m_folder.path(), problem)); }
void PackedParts::unsupported(const std::string& what) const { throw Exception(ErrorKind::Unsupported, fmt::format("{}: {} is not supported. Use the unquantized model or another quantization of it.", m_base, what)); }

std::shared_ptr<const PackedWeight> packedBlocks(io::GgufType type, int64_t rows, int64_t columns, std::vector<std::byte> bytes, const std::string& name) {
  if (const int64_t block = firstNonFiniteBlock(type, bytes); block >= 0)
    refuse("REJ:GGUF_NONFINITE", fmt::format("The tensor {} has NaN or infinity in the scale of block {} ({}). The file is damaged; download it again.", name, block, io::ggufTypeInfo(type).name));
  return std::make_shared<BlockWeight>(type, rows, columns, std::move(bytes));
}

bool isPacked(const io::ModelFolder& folder, const std::string& name) {
  if (const io::TensorView* view = folder.find(name))
    if (view->dtype == io::DType::Blocks)
      return true;
  const std::string method = methodOf(folder), base = moduleOf(name);
  const auto has = [&](const char* suffix) { return folder.find(base + suffix) != nullptr; };
  if (method == "bitsandbytes")
    return has(".weight.absmax") || has(".SCB");
  if (method == "gptq" || method == "awq")
    return has(".qweight");
  if (method == "compressed-tensors")
    return has(".weight_packed") || has(".weight_scale");
  return false;
}

uint64_t packedBytes(const io::ModelFolder& folder, const std::string& name) {
  if (!isPacked(folder, name))
    return 0;
  uint64_t out = 0;
  for (const char* suffix : kPartSuffixes)
    if (const io::TensorView* view = folder.find(moduleOf(name) + suffix))
      out += view->bytes;
  return out;
}

std::shared_ptr<const PackedWeight> readPacked(const io::ModelFolder& folder, const std::string& name, int64_t rows, int64_t columns) {
  const PackedParts parts(folder, moduleOf(name), rows, columns);
  if (const io::TensorView* view = folder.find(name); view && view->dtype == io::DType::Blocks) {
    parts.need(".weight", {io::DType::Blocks}, {rows, columns});
    return packedBlocks(view->blocks, rows, columns, parts.bytes(*view), name);
  }
  const std::string method = methodOf(folder);
  if (method == "bitsandbytes")
    return readBitsAndBytes(parts);
  if (method == "gptq")
    return readGptq(parts);
  if (method == "awq")
    return readAwq(parts);
  if (method == "compressed-tensors")
    return readCompressedTensors(parts);
  throw Exception(ErrorKind::Internal, fmt::format("{} is not packed.", name));
}

} // namespace lathe::quant
