// SPDX-License-Identifier: Apache-2.0
#include "core/io/model_folder.h"

#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/expert_views.h"
#include "core/io/gguf_model.h"
#include "core/io/names.h"
#include "core/io/side_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace lathe::io {
namespace fs = std::filesystem;
namespace {

constexpr const char* kIndexName = "model.safetensors.index.json";
constexpr const char* kSingleName = "model.safetensors";

std::string joinSome(const std::vector<std::string>& names, size_t most = 5) {
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(most, names.size()); ++i)
    shown.push_back(names[i]);
  std::string out = fmt::format("{}", fmt::join(shown, ", "));
  return names.size() > most ? out + fmt::format(" and {} more", names.size() - most) : out;
}

/// The folder to read when the given one is a repository of a Hugging Face cache (blobs, refs, snapshots): its main revision,
/// else its only snapshot.
std::string snapshotOf(const std::string& folder) {
  const fs::path root(folder);
  std::error_code code;
  if (fs::exists(root / "config.json", code) || !fs::is_directory(root / "snapshots", code) || !fs::is_directory(root / "blobs", code))
    return folder;
  if (fs::exists(root / "refs" / "main", code)) {
    std::string revision = readFile((root / "refs" / "main").string(), 256);
    while (!revision.empty() && std::isspace(static_cast<unsigned char>(revision.back())))
      revision.pop_back();
    if (fileNameProblem(revision).empty() && fs::is_directory(root / "snapshots" / revision, code))
      return (root / "snapshots" / revision).string();
  }
  const std::vector<std::string> snapshots = listDirectory((root / "snapshots").string());
  if (snapshots.size() == 1)
    return (root / "snapshots" / snapshots.front()).string();
  refuse("REJ:MODEL_FOLDER", fmt::format("{} is a download cache with {} snapshots and no main revision. Choose one of the folders in {}/snapshots.", folder, snapshots.size(), folder));
}

struct Index {
  std::vector<std::pair<std::string, std::string>> weightMap; // tensor → file
  std::vector<std::string> files;                             // sorted
  std::optional<int64_t> totalSize;
};

void checkIndexedFile(const std::string& tensor, const Json& file) {
  if (!file.is_string())
    refuse("REJ:MODEL_INDEX", fmt::format("{}: the file of {} is {}, not a name.", kIndexName, shownName(tensor), file.type_name()));
  const auto& name = file.get_ref<const std::string&>();
  if (const std::string problem = fileNameProblem(name); !problem.empty())
    refuse("REJ:MODEL_INDEX_PATH", fmt::format("{}: the file {} of {} {}. Only plain file names may stand there; get the model from another source.", kIndexName, shownName(name), shownName(tensor), problem));
  if (!pickleFiles({name}).empty())
    refuse("REJ:PICKLE", fmt::format("{} names {}, a Python pickle. Pickles can run code, so Lathe never opens them: get the model in safetensors form.", kIndexName, shownName(name)));
  if (!name.ends_with(".safetensors"))
    refuse("REJ:MODEL_INDEX_PATH", fmt::format("{}: the file {} of {} does not end in .safetensors.", kIndexName, shownName(name), shownName(tensor)));
}

Index readIndex(const std::string& folder) {
  JsonLimits limits;
  limits.bytes = limits::kIndexJsonBytes;
  limits.code = "REJ:MODEL_INDEX";
  limits.what = folder + "/" + kIndexName;
  const Json json = parseJson(readFile(resolveInside(folder, kIndexName), limits.bytes, limits.code), limits);
  const Json* map = lathe::find(json, "weight_map");
  if (!map || !map->is_object() || map->empty())
    refuse("REJ:MODEL_INDEX", fmt::format("{} has no \"weight_map\" with tensors and their files. Download it again.", limits.what));
  Index out;
  std::set<std::string> files;
  for (const auto& [tensor, file] : map->items()) {
    checkIndexedFile(tensor, file);
    out.weightMap.emplace_back(tensor, file.get<std::string>());
    files.insert(out.weightMap.back().second);
    if (files.size() > limits::kShards)
      refuse("REJ:MODEL_INDEX", fmt::format("{} names more than {} files.", limits.what, limits::kShards));
  }
  out.files.assign(files.begin(), files.end());
  if (const Json* metadata = lathe::find(json, "metadata"))
    if (const Json* size = lathe::find(*metadata, "total_size"); size && size->is_number_integer())
      out.totalSize = size->get<int64_t>();
  return out;
}

} // namespace

