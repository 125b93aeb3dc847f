// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/worker/bench.h"
#include "core/worker/device.h"

#include <fmt/format.h>

namespace lathe::cli {

void addBenchVerb(CLI::App& app) {
  struct Options {
    worker::BenchOptions bench;
    ComputeOptions compute;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("bench", "Measure with random weights in a given shape.\nExample: lathe bench train --shape 7m --sequences 4 --length 256 --json");
  worker::BenchOptions& b = options->bench;
  verb->add_option("what", b.what, "train, decode, load or gemm")->required()->check(CLI::IsMember({"train", "decode", "load", "gemm"}));
  verb->add_option("--shape", b.shape, "8b, 1b, 7m, 1m, a model folder or a config.json")->capture_default_str();
  verb->add_option("--sequences", b.sequences, "train: sequences per step")->capture_default_str();
  verb->add_option("--length", b.length, "train: tokens per sequence")->capture_default_str();
  verb->add_option("--method", b.method, "train: lora or full")->check(CLI::IsMember({"lora", "full"}))->capture_default_str();
  verb->add_option("--rank", b.rank, "train: LoRA rank on all linear layers")->capture_default_str();
  verb->add_flag("--recompute", b.recompute, "train: compute every layer again in the backward pass");
  verb->add_option("--prompt", b.prompt, "decode: prompt tokens")->capture_default_str();
  verb->add_option("--tokens", b.tokens, "decode: tokens to make")->capture_default_str();
  verb->add_option("--repeats", b.repeats, "Measured repeats; the median counts")->check(CLI::Range(1, 1000))->capture_default_str();
  verb->add_flag("--json", options->json, "One JSON object");
  addComputeOptions(*verb, options->compute);
  verb->callback([options] {
    worker::setThreads(options->compute.threads);
    options->bench.device = options->compute.device;
    options->bench.dtype = options->compute.dtype;
    const Json result = worker::runBench(options->bench);
    if (options->json) {
      fmt::print("{}\n", dumpJson(result));
      return;
    }
    for (const auto& [key, value] : result.items())
      fmt::print("{:<22} {}\n", key, value.is_number_float() ? fmt::format("{:.4g}", value.get<double>()) : value.is_string() ? value.get<std::string>() : dumpJson(value));
  });
}

} // namespace lathe::cli
