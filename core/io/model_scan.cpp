// SPDX-License-Identifier: Apache-2.0
#include "core/io/model_scan.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/io/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace lathe::io {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kManifestBytes = 1 << 20;
constexpr const char* kOllamaModel = "application/vnd.ollama.image.model";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool isPart(const std::string& name) { // of a split model, but the first one
  const size_t of = name.rfind("-of-");
  return of != std::string::npos && of >= 6 && name.compare(of - 6, 6, "-00001") != 0 && name[of - 6] == '-';
}

/// "models--org--name" → "org/name".
std::string repositoryName(std::string folder) {
  folder.erase(0, std::char_traits<char>::length("models--"));
  if (const size_t at = folder.find("--"); at != std::string::npos)
    folder.replace(at, 2, "/");
  return folder;
}

/// The blob of the model in a manifest, as a file name; empty where it is no manifest of a model.
std::string blobOfManifest(const std::string& path) {
  const auto manifest = capture([&] { return parseJson(readFile(path, kManifestBytes)); });
  const Json* layers = manifest.ok() ? find(*manifest, "layers") : nullptr;
  if (!layers || !layers->is_array())
    return {};
  for (const Json& layer : *layers) {
    const Json* type = find(layer, "mediaType");
    const Json* digest = find(layer, "digest");
    if (!type || !digest || !digest->is_string() || *type != kOllamaModel)
      continue;
    const std::string text = digest->get<std::string>();
    const bool plain = text.size() == 71 && text.starts_with("sha256:") && text.find_first_not_of("0123456789abcdef", 7) == std::string::npos;
    return plain ? "sha256-" + text.substr(7) : std::string();
  }
  return {};
}

/// registry/namespace/name/tag → "name:tag", with what is not the usual registry and namespace in front.
std::string manifestName(const fs::path& relative) {
  std::vector<std::string> parts;
  for (const fs::path& part : relative)
    parts.push_back(part.string());
  if (parts.size() < 2)
    return relative.string();
  std::string out;
  for (size_t i = 0; i + 2 < parts.size(); ++i)
    if (parts[i] != "registry.ollama.ai" && parts[i] != "library")
      out += parts[i] + "/";
  return out + parts[parts.size() - 2] + ":" + parts.back();
}

class Scanner {
public:
  Scanner(const std::vector<ScanPlace>& places, const ScanOptions& options) : m_places(places), m_options(options) {}

  api::ModelScan run() {
    for (m_index = 0; m_index < m_places.size() && !isOver(); ++m_index) {
      const ScanPlace& place = m_places[m_index];
      m_out.places.push_back(place.folder);
      tell(place.folder);
      if (place.place == "huggingface")
        cache(place.folder);
      else if (place.place == "ollama")
        manifests(place.folder);
      else
        walk(place.folder, 0);
    }
    m_out.complete = !isOver();
    return std::move(m_out);
  }

private:
  bool isOver() const { return m_options.stop.stop_requested() || m_out.entries > m_options.limits.entries || m_out.found.size() >= m_options.limits.found; }

  void tell(const std::string& folder) const {
    if (m_options.progress)
      m_options.progress(m_out, folder, static_cast<double>(m_index) / static_cast<double>(std::max<size_t>(1, m_places.size())));
  }