class ModelFolderReader {
public:
  explicit ModelFolderReader(const std::string& folder) : m_folder(*m_out) {
    std::error_code code;
    const auto status = fs::status(folder, code);
    if (!fs::exists(status))
      throw Exception(ErrorKind::NotFound, fmt::format("The model folder {} is not there.", folder));
    if (!fs::is_directory(status))
      refuse("REJ:MODEL_FOLDER", fmt::format("{} is not a folder. Give the folder that holds config.json and the weights.", folder));
    m_folder.m_path = snapshotOf(folder);
    m_names = listDirectory(m_folder.m_path);
  }

  std::shared_ptr<ModelFolder> read(bool mustRun) {
    if (!has("config.json"))
      throw Exception(ErrorKind::NotFound, fmt::format("{} has no config.json; it is no model folder.", m_folder.m_path));
    readConfig(mustRun);
    openShards();
    indexTensors();
    readSide();
    noteCode();
    return m_out;
  }

private:
  bool has(std::string_view name) const { return std::binary_search(m_names.begin(), m_names.end(), name); }

  void readConfig(bool mustRun) {
    JsonLimits limits;
    limits.code = "REJ:CONFIG_JSON";
    limits.what = m_folder.m_path + "/config.json";
    const Json json = parseJsonFile(resolveInside(m_folder.m_path, "config.json"), limits);
    m_folder.m_config = mustRun ? parseModelConfig(json) : describeModelConfig(json);
    m_folder.m_warnings = m_folder.m_config.warnings;
  }

  void openShards() {
    if (has(kSingleName)) {
      if (has(kIndexName))
        m_folder.m_warnings.push_back(fmt::format("Both {} and {} are there; the single file is read.", kSingleName, kIndexName));
      openShard(kSingleName);
      return;
    }
    if (!has(kIndexName))
      noWeights();
    m_index = readIndex(m_folder.m_path);
    std::vector<std::string> missing;
    for (const std::string& file : m_index.files)
      if (!fileExists(m_folder.m_path + "/" + file))
        missing.push_back(file);
    if (!missing.empty())
      refuse("REJ:MODEL_SHARD_MISSING", fmt::format("{} of {} weight files are missing in {}: {}. Download them.", missing.size(), m_index.files.size(), m_folder.m_path, joinSome(missing, 10)));
    for (const std::string& file : m_index.files)
      openShard(file);
  }

  void openShard(const std::string& name) {
    const std::string real = resolveInside(m_folder.m_path, name);
    m_folder.m_shards.push_back(SafetensorsFile::open(real));
    m_shardNames.push_back(name);
  }

  [[noreturn]] void noWeights() const {
    const std::string& folder = m_folder.m_path;
    if (const auto pickles = pickleFiles(m_names); !pickles.empty())
      refuse("REJ:PICKLE", fmt::format("{} holds its weights only as Python pickles ({}). Pickles can run code, so Lathe never opens them: get the model in safetensors form, or convert it where you trust it.", folder, joinSome(pickles)));
    std::vector<std::string> others;
    for (const std::string& name : m_names)
      if (name.ends_with(".safetensors") || name.ends_with(".gguf"))
        others.push_back(name);
    if (!others.empty())
      refuse("REJ:MODEL_WEIGHTS", fmt::format("{} has neither {} nor {}, only {}. Lathe reads model folders as transformers saves them.", folder, kSingleName, kIndexName, joinSome(others)));
    throw Exception(ErrorKind::NotFound, fmt::format("{} has no weights: {} is missing. Download the model again.", folder, kSingleName));
  }

