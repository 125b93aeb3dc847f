// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/worker/device.h"
#include "core/worker/model_verbs.h"

#include <fmt/format.h>

namespace lathe::cli {

void addMergeVerb(CLI::App& app) {
  struct Options {
    worker::MergeOptions merge;
    ComputeOptions compute;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("merge", "Writes a model with its adapters merged into the weights.\nExample: lathe merge --model DIR --adapter runs/first/adapter --out merged");
  verb->add_option("--model", options->merge.model, "Model folder")->required();
  verb->add_option("--adapter", options->merge.adapters, "PEFT adapter folder; may be repeated")->required()->allow_extra_args(false);
  verb->add_option("--out", options->merge.out, "Folder to make; must not exist")->required();
  addComputeOptions(*verb, options->compute);
  verb->callback([options] {
    worker::setThreads(options->compute.threads);
    options->merge.device = options->compute.device == "auto" ? "cpu" : options->compute.device;
    options->merge.dtype = options->compute.dtype;
    worker::mergeAdapters(options->merge);
    fmt::print("{}\n", options->merge.out);
  });
}

} // namespace lathe::cli
