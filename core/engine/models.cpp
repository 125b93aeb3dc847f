// SPDX-License-Identifier: Apache-2.0
#include "core/engine/models.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/io/inspect.h"

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

std::string nameOf(const std::string& path) {
  fs::path folder = path;
  if (!folder.has_filename())
    folder = folder.parent_path();
  return folder.filename().string();
}

/// Changes when files of the folder are replaced.
std::string stampOf(const std::string& path) {
  std::string stamp;
  std::error_code code;
  for (const char* file : {"", "/config.json", "/adapter_config.json", "/adapter_model.safetensors", "/model.safetensors", "/model.safetensors.index.json"}) {
    const auto time = fs::last_write_time(path + file, code);
    stamp += code ? "-" : std::to_string(time.time_since_epoch().count());
    stamp += '.';
  }
  return stamp;
}

bool isDataFile(const fs::path& path) {
  const std::string kind = (path.extension() == ".gz" ? path.stem() : path).extension().string();
  return kind == ".jsonl" || kind == ".json" || kind == ".csv" || kind == ".tsv" || kind == ".txt";
}

} // namespace

api::ModelSummary describeModel(const std::string& path) {
  api::ModelSummary m;
  m.path = path;
  m.name = nameOf(path);
  m.kind = "base";
  const auto inspected = capture([&] { return io::inspectPath(path); });
  if (!inspected.ok()) {
    m.problems.push_back(inspected.error().message);
    return m;
  }
  const Json& json = *inspected;
  if (textOf(json, "kind") == "adapter")
    m.kind = "adapter";
  else if (textOf(json, "kind") != "model" && textOf(json, "kind") != "gguf")
    m.problems.push_back("This is neither a model folder nor a GGUF file.");
  m.architecture = textOf(json, "architecture");
  m.base = textOf(json, "base");
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
  const std::string stamp = stampOf(path);
  auto& [known, summary] = m_known[path];
  if (known != stamp) {
    summary = describeModel(path);
    known = stamp;
  }
  return summary;
}

void Models::list(const rpc::Reply& reply) {
  const auto results = m_runs.results();
  m_context.fetch<std::vector<std::string>>([](store::Store& s) { return s.models(); }, [this, results, reply](Result<std::vector<std::string>> added) {
    if (!added.ok()) {
      reply(added.error());
      return;
    }
    m_compute.post("", [this, results, reply, paths = *added](std::stop_token) {
      reply(capture([&] {
        std::vector<api::ModelSummary> out;
        const std::string bundled = resourcesFolder() + "/models";
        if (isDirectory(bundled))
          for (const std::string& name : listDirectory(bundled))
            if (fileExists(bundled + "/" + name + "/config.json")) {
              out.push_back(describe(bundled + "/" + name));
              out.back().bundled = true;
            }
        for (const std::string& path : paths)
          out.push_back(describe(path));
        for (const Runs::ResultFolder& result : results) {
          api::ModelSummary m = describe(result.path);
          m.name = result.name;
          m.kind = result.base.empty() ? "merged" : "adapter";
          m.base = result.base;
          out.push_back(std::move(m));
        }
        return Json{{"models", api::encode(out)}};
      }));
    });
  });
}

void Models::addMethods(rpc::MethodTable& table) {
  table.addAsync(method::kModelsList, [this](const Json&, const rpc::Reply& reply) { list(reply); });
  table.addAsync(method::kModelsAdd, [this](const Json& p, const rpc::Reply& reply) {
    const std::string path = absolutePath(stringOr(p, "path", ""));
    m_compute.post("", [this, path, reply](std::stop_token) {
      const auto summary = capture([&] {
        io::inspectPath(path); // NotFound or the refusal of a broken file
        return describe(path);
      });
      if (!summary.ok() || (!summary->supported && summary->parameters == 0)) {
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
  });
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
}

} // namespace lathe::engine
