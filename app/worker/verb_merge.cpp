// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/base/files.h"
#include "core/data/vocabulary_export.h"
#include "core/quant/gguf_export.h"
#include "core/worker/device.h"
#include "core/worker/model_verbs.h"

#include <fmt/format.h>

namespace lathe::cli {
namespace {

/// Merges into a folder beside the file, writes the file from it and removes the folder again.
void mergeToGguf(worker::MergeOptions options, const std::string& type) {
  const auto mix = quant::ggufMixFromName(type);
  if (!mix)
    throw Exception(ErrorKind::Usage, fmt::format("The type {} is not known; use one of {}.", type, quant::ggufMixNames()));
  if (fileExists(options.out))
    throw Exception(ErrorKind::Conflict, fmt::format("{} is there already. Choose another name; nothing is overwritten.", options.out));
  const auto base = io::ModelFolder::open(options.model);
  quant::GgufExport gguf;
  gguf.mix = *mix;
  if (base->tokenizerFile().empty())
    fmt::print(stderr, "lathe: {} has no tokenizer, so the file gets no vocabulary; programs that chat need one.\n", options.model);
  else
    gguf.vocabulary = data::vocabularyForGguf(*base);
  const std::string out = options.out;
  options.out = out + ".merging";
  worker::mergeAdapters(options);
  const Result<int> written = capture([&] {
    for (const std::string& note : quant::exportGguf(*io::ModelFolder::open(options.out), out, gguf))
      fmt::print(stderr, "lathe: {}\n", note);
    return 0;
  });
  removeTree(options.out);
  if (!written.ok())
    throw Exception(written.error());
}

} // namespace

void addMergeVerb(CLI::App& app) {
  struct Options {
    worker::MergeOptions merge;
    ComputeOptions compute;
    std::string to = "safetensors", type = "f16";
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("merge", "Writes a model with its adapters merged into the weights.\nExample: lathe merge --model DIR --adapter runs/first/adapter --out merged");
  verb->add_option("--model", options->merge.model, "Model folder or GGUF file")->required();
  verb->add_option("--adapter", options->merge.adapters, "PEFT adapter folder; may be repeated")->required()->allow_extra_args(false);
  verb->add_option("--out", options->merge.out, "Folder (or, with --to gguf, file) to make; must not exist")->required();
  verb->add_option("--to", options->to, "safetensors or gguf")->check(CLI::IsMember({"safetensors", "gguf"}))->capture_default_str();
  verb->add_option("--type", options->type, "With --to gguf: " + quant::ggufMixNames())->capture_default_str();
  addComputeOptions(*verb, options->compute);
  verb->callback([options] {
    worker::setThreads(options->compute.threads);
    options->merge.device = options->compute.device == "auto" ? "cpu" : options->compute.device;
    options->merge.dtype = options->compute.dtype;
    if (options->to == "gguf")
      mergeToGguf(options->merge, options->type);
    else
      worker::mergeAdapters(options->merge);
    fmt::print("{}\n", options->merge.out);
  });
}

} // namespace lathe::cli
