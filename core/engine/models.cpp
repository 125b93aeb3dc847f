// SPDX-License-Identifier: Apache-2.0
#include "core/engine/models.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/engine/models_internal.h"
#include "core/io/inspect.h"
#include "core/io/model_scan.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace lathe::engine {
namespace fs = std::filesystem;
namespace method = api::method;
namespace {

constexpr size_t kEntries = 5000;

std::string textOf(const Json& json, const char* key) {
  const Json* value = find(json, key);
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

int64_t numberOf(const Json& json, const char* key) {
  const Json* value = find(json, key);
  return value && value->is_number_integer() ? value->get<int64_t>() : 0;
}

std::string mainType(const Json& inspected) {
  const Json* types = find(inspected, "bytes_by_dtype");
  std::string best;
  int64_t most = -1;
  if (types && types->is_object())
    for (const auto& [name, bytes] : types->items())
      if (bytes.is_number_integer() && bytes.get<int64_t>() > most) {
        most = bytes.get<int64_t>();
        best = name;
      }
  return best;
}

/// What a conversion of this engine noted of its result.
void takeMade(const Json& made, api::ModelSummary& m) {
  const Json* note = find(made, m.path);
  if (!note)
    return;
  m.base = textOf(*note, "from");
  m.how = textOf(*note, "how");
  if (m.kind == "base")
    m.kind = "merged";
}

api::ModelSummary resultModel(api::ModelSummary m, const Runs::ResultFolder& result) {
  m.name = result.name;
  m.kind = result.adapter ? "adapter" : "merged";
  m.base = result.base;
  m.origin = "run";
  m.how = result.method;
  return m;
}

std::string lastPart(const std::string& path) { return fs::path(path).filename().string(); }

bool isDataFile(const fs::path& path) {
  const bool packed = path.extension() == ".gz" || path.extension() == ".zst";
  const std::string kind = (packed ? path.stem() : path).extension().string();
  return kind == ".jsonl" || kind == ".json" || kind == ".csv" || kind == ".tsv" || kind == ".txt" || kind == ".parquet";
}

} // namespace

api::ModelSummary describeModel(const std::string& path) {
  api::ModelSummary m;
  m.path = path;
  m.name = io::modelDisplayName(path);
  m.kind = "base";
  if (!fileExists(path) && !isDirectory(path)) {
    m.missing = true;
    m.supported = false;
    m.problems.push_back(fmt::format("Nothing is at {} any more. Bring it back (a disk that is not connected?), or remove it from the list.", path));
    return m;
  }
  const auto inspected = capture([&] { return io::inspectPath(path); });
  if (!inspected.ok()) {
    m.problems.push_back(inspected.error().message);
    m.supported = false;
    return m;
  }
  const Json& json = *inspected;
  if (textOf(json, "kind") == "adapter")
    m.kind = "adapter";
  else if (textOf(json, "kind") != "model" && textOf(json, "kind") != "gguf")
    m.problems.push_back("This is neither a model folder nor a GGUF file.");
  m.architecture = textOf(json, "architecture");
  m.base = textOf(json, "base_model");
  m.parameters = numberOf(json, "parameters");
  m.bytes = numberOf(json, "bytes");
  m.layers = numberOf(json, "layers");
  m.hiddenSize = numberOf(json, "hidden_size");
  m.context = numberOf(json, "context");
  m.vocab = numberOf(json, "vocab");
  m.dtype = mainType(json);
  const Json* supported = find(json, "supported");
  m.supported = m.problems.empty() && (!supported || !supported->is_boolean() || supported->get<bool>());
  const Json* chatTemplate = find(json, "template");
  const Json* present = chatTemplate ? find(*chatTemplate, "present") : nullptr;
  m.hasTemplate = present && present->is_boolean() && present->get<bool>();
  if (const Json* problems = find(json, "problems"); problems && problems->is_array())
    for (const Json& problem : *problems)
      m.problems.push_back(problem.is_string() ? problem.get<std::string>() : dumpJson(problem));
  return m;
}

void resolveBases(std::vector<api::ModelSummary>& models) {
  std::map<std::string, std::string> byPath, byName;
  for (const api::ModelSummary& m : models)
    if (m.kind != "adapter") {
      byPath.emplace(m.path, m.path);
      const auto [it, fresh] = byName.emplace(lastPart(m.name), m.path);
      if (!fresh)
        it->second.clear(); // two of that name: nobody knows which
      byName.emplace(m.name, m.path);
    }
  for (api::ModelSummary& m : models) {
    if (m.base.empty())
      continue;
    const std::string wanted = m.base.ends_with('/') ? m.base.substr(0, m.base.size() - 1) : m.base;
    std::string found;
    if (const auto path = byPath.find(wanted); path != byPath.end())
      found = path->second;
    else if (const auto name = byName.find(wanted); name != byName.end() && !name->second.empty())
      found = name->second;
    else if (const auto last = byName.find(lastPart(wanted)); last != byName.end())
      found = last->second;
    if (!found.empty() && found != m.path)
      m.base = found;
    else if (m.kind == "adapter" && m.supported && !isDirectory(wanted) && !fileExists(wanted)) {
      m.supported = false;
      m.problems.push_back(fmt::format("Its base model {} is not in the list. Add the folder of that model.", m.base));
    }
  }
}

Json listFolder(const std::string& asked) {
  const char* home = std::getenv("HOME");
  const std::string path = absolutePath(asked.empty() || asked == "~" ? (home ? home : "/") : asked.starts_with("~/") && home ? home + asked.substr(1) : asked);
  if (!isDirectory(path))
    throw Exception(ErrorKind::NotFound, fmt::format("There is no folder {}.", path));
  std::vector<Json> folders, files;
  for (const std::string& name : listDirectory(path)) {
    if (name.starts_with(".") || folders.size() + files.size() >= kEntries)
      continue;
    const fs::path full = fs::path(path) / name;
    std::error_code code;
    const bool folder = fs::is_directory(full, code);
    const auto bytes = !folder && fs::is_regular_file(full, code) ? fs::file_size(full, code) : 0;
    std::string kind = folder ? "folder" : isDataFile(full) ? "data" : "file";
    if ((folder && fileExists(full.string() + "/config.json")) || (!folder && full.extension() == ".gguf"))
      kind = "model";
    else if (folder && fileExists(full.string() + "/adapter_config.json"))
      kind = "adapter";
    (folder ? folders : files).push_back({{"name", name}, {"folder", folder}, {"bytes", code ? 0 : static_cast<int64_t>(bytes)}, {"kind", kind}});
  }
  Json entries = Json::array();
  for (auto* list : {&folders, &files})
    for (Json& entry : *list)
      entries.push_back(std::move(entry));
  return {{"path", path}, {"entries", entries}};
}

api::ModelSummary Models::describe(const std::string& path) {
  const std::string stamp = modelStamp(path);
  auto& [known, summary] = m_known[path];
  if (known != stamp) {
    summary = describeModel(path);
    known = stamp;
  }
  return summary;
}

std::vector<api::ModelSummary> Models::bundledModels() {
  std::vector<api::ModelSummary> out;
  const std::string bundled = resourcesFolder() + "/models";
  if (isDirectory(bundled))
    for (const std::string& name : listDirectory(bundled))
      if (fileExists(bundled + "/" + name + "/config.json")) {
        out.push_back(describe(bundled + "/" + name));
        out.back().bundled = true;
        out.back().origin = "bundled";
      }
  return out;
}

void Models::list(const rpc::Reply& reply) {
  struct Stored {
    std::vector<std::string> paths;
    Json made;
  };
  const auto results = m_runs.results();
  const auto read = [](store::Store& s) {
    auto settings = s.settings();
    return Stored{s.models(), settings[kMadeKey]};
  };
  m_context.fetch<Stored>(read, [this, results, reply](Result<Stored> stored) {
    if (!stored.ok()) {
      reply(stored.error());
      return;
    }
    m_compute.post("", [this, results, reply, stored = *stored](std::stop_token) {
      reply(capture([&] {
        std::vector<api::ModelSummary> out = bundledModels();
        for (const std::string& path : stored.paths) {
          out.push_back(describe(path));
          out.back().origin = "added";
          takeMade(stored.made, out.back());
        }
        for (const Runs::ResultFolder& result : results)
          out.push_back(resultModel(describe(result.path), result));
        resolveBases(out);
        return Json{{"models", api::encode(out)}};
      }));
    });
  });
}

void Models::add(const Json& p, const rpc::Reply& reply) {
  const std::string path = absolutePath(stringOr(p, "path", ""));
  m_compute.post("", [this, path, reply, unseen = boolOr(p, "even_missing", false)](std::stop_token) {
    const auto summary = capture([&] {
      if (!unseen)
        io::inspectPath(path); // NotFound or the refusal of a broken file
      return describe(path);
    });
    if (!summary.ok() || (!unseen && !summary->supported && summary->parameters == 0)) {
      reply(summary.ok() ? Error{ErrorKind::Refused, fmt::format("{} holds no model: {}", path, summary->problems.empty() ? "it is of another kind." : summary->problems[0]), {}, "REJ:MODEL"}
                         : summary.error());
      return;
    }
    m_context.ask([this, path, summary](store::Store& s) -> Json {
      s.addModel(path, wallClock());
      m_context.events.append("models", "", Json::object());
      return api::encode(*summary);
    }, reply);
  });
}

void Models::addMethods(rpc::MethodTable& table) {
  table.addAsync(method::kModelsList, [this](const Json&, const rpc::Reply& reply) { list(reply); });
  table.addAsync(method::kModelsAdd, [this](const Json& p, const rpc::Reply& reply) { add(p, reply); });
  table.addAsync(method::kModelsRemove, [this](const Json& p, const rpc::Reply& reply) {
    m_context.ask([this, path = absolutePath(stringOr(p, "path", ""))](store::Store& s) -> Json {
      s.removeModel(path);
      m_context.events.append("models", "", Json::object());
      return Json::object();
    }, reply);
  });
  table.addAsync(method::kInspect, [this](const Json& p, const rpc::Reply& reply) {
    m_compute.post("", [path = absolutePath(stringOr(p, "path", "")), reply](std::stop_token) { reply(capture([&] { return io::inspectPath(path); })); });
  });
  table.addAsync(method::kFsList, [this](const Json& p, const rpc::Reply& reply) {
    m_compute.post("", [path = stringOr(p, "path", ""), reply](std::stop_token) { reply(capture([&] { return listFolder(path); })); });
  });
  addDetailMethods(table);
  addWorkMethods(table);
}

} // namespace lathe::engine
