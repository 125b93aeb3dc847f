// SPDX-License-Identifier: Apache-2.0
// The list of models that the window shows, and the search for models of other programs.
#include "app/lathe/verbs.h"

#include "core/api/protocol.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/engine/daemon.h"
#include "core/io/model_scan.h"

#include <fmt/format.h>

#include <algorithm>

#include <unistd.h>

namespace lathe::cli {
namespace {

namespace method = api::method;

struct ModelsOptions {
  std::string home;
  std::vector<std::string> paths;
  bool json = false, add = false;
};

std::string stateOf(const api::ModelSummary& m) { return m.missing ? "missing" : !m.supported ? "not usable" : m.problems.empty() ? "ready" : "with remarks"; }

std::string kindOf(const api::ModelSummary& m) { return m.kind == "merged" ? (m.origin == "run" ? "trained" : "converted") : m.kind; }

/// A model, then what was made from it, further to the right.
void printBelow(const std::vector<api::ModelSummary>& models, const std::string& base, int depth) {
  for (const api::ModelSummary& m : models) {
    const bool known = std::any_of(models.begin(), models.end(), [&](const auto& other) { return other.path == m.base && other.path != m.path; });
    if (depth == 0 ? known : !known || m.base != base)
      continue;
    fmt::print("{:<44} {:<10} {:<13} {:>10}  {:<8} {}\n", std::string(static_cast<size_t>(2 * depth), ' ') + m.name, kindOf(m), stateOf(m), formatBytes(static_cast<uint64_t>(m.bytes)), m.dtype, m.path);
    if (depth < 8) // two that claim to be made from each other would go on for ever
      printBelow(models, m.path, depth + 1);
  }
}

void listModels(const ModelsOptions& options) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  const Json answer = engine.call(method::kModelsList);
  if (options.json) {
    fmt::print("{}\n", dumpJson(answer));
    return;
  }
  std::vector<api::ModelSummary> models;
  for (const Json& model : answer.at("models"))
    models.push_back(api::decode<api::ModelSummary>(model));
  fmt::print("{:<44} {:<10} {:<13} {:>10}  {:<8} {}\n", "MODEL", "KIND", "STATE", "SIZE", "TYPE", "PATH");
  printBelow(models, "", 0);
}

void changeModels(const ModelsOptions& options, const char* name, const char* done) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  Json all = Json::array();
  for (const std::string& path : options.paths) {
    all.push_back(engine.call(name, {{"path", absolutePath(path)}}));
    if (!options.json)
      fmt::print("{} {}\n", absolutePath(path), done);
  }
  if (options.json)
    fmt::print("{}\n", dumpJson(Json{{"models", all}}));
}

void addFound(const ModelsOptions& options, const api::ModelScan& scan) {
  auto engine = engine::connectEngine(homeFolder(options.home));
  int added = 0;
  for (const api::FoundModel& found : scan.found)
    if (found.supported && capture([&] { return engine.call(method::kModelsAdd, {{"path", found.path}}); }).ok())
      ++added;
  fmt::print(stderr, "{} of {} are in the list now.\n", added, scan.found.size());
}

void scan(const ModelsOptions& options) {
  io::ScanOptions scanOptions;
  if (::isatty(STDERR_FILENO) != 0)
    scanOptions.progress = [](const api::ModelScan& soFar, const std::string& folder, double) { fmt::print(stderr, "\r\x1b[K{} found, {}", soFar.found.size(), folder.substr(0, 60)); };
  const api::ModelScan result = io::scanModels(io::scanPlaces(), scanOptions);
  if (scanOptions.progress)
    fmt::print(stderr, "\r\x1b[K");
  if (options.json)
    fmt::print("{}\n", dumpJson(api::encode(result)));
  else
    for (const api::FoundModel& found : result.found)
      fmt::print("{:<12} {:<44} {:>10}  {}{}\n", found.place, found.name, formatBytes(static_cast<uint64_t>(found.bytes)), found.path, found.supported ? "" : "  not usable: " + found.problem);
  for (const std::string& problem : result.problems)
    fmt::print(stderr, "lathe: {}\n", problem);
  if (!result.complete)
    fmt::print(stderr, "lathe: There were too many files; there may be more models.\n");
  if (options.add)
    addFound(options, result);
  else if (!options.json)
    fmt::print(stderr, "{} found in {} folders. `lathe models add PATH` puts one into the list, `lathe models scan --add` all that are usable.\n", result.found.size(), result.places.size());
}

} // namespace

void addModelsVerb(CLI::App& app) {
  auto options = std::make_shared<ModelsOptions>();
  CLI::App* verb = app.add_subcommand("models", "The list of models, and models that other programs keep on this computer.\nExample: lathe models scan");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  verb->require_subcommand(0, 1);
  verb->fallthrough();
  CLI::App* list = verb->add_subcommand("list", "Base models, each with the adapters and copies made from it\nExample: lathe models list");
  CLI::App* add = verb->add_subcommand("add", "Puts model folders, adapters or GGUF files into the list; files stay where they are\nExample: lathe models add ./my-model");
  CLI::App* remove = verb->add_subcommand("remove", "Takes them out of the list; files stay where they are\nExample: lathe models remove ./my-model");
  for (CLI::App* sub : {add, remove})
    sub->add_option("path", options->paths, "Model folder, adapter folder or GGUF file")->required();
  CLI::App* search = verb->add_subcommand("scan", "Looks through the caches of Hugging Face, LM Studio, Ollama and llama.cpp\nExample: lathe models scan --add");
  search->add_flag("--add", options->add, "Put every usable one into the list");
  add->callback([options] { changeModels(*options, method::kModelsAdd, "added"); });
  remove->callback([options] { changeModels(*options, method::kModelsRemove, "removed from the list"); });
  search->callback([options] { scan(*options); });
  verb->callback([options, verb, list] {
    if (list->parsed() || verb->get_subcommands().empty())
      listModels(*options);
  });
}

} // namespace lathe::cli
