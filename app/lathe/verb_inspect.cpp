// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/json.h"
#include "core/io/inspect.h"

#include <fmt/format.h>

namespace lathe::cli {

void addInspectVerb(CLI::App& app) {
  struct Options {
    std::string path;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("inspect", "What a path is: model folder, adapter, tokenizer, dataset, checkpoint. Never loads weights.\nExample: lathe inspect ./my-model");
  verb->add_option("path", options->path, "File or folder")->required();
  verb->add_flag("--json", options->json, "One JSON object");
  verb->callback([options] {
    const Json report = io::inspectPath(options->path);
    fmt::print("{}\n", options->json ? dumpJson(report) : io::inspectText(report));
  });
}

} // namespace lathe::cli