  void indexTensors() {
    std::unordered_map<std::string_view, size_t> shardOf;
    for (size_t s = 0; s < m_folder.m_shards.size(); ++s) {
      for (const TensorView& tensor : m_folder.m_shards[s]->tensors()) {
        const auto [it, isNew] = m_folder.m_byName.emplace(tensor.name, &tensor);
        if (!isNew)
          refuse("REJ:MODEL_SHARD_CONFLICT", fmt::format("The tensor {} is both in {} and in {}. Download the model again.", shownName(tensor.name), m_shardNames[shardOf[tensor.name]], m_shardNames[s]));
        shardOf[tensor.name] = s;
        m_folder.m_weightBytes += tensor.bytes;
        m_folder.m_names.push_back(tensor.name);
      }
    }
    checkIndex(shardOf);
    splitExperts();
    std::sort(m_folder.m_names.begin(), m_folder.m_names.end());
    takeStoredType();
  }

  /// Tensors that hold all experts of a layer become one for each expert.
  void splitExperts() {
    if (m_folder.m_config.experts.count == 0)
      return;
    std::vector<std::string> names;
    for (const std::string& name : m_folder.m_names) {
      const TensorView& whole = *m_folder.m_byName.at(name);
      const std::vector<ExpertSlice> slices = expertSlices(whole, m_folder.m_config);
      if (slices.empty())
        names.push_back(name);
      else
        m_folder.m_byName.erase(name);
      for (const ExpertSlice& slice : slices) {
        TensorView view = whole;
        view.name = slice.name;
        view.shape = slice.shape;
        view.data += slice.offset;
        view.bytes = slice.bytes;
        const TensorView& kept = m_folder.m_expertViews.emplace_back(std::move(view));
        if (!m_folder.m_byName.emplace(kept.name, &kept).second)
          refuse("REJ:MODEL_SHARD_CONFLICT", fmt::format("The tensor {} is there by itself and inside {}. Download the model again.", shownName(kept.name), shownName(whole.name)));
        names.push_back(kept.name);
      }
    }
    m_folder.m_names = std::move(names);
  }

  /// A configuration without "dtype" leaves the type to the weights.
  void takeStoredType() {
    const Json& raw = m_folder.m_config.raw;
    if (lathe::find(raw, "dtype") || lathe::find(raw, "torch_dtype"))
      return;
    uint64_t half = 0, brain = 0;
    for (const auto& shard : m_folder.m_shards)
      for (const TensorView& tensor : shard->tensors())
        (tensor.dtype == DType::F16 ? half : brain) += tensor.dtype == DType::F16 || tensor.dtype == DType::BF16 ? tensor.bytes : 0;
    if (half + brain > m_folder.m_weightBytes / 2)
      m_folder.m_config.dtype = half > brain ? "float16" : "bfloat16";
  }

  void checkIndex(const std::unordered_map<std::string_view, size_t>& shardOf) {
    if (m_index.files.empty())
      return;
    for (const auto& [tensor, file] : m_index.weightMap) {
      const auto found = shardOf.find(tensor);
      if (found == shardOf.end())
        refuse("REJ:MODEL_SHARD_CONFLICT", fmt::format("{} says that {} is in {}, but no weight file has it. Download the model again.", kIndexName, shownName(tensor), file));
      if (m_shardNames[found->second] != file)
        refuse("REJ:MODEL_SHARD_CONFLICT", fmt::format("{} says that {} is in {}, but it is in {}. Download the model again.", kIndexName, shownName(tensor), file, m_shardNames[found->second]));
    }
    if (shardOf.size() > m_index.weightMap.size())
      m_folder.m_warnings.push_back(fmt::format("{} tensors of the weight files are not in {}.", shardOf.size() - m_index.weightMap.size(), kIndexName));
    if (m_index.totalSize && *m_index.totalSize != static_cast<int64_t>(m_folder.m_weightBytes))
      m_folder.m_warnings.push_back(fmt::format("{} announces {} bytes of weights; the files hold {}.", kIndexName, *m_index.totalSize, m_folder.m_weightBytes));
  }

