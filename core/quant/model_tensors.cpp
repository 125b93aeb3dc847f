// SPDX-License-Identifier: Apache-2.0
#include "core/quant/model_tensors.h"

#include "core/base/error.h"
#include "core/io/adapter_files.h"
#include "core/io/model_folder.h"
#include "core/quant/export_parts.h"
#include "core/quant/gguf_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace lathe::quant {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// The element type where a GGUF type is a plain one that blocks do not cover.
std::optional<io::DType> plainGgufType(io::GgufType type) {
  switch (type) {
  case io::GgufType::I8: return io::DType::I8;
  case io::GgufType::I16: return io::DType::I16;
  case io::GgufType::I32: return io::DType::I32;
  case io::GgufType::I64: return io::DType::I64;
  case io::GgufType::F64: return io::DType::F64;
  default: return std::nullopt;
  }
}

/// The matrix that a part of it belongs to ("….q_proj.qweight" → "….q_proj.weight"); empty when it is no part.
std::string matrixOfPart(const std::string& name) {
  static constexpr std::array<const char*, 11> kParts = {".qweight", ".qzeros", ".scales", ".g_idx", ".weight_packed", ".weight_scale", ".weight_zero_point", ".weight_g_idx", ".weight_shape", ".SCB", ".weight"};
  if (const size_t at = name.find(".weight."); at != std::string::npos) // absmax, quant_map, quant_state, … of bitsandbytes
    return name.substr(0, at) + ".weight";
  for (const char* part : kParts)
    if (name.ends_with(part))
      return name.substr(0, name.size() - std::char_traits<char>::length(part)) + ".weight";
  return {};
}

} // namespace

bool naturallyBefore(std::string_view a, std::string_view b) {
  size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (!isDigit(a[i]) || !isDigit(b[k])) {
      if (a[i] != b[k])
        return a[i] < b[k];
      ++i, ++k;
      continue;
    }
    const auto number = [](std::string_view text, size_t& at) {
      while (at + 1 < text.size() && text[at] == '0' && isDigit(text[at + 1]))
        ++at;
      const size_t begin = at;
      while (at < text.size() && isDigit(text[at]))
        ++at;
      return text.substr(begin, at - begin);
    };
    const std::string_view left = number(a, i), right = number(b, k);
    if (left.size() != right.size())
      return left.size() < right.size();
    if (left != right)
      return left < right;
  }
  return a.size() - i < b.size() - k;
}

void ModelTensors::addFiles(const std::vector<std::shared_ptr<io::SafetensorsFile>>& files) {
  m_files = files;
  for (const auto& file : files)
    for (const io::TensorView& tensor : file->tensors())
      m_rows.push_back({tensor.name, tensor.typeName(), tensor.shape, static_cast<int64_t>(tensor.bytes)});
}

void ModelTensors::addGguf() {
  for (const io::GgufTensor& tensor : m_gguf->header().tensors())
    m_rows.push_back({tensor.name, io::ggufTypeInfo(tensor.type).name, tensor.shape, static_cast<int64_t>(tensor.bytes)});
}

std::shared_ptr<const ModelTensors> ModelTensors::open(const std::string& path) {
  namespace fs = std::filesystem;
  std::shared_ptr<ModelTensors> out(new ModelTensors);
  std::error_code code;
  if (!fs::exists(path, code))
    throw Exception(ErrorKind::NotFound, fmt::format("{} is not there.", path));
  if (fs::is_directory(path, code) && fs::exists(path + "/adapter_config.json", code) && !fs::exists(path + "/config.json", code)) {
    out->addFiles({io::AdapterFiles::open(path).tensors});
  } else if (path.ends_with(".safetensors")) {
    out->addFiles({io::SafetensorsFile::open(path)});
  } else if (fs::is_directory(path, code)) {
    out->m_folder = io::ModelFolder::describe(path);
    out->addFiles(out->m_folder->shards());
  } else if (path.ends_with(".gguf") || (fs::is_regular_file(path, code) && fs::path(path).extension().empty())) { // no suffix: a blob of another program's store
    out->m_gguf = io::GgufFile::open(path);
    out->addGguf();
  } else {
    refuse("REJ:NO_TENSORS", fmt::format("{} holds no tensors. Give a model folder, an adapter folder, or a .safetensors or .gguf file.", path));
  }
  std::stable_sort(out->m_rows.begin(), out->m_rows.end(), [](const auto& a, const auto& b) { return naturallyBefore(a.name, b.name); });
  return out;
}

io::NumberSource ModelTensors::ggufNumbers(const std::string& name) const {
  const io::GgufTensor* tensor = m_gguf->header().findTensor(name);
  if (!tensor)
    throw Exception(ErrorKind::NotFound, fmt::format("{} has no tensor {}.", m_gguf->path(), name));
  const io::GgufTypeInfo& info = io::ggufTypeInfo(tensor->type);
  const auto plain = plainGgufType(tensor->type);
  if (!info.readable && !plain)
    throw Exception(ErrorKind::Unsupported, fmt::format("{} is stored in {}, which Lathe does not turn into numbers.", name, info.name));
  io::NumberSource out;
  out.values = tensor->elements();
  out.granule = info.blockValues;
  out.read = [file = m_gguf, tensor, &info, plain, buffer = std::vector<std::byte>()](uint64_t first, std::span<float> values) mutable {
    buffer.resize(values.size() / info.blockValues * info.blockBytes);
    file->read(*tensor, first / info.blockValues * info.blockBytes, buffer);
    if (plain)
      io::numbersFromBytes(*plain, buffer, values);
    else
      dequantizeBlocks(tensor->type, buffer, values);
  };
  return out;
}

bool ModelTensors::packedNumbers(const std::string& name, std::string& of, io::NumberSource& out) const {
  if (!m_folder || m_folder->config().quantization.empty())
    return false;
  const std::string matrix = matrixOfPart(name);
  if (matrix.empty() || !isPacked(*m_folder, matrix))
    return false;
  const std::vector<ExportTensor> known = plainTensors(*m_folder);
  const auto entry = std::find_if(known.begin(), known.end(), [&](const ExportTensor& tensor) { return tensor.source == matrix; });
  if (entry == known.end() || entry->shape.size() != 2)
    return false;
  const auto weight = readPacked(*m_folder, matrix, entry->shape[0], entry->shape[1]);
  const auto columns = static_cast<uint64_t>(weight->columns());
  of = fmt::format("{}, unpacked from {}", matrix, weight->typeName());
  out.values = static_cast<uint64_t>(weight->rows()) * columns;
  out.granule = columns;
  out.read = [weight, columns](uint64_t first, std::span<float> values) {
    weight->dequantizeRows(static_cast<int64_t>(first / columns), static_cast<int64_t>(values.size() / columns), values.data());
  };
  return true;
}

io::NumberSource ModelTensors::numbers(const std::string& name, std::string& of) const {
  of.clear();
  if (m_gguf)
    return ggufNumbers(name);
  io::NumberSource out;
  if (packedNumbers(name, of, out))
    return out;
  for (const auto& file : m_files)
    if (const io::TensorView* view = file->find(name))
      return io::numbersOf(file, *view);
  throw Exception(ErrorKind::NotFound, fmt::format("There is no tensor {} here.", name));
}

} // namespace lathe::quant
