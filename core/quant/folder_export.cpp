// SPDX-License-Identifier: Apache-2.0
#include "core/quant/folder_export.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/paths.h"
#include "core/io/convert.h"
#include "core/quant/export_parts.h"
#include "core/quant/gguf_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace lathe::quant {
namespace {

constexpr uint64_t kShard = 5'000'000'000;
constexpr int64_t kPieceValues = 4 << 20;

io::GgufType blockTypeOf(io::DType dtype) {
  if (dtype == io::DType::F32)
    return io::GgufType::F32;
  if (dtype == io::DType::F16)
    return io::GgufType::F16;
  if (dtype == io::DType::BF16)
    return io::GgufType::BF16;
  throw Exception(ErrorKind::Usage, fmt::format("A model folder can be written as f32, f16 or bf16, not {}.", io::dtypeName(dtype)));
}

class FolderWriter {
public:
  FolderWriter(const io::ModelFolder& folder, const FolderExport& options) : m_folder(folder), m_options(options), m_tensors(plainTensors(folder)) {
    for (const ExportTensor& tensor : m_tensors)
      m_total += bytesOf(tensor);
  }

  void write(const std::string& out) {
    const std::vector<std::vector<size_t>> shards = split();
    Json map = Json::object();
    for (size_t s = 0; s < shards.size(); ++s) {
      const std::string name = shards.size() == 1 ? "model.safetensors" : fmt::format("model-{:05}-of-{:05}.safetensors", s + 1, shards.size());
      writeShard(out + "/" + name, shards[s]);
      for (const size_t i : shards[s])
        map[m_tensors[i].source] = name;
    }
    if (shards.size() > 1)
      writeFileAtomic(out + "/model.safetensors.index.json", dumpJson(Json{{"metadata", {{"total_size", m_total}}}, {"weight_map", map}}, 2) + "\n");
    io::ModelConfig config = m_folder.config();
    config.raw.erase("quantization_config");
    config.quantization.clear();
    config.dtype = m_options.dtype == io::DType::F32 ? "float32" : m_options.dtype == io::DType::F16 ? "float16" : "bfloat16";
    writeFileAtomic(out + "/config.json", dumpJson(io::modelConfigToJson(config), 2) + "\n");
  }

private:
  uint64_t bytesOf(const ExportTensor& tensor) const {
    uint64_t n = static_cast<uint64_t>(io::dtypeBytes(m_options.dtype));
    for (const int64_t d : tensor.shape)
      n *= static_cast<uint64_t>(d);
    return n;
  }

  std::vector<std::vector<size_t>> split() const {
    std::vector<std::vector<size_t>> out(1);
    uint64_t inShard = 0;
    for (size_t i = 0; i < m_tensors.size(); ++i) {
      const uint64_t bytes = bytesOf(m_tensors[i]);
      if (inShard > 0 && inShard + bytes > kShard) {
        out.emplace_back();
        inShard = 0;
      }
      inShard += bytes;
      out.back().push_back(i);
    }
    return out;
  }

  void writeShard(const std::string& path, const std::vector<size_t>& members) {
    std::vector<io::TensorView> declared;
    for (const size_t i : members) {
      io::TensorView view;
      view.name = m_tensors[i].source;
      view.dtype = m_options.dtype;
      view.shape = m_tensors[i].shape;
      view.bytes = bytesOf(m_tensors[i]);
      declared.push_back(std::move(view));
    }
    io::SafetensorsWriter writer(path, declared);
    for (const io::TensorView& view : writer.layout())
      writeTensor(writer, *std::find_if(m_tensors.begin(), m_tensors.end(), [&](const ExportTensor& tensor) { return tensor.source == view.name; }));
    writer.commit();
  }

  void writeTensor(io::SafetensorsWriter& writer, ExportTensor& tensor) {
    const io::GgufType type = blockTypeOf(m_options.dtype);
    tensor.load(m_folder);
    const int64_t step = std::max<int64_t>(1, kPieceValues / std::max<int64_t>(tensor.columns(), 1));
    std::vector<float> values;
    std::vector<std::byte> encoded;
    for (int64_t first = 0; first < tensor.rowCount(); first += step) {
      if (m_options.stop.stop_requested())
        throw Exception(ErrorKind::Cancelled, "The conversion was stopped; nothing was kept.");
      const int64_t count = std::min(step, tensor.rowCount() - first);
      values.resize(static_cast<size_t>(count * tensor.columns()));
      encoded.resize(blockBytes(type, values.size()));
      tensor.rows(first, count, values.data());
      const bool finite = io::firstNonFinite(io::DType::F32, std::as_bytes(std::span(values))) < 0;
      quantizeBlocks(type, values, encoded);
      if (finite && firstNonFiniteBlock(type, encoded) >= 0)
        refuse("REJ:CONVERT_RANGE", fmt::format("{} holds numbers beyond the range of {}. Choose bf16 or f32.", tensor.source, io::dtypeName(m_options.dtype)));
      writer.write(encoded);
      m_done += encoded.size();
      if (m_options.progress)
        m_options.progress(m_done, m_total);
    }
    tensor.unload();
  }

  const io::ModelFolder& m_folder;
  const FolderExport& m_options;
  std::vector<ExportTensor> m_tensors;
  uint64_t m_total = 0, m_done = 0;
};

} // namespace

std::vector<std::string> exportFolder(const io::ModelFolder& folder, const std::string& path, const FolderExport& options) {
  const std::string out = absolutePath(path);
  if (fileExists(out))
    throw Exception(ErrorKind::Conflict, fmt::format("{} is there already. Choose another folder; nothing is overwritten.", out));
  blockTypeOf(options.dtype);
  const std::string parent = std::filesystem::path(out).parent_path().string(), temporary = fmt::format("{}/.tmp-convert-{}", parent, randomId(8));
  makeDirectories(temporary);
  std::vector<std::string> notes;
  try {
    FolderWriter(folder, options).write(temporary);
    if (folder.gguf()) {
      const std::string note = options.writeTokenizer ? options.writeTokenizer(folder.gguf()->header(), temporary)
                                                      : "The tokenizer stays in the GGUF file: copy tokenizer.json of the original model into the folder.";
      if (!note.empty())
        notes.push_back(note);
      if (!folder.chatTemplate().empty())
        writeFileAtomic(temporary + "/chat_template.jinja", folder.chatTemplate());
    } else {
      io::copySideFiles(folder.path(), temporary);
    }
    io::ModelFolder::open(temporary);
    syncDirectory(temporary);
    renamePath(temporary, out);
    syncDirectory(parent);
  } catch (...) {
    const Error error = currentError();
    (void)capture([&] { return removeTree(temporary), 0; }).ok();
    throw Exception(error);
  }
  return notes;
}

} // namespace lathe::quant