  void readSide() {
    SideFiles side = readSideFiles(m_folder.m_path);
    m_folder.m_tokenizerFile = std::move(side.tokenizerFile);
    m_folder.m_chatTemplate = std::move(side.chatTemplate);
    m_folder.m_namedTemplates = std::move(side.namedTemplates);
    m_folder.m_generationConfig = std::move(side.generationConfig);
    m_folder.m_tokenizerConfig = std::move(side.tokenizerConfig);
    m_folder.m_warnings.insert(m_folder.m_warnings.end(), side.warnings.begin(), side.warnings.end());
  }

  void noteCode() {
    std::vector<std::string> code;
    for (const std::string& name : m_names)
      if (name.ends_with(".py"))
        code.push_back(name);
    if (!code.empty())
      m_folder.m_warnings.push_back(fmt::format("Python code in the folder is never run: {}.", joinSome(code)));
  }

  std::shared_ptr<ModelFolder> m_out{new ModelFolder};
  ModelFolder& m_folder;
  std::vector<std::string> m_names, m_shardNames;
  Index m_index;
};

std::shared_ptr<ModelFolder> ModelFolder::fromGguf(const std::string& path, bool mustRun) {
  std::shared_ptr<ModelFolder> out(new ModelFolder);
  out->m_gguf = std::make_shared<GgufModel>(GgufModel::open(path, mustRun));
  GgufModel& model = *out->m_gguf;
  out->m_path = path;
  out->m_config = model.config;
  for (const TensorView& view : model.views) {
    if (!out->m_byName.emplace(view.name, &view).second)
      refuse("REJ:GGUF_DUPLICATE", fmt::format("{} holds the tensor {} under two names. Get another file.", path, shownName(view.name)));
    out->m_names.push_back(view.name);
    out->m_weightBytes += view.bytes;
  }
  std::sort(out->m_names.begin(), out->m_names.end());
  if (model.file->header().has("tokenizer.ggml.tokens"))
    out->m_tokenizerFile = path;
  out->m_chatTemplate = model.chatTemplate;
  out->m_namedTemplates = model.namedTemplates;
  out->m_tokenizerConfig = model.tokenizerConfig;
  out->m_warnings = model.warnings;
  return out;
}

std::shared_ptr<ModelFolder> ModelFolder::open(const std::string& folder) { return isGgufFile(folder) ? fromGguf(folder, true) : ModelFolderReader(folder).read(true); }
std::shared_ptr<ModelFolder> ModelFolder::describe(const std::string& folder) { return isGgufFile(folder) ? fromGguf(folder, false) : ModelFolderReader(folder).read(false); }

std::shared_ptr<const GgufFile> ModelFolder::gguf() const { return m_gguf ? m_gguf->file : nullptr; }

const TensorView* ModelFolder::find(std::string_view name) const {
  const auto it = m_byName.find(name);
  return it == m_byName.end() ? nullptr : it->second;
}

void ModelFolder::read(const TensorView& tensor, std::span<std::byte> out) const {
  if (m_gguf && !m_gguf->views.empty() && &tensor >= &m_gguf->views.front() && &tensor <= &m_gguf->views.back())
    return m_gguf->read(static_cast<size_t>(&tensor - &m_gguf->views.front()), out);
  shardOf(tensor).read(tensor, out);
}

const SafetensorsFile& ModelFolder::shardOf(const TensorView& tensor) const {
  const TensorView* known = find(tensor.name);
  for (const auto& shard : m_shards)
    if (known && known->data == tensor.data && !shard->tensors().empty() && shard->tensors().front().owner == tensor.owner)
      return *shard;
  throw Exception(ErrorKind::Internal, fmt::format("{} is not a tensor of {}.", tensor.name, m_path));
}

} // namespace lathe::io