  /// Names in a folder, sorted; a folder that cannot be read is noted.
  std::vector<fs::path> entriesOf(const std::string& folder) {
    std::vector<fs::path> out;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end && !isOver(); it.increment(code)) {
      out.push_back(it->path());
      ++m_out.entries;
    }
    if (code)
      m_out.problems.push_back(fmt::format("{} cannot be read: {}.", folder, code.message()));
    std::sort(out.begin(), out.end());
    return out;
  }

  static bool isRealFolder(const fs::path& path) {
    std::error_code code;
    return fs::symlink_status(path, code).type() == fs::file_type::directory;
  }

  void add(const std::string& path, const std::string& name) {
    if (!m_paths.insert(path).second)
      return;
    api::FoundModel found;
    found.place = m_places[m_index].place;
    found.path = path;
    found.name = name;
    found.kind = "base";
    const auto inspected = capture([&] { return inspectPath(path); });
    if (!inspected.ok()) {
      found.supported = false;
      found.problem = inspected.error().message;
    } else {
      const Json& json = *inspected;
      const std::string kind = stringOr(json, "kind", "");
      if ((kind != "model" && kind != "adapter" && kind != "gguf") || find(json, "contents"))
        return; // a vocabulary, a projector, something else
      found.kind = kind == "adapter" ? "adapter" : "base";
      found.architecture = stringOr(json, "architecture", "");
      found.bytes = intOr(json, "bytes", 0);
      found.supported = boolOr(json, "supported", true);
      const Json* problems = find(json, "problems");
      if (!found.supported && problems && !problems->empty() && problems->front().is_string())
        found.problem = problems->front().get<std::string>();
    }
    m_out.found.push_back(std::move(found));
    tell(path);
  }

  void addFile(const fs::path& file) {
    const std::string name = file.filename().string();
    if (name.ends_with(".gguf") && !name.starts_with("mmproj") && !isPart(name))
      add(file.string(), name);
  }

  void walk(const std::string& folder, int depth) {
    const std::vector<fs::path> entries = entriesOf(folder);
    const auto has = [&](const char* name) { return std::binary_search(entries.begin(), entries.end(), fs::path(folder) / name); };
    if (has("config.json") || has("adapter_config.json"))
      add(folder, modelDisplayName(folder));
    std::error_code code;
    for (const fs::path& entry : entries) {
      if (isOver())
        return;
      if (isRealFolder(entry)) {
        if (depth < m_options.limits.depth)
          walk(entry.string(), depth + 1);
      } else if (entry.extension() == ".gguf" && fs::is_regular_file(entry, code)) {
        addFile(entry);
      }
    }
  }

  void cache(const std::string& folder) {
    for (const fs::path& repository : entriesOf(folder)) {
      if (isOver())
        return;
      if (repository.filename().string().starts_with("models--") && isRealFolder(repository))
        if (const std::string snapshot = snapshotOf(repository); !snapshot.empty())
          walk(snapshot, m_options.limits.depth - 2);
    }
  }

  /// The one that refs/main names, else the newest; empty without any.
  std::string snapshotOf(const fs::path& repository) {
    std::error_code code;
    const auto main = capture([&] { return readFile((repository / "refs/main").string(), 1024); });
    if (main.ok()) {
      const std::string revision = main->substr(0, main->find_first_of(" \r\n"));
      if (!revision.empty() && revision.find('/') == std::string::npos && revision != ".." && isRealFolder(repository / "snapshots" / revision))
        return (repository / "snapshots" / revision).string();
    }
    std::string newest;
    fs::file_time_type time = fs::file_time_type::min();
    if (!isRealFolder(repository / "snapshots"))
      return newest;
    for (const fs::path& snapshot : entriesOf((repository / "snapshots").string()))
      if (const auto changed = fs::last_write_time(snapshot, code); isRealFolder(snapshot) && !code && (newest.empty() || changed > time)) {
        newest = snapshot.string();
        time = changed;
      }
    return newest;
  }

  void manifests(const std::string& folder) {
    if (isRealFolder(fs::path(folder) / "manifests"))
      manifestsIn(folder, fs::path(folder) / "manifests", 0);
  }

  void manifestsIn(const std::string& root, const fs::path& folder, int depth) {
    std::error_code code;
    for (const fs::path& entry : entriesOf(folder.string())) {
      if (isOver())
        return;
      if (isRealFolder(entry)) {
        if (depth < m_options.limits.depth)
          manifestsIn(root, entry, depth + 1);
        continue;
      }
      const std::string blob = blobOfManifest(entry.string());
      if (!blob.empty() && fs::is_regular_file(fs::path(root) / "blobs" / blob, code))
        add((fs::path(root) / "blobs" / blob).string(), manifestName(entry.lexically_relative(fs::path(root) / "manifests")));
    }
  }

  const std::vector<ScanPlace>& m_places;
  const ScanOptions& m_options;
  api::ModelScan m_out;
  std::set<std::string> m_paths;
  size_t m_index = 0;
};

/// The name of a blob from the manifests beside it; empty when none names it.
std::string ollamaName(const fs::path& blob) {
  const fs::path manifests = blob.parent_path().parent_path() / "manifests";
  std::error_code code;
  int seen = 0;
  for (fs::recursive_directory_iterator it(manifests, code), end; !code && it != end && ++seen < 5000; it.increment(code))
    if (it.depth() < 8 && it->is_regular_file(code) && blobOfManifest(it->path().string()) == blob.filename())
      return manifestName(it->path().lexically_relative(manifests));
  return {};
}

} // namespace

std::vector<ScanPlace> scanPlaces() {
  const std::string home = environment("HOME");
  std::vector<ScanPlace> wanted;
  const auto first = [](std::initializer_list<std::string> choices) {
    const auto found = std::find_if(choices.begin(), choices.end(), [](const std::string& one) { return !one.empty(); });
    return found == choices.end() ? std::string() : *found;
  };
  const std::string hub = environment("HF_HOME");
  wanted.push_back({"huggingface", first({environment("HF_HUB_CACHE"), environment("HUGGINGFACE_HUB_CACHE"), hub.empty() ? "" : hub + "/hub", home + "/.cache/huggingface/hub"})});
  wanted.push_back({"lmstudio", home + "/.lmstudio/models"});
  wanted.push_back({"lmstudio", home + "/.cache/lm-studio/models"});
  wanted.push_back({"ollama", first({environment("OLLAMA_MODELS"), home + "/.ollama/models"})});
  wanted.push_back({"ollama", "/usr/share/ollama/.ollama/models"});
  wanted.push_back({"llamacpp", first({environment("LLAMA_CACHE"), home + "/.cache/llama.cpp"})});
  std::vector<ScanPlace> out;
  std::set<std::string> seen;
  for (ScanPlace& place : wanted) {
    std::error_code code;
    const fs::path real = fs::canonical(place.folder, code);
    if (!code && fs::is_directory(real, code) && seen.insert(real.string()).second)
      out.push_back({place.place, real.string()});
  }
  return out;
}

api::ModelScan scanModels(const std::vector<ScanPlace>& places, const ScanOptions& options) { return Scanner(places, options).run(); }

std::string modelDisplayName(const std::string& path) {
  fs::path whole = fs::path(path).lexically_normal();
  if (!whole.has_filename())
    whole = whole.parent_path();
  const std::string name = whole.filename().string();
  if (name.starts_with("models--"))
    return repositoryName(name);
  if (whole.parent_path().filename() == "snapshots" && whole.parent_path().parent_path().filename().string().starts_with("models--"))
    return repositoryName(whole.parent_path().parent_path().filename().string());
  if (name.starts_with("sha256-") && whole.parent_path().filename() == "blobs")
    if (const std::string known = ollamaName(whole); !known.empty())
      return known;
  return name;
}

} // namespace lathe::io
