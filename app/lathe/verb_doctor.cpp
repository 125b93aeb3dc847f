// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/engine/log_bundle.h"
#include "core/monitor/doctor.h"

#include <fmt/format.h>

namespace lathe::cli {
namespace {

/// What is in it is said before it is written; `list`: said and nothing else.
void bundle(const std::string& home, const std::string& path, bool list, bool json) {
  const auto files = engine::collectBundle(home);
  Json parts = Json::array();
  for (const auto& file : files) {
    parts.push_back({{"name", file.name}, {"bytes", file.content.size()}, {"what", file.what}});
    if (!json && path != "-")
      fmt::print("{:<72} {:>9}  {}\n", file.name, formatBytes(file.content.size()), file.what);
  }
  if (path == "-") {
    const std::string archive = engine::bundleArchive(files);
    std::fwrite(archive.data(), 1, archive.size(), stdout);
    return;
  }
  Json answer = {{"files", parts}};
  if (!list) {
    const uint64_t bytes = engine::writeBundle(files, absolutePath(path));
    answer["path"] = absolutePath(path);
    answer["bytes"] = bytes;
    if (!json)
      fmt::print("Wrote {} ({}). Home paths, the login name, tokens, keys and prompts are removed; look through it before you pass it on.\n", path, formatBytes(bytes));
  }
  if (json)
    fmt::print("{}\n", dumpJson(answer));
}

} // namespace

void addDoctorVerb(CLI::App& app) {
  struct Options {
    std::string home, bundle;
    bool json = false, list = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("doctor", "Hardware, driver, libraries, disk; what is missing and the command that fixes it.\nExample: lathe doctor --json");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  auto* file = verb->add_option("--bundle", options->bundle, "Write doctor report, logs and recent specifications into FILE.tar.gz (- : standard output), without secrets");
  verb->add_flag("--bundle-list", options->list, "Only say what such a bundle would hold")->excludes(file);
  verb->callback([options] {
    if (options->list || !options->bundle.empty())
      return bundle(homeFolder(options->home), options->bundle, options->list, options->json);
    const Json report = monitor::doctorReport(homeFolder(options->home));
    fmt::print("{}{}", options->json ? dumpJson(report) : monitor::doctorText(report), options->json ? "\n" : "");
    if (stringOr(report, "status", "ok") == "fail")
      throw Exit{1};
  });
}

} // namespace lathe::cli
