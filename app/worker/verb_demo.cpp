// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/worker/demo.h"
#include "core/worker/device.h"

namespace lathe::cli {

void addDemoVerb(CLI::App& app) {
  struct Options {
    worker::DemoOptions demo;
    ComputeOptions compute;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("demo", "The first run in the terminal: bundled model, bundled dataset, LoRA, before and after.\nExample: lathe demo");
  verb->add_option("--steps", options->demo.steps, "Optimizer steps")->check(CLI::Range(1, 100000))->capture_default_str();
  verb->add_flag("--json", options->demo.json, "One JSON object with every answer");
  addComputeOptions(*verb, options->compute);
  verb->callback([options] {
    worker::setThreads(options->compute.threads);
    options->demo.home = options->compute.home;
    options->demo.device = options->compute.device;
    if (const int code = worker::runDemo(options->demo); code != 0)
      throw Exit{code};
  });
}

} // namespace lathe::cli
