// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/base/paths.h"
#include "core/base/processes.h"
#include "core/monitor/host.h"
#include "core/plan/device_rates.h"
#include "core/worker/bench.h"
#include "core/worker/device.h"

#include <fmt/format.h>

namespace lathe::cli {
namespace {

/// GEMM rate and training rate at two widths, kept for `lathe plan` and the window's predictions.
Json benchDevice(worker::BenchOptions options, const std::string& home) {
  options.what = "gemm";
  Json out = worker::runBench(options);
  out["what"] = "device";
  const bool cpu = out["device"] == "cpu";
  const std::string device = cpu ? "CPU" : out["device"].get<std::string>();
  const std::string name = cpu ? fmt::format("{}, {} threads", monitor::processorName(), monitor::processorCount()) : device;
  out["training"] = Json::array();
  for (const char* shape : {"1m", "7m"}) {
    options.what = "train";
    options.shape = shape;
    const Json result = worker::runBench(options);
    const plan::RatePoint point{worker::benchShape(shape).hiddenSize, result["gflops"].get<double>(), "bench device", wallClock()};
    plan::saveRate(home, device, name, point);
    out["training"].push_back({{"shape", shape}, {"hidden", point.hidden}, {"gflops", point.gflops}, {"tokens_per_s", result["tokens_per_s"]}, {"share_of_peak", result["share_of_peak"]}});
  }
  return out;
}

void addDataOptions(CLI::App& verb, worker::BenchOptions& b) {
  verb.add_option("--data", b.data, "data: files whose reading is measured; train, attention, packing: data files; their rows are packed as in a run, and equally long sequences are measured beside them");
  verb.add_option("--tokenizer", b.tokenizer, "with --data: a folder with a tokenizer (and a chat template), or a tokenizer file");
  verb.add_option("--supervise", b.supervise, "with --data: assistant, completion or all; with all both sides compute the same head")
      ->check(CLI::IsMember({"assistant", "completion", "all"}))
      ->capture_default_str();
  verb.add_option("--tokens-per-step", b.tokensPerStep, "with --data: at most so many tokens a batch; each batch is a step")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  verb.add_option("--rows-per-step", b.rowsPerStep, "with --data: rows a batch; 0: as many as fit")->check(CLI::Range(0, 1 << 20))->capture_default_str();
  verb.add_option("--batches", b.batches, "with --data: batches of a pass; the first pass builds the plans")->check(CLI::Range(1, 1000000))->capture_default_str();
  verb.add_option("--passes", b.passes, "train with --data: passes over the batches, the first included")->check(CLI::Range(2, 1000))->capture_default_str();
}

} // namespace

void addBenchVerb(CLI::App& app) {
  struct Options {
    worker::BenchOptions bench;
    ComputeOptions compute;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("bench", "Measure with random weights in a given shape.\nExample: lathe bench train --shape 7m --sequences 4 --length 256 --json");
  worker::BenchOptions& b = options->bench;
  verb->add_option("what", b.what, "train, attention and packing (of --data), data (reading --data), decode, prefill, load, gemm, tokenizer (of --data), or device (measures once and keeps the rates for predictions)")
      ->required()
      ->check(CLI::IsMember({"train", "attention", "packing", "data", "decode", "prefill", "load", "gemm", "tokenizer", "device"}));
  verb->add_option("--shape", b.shape, "8b, 1b, 7m, 1m, a model folder or a config.json")->capture_default_str();
  verb->add_option("--sequences", b.sequences, "train: sequences per step")->capture_default_str();
  verb->add_option("--length", b.length, "train: tokens per sequence")->capture_default_str();
  verb->add_option("--method", b.method, "train: lora or full")->check(CLI::IsMember({"lora", "full"}))->capture_default_str();
  verb->add_option("--rank", b.rank, "train: LoRA rank on all linear layers")->capture_default_str();
  verb->add_flag("--recompute", b.recompute, "train: compute every layer again in the backward pass");
  verb->add_flag("--offload", b.offload, "train: --recompute, and on a GPU the layers' inputs wait in the computer's memory");
  verb->add_flag("--split", b.split, "train, on a GPU: the adapter's products in passes of their own instead of beside the weights");
  addDataOptions(*verb, b);
  verb->add_option("--prompt", b.prompt, "decode, prefill: prompt tokens")->capture_default_str();
  verb->add_option("--tokens", b.tokens, "decode: tokens to make")->capture_default_str();
  verb->add_option("--repeats", b.repeats, "Measured repeats; the median counts")->check(CLI::Range(1, 1000))->capture_default_str();
  verb->add_flag("--json", options->json, "One JSON object");
  addComputeOptions(*verb, options->compute);
  verb->callback([options] {
    worker::setThreads(options->compute.threads);
    options->bench.device = options->compute.device;
    options->bench.progress = [](const std::string& what) { fmt::print(stderr, "{}\n", what); };
    options->bench.dtype = options->compute.dtype;
    const Json result = options->bench.what == "device" ? benchDevice(options->bench, homeFolder(options->compute.home)) : worker::runBench(options->bench);
    if (options->json) {
      fmt::print("{}\n", dumpJson(result));
      return;
    }
    for (const auto& [key, value] : result.items())
      fmt::print("{:<22} {}\n", key, value.is_number_float() ? fmt::format("{:.4g}", value.get<double>()) : value.is_string() ? value.get<std::string>() : dumpJson(value));
  });
}

} // namespace lathe::cli
