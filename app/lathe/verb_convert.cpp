// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/json.h"
#include "core/base/text_format.h"
#include "core/data/tokenizer_export.h"
#include "core/data/vocabulary_export.h"
#include "core/quant/folder_export.h"
#include "core/quant/gguf_export.h"

#include <fmt/format.h>

#include <filesystem>

#include <unistd.h>

namespace lathe::cli {
namespace {

struct ConvertOptions {
  std::string model, adapter, to, type, out;
  bool json = false, withoutTokenizer = false;
};

/// One line that is written over, on a terminal only.
std::function<void(uint64_t, uint64_t)> progressLine() {
  if (::isatty(STDERR_FILENO) == 0)
    return {};
  return [last = -1](uint64_t done, uint64_t total) mutable {
    const int percent = total ? static_cast<int>(100 * done / total) : 100;
    if (percent != last)
      fmt::print(stderr, "\r{} of {} ({} %){}", formatBytes(done), formatBytes(total), percent, done == total ? "\n" : "");
    last = percent;
  };
}

io::DType folderType(const std::string& name) {
  if (name == "f32" || name == "float32")
    return io::DType::F32;
  if (name == "f16" || name == "float16")
    return io::DType::F16;
  if (name.empty() || name == "bf16" || name == "bfloat16")
    return io::DType::BF16;
  throw Exception(ErrorKind::Usage, fmt::format("A model folder can be written as f32, f16 or bf16, not {}.", name));
}

std::vector<std::string> convert(const ConvertOptions& o) {
  const bool gguf = o.to == "gguf" || (o.to.empty() && o.out.ends_with(".gguf"));
  if (!o.adapter.empty()) {
    if (!gguf)
      throw Exception(ErrorKind::Usage, "An adapter is converted to GGUF only; `lathe merge` makes a model folder with it.");
    quant::exportLoraGguf(io::AdapterFiles::open(o.adapter), io::readModelConfig(o.model), o.out);
    return {};
  }
  const auto folder = io::ModelFolder::open(o.model);
  if (!gguf) {
    quant::FolderExport options;
    options.dtype = folderType(o.type);
    options.progress = progressLine();
    options.writeTokenizer = data::tryWriteTokenizerOfGguf;
    return quant::exportFolder(*folder, o.out, options);
  }
  quant::GgufExport options;
  const auto mix = quant::ggufMixFromName(o.type.empty() ? "f16" : o.type);
  if (!mix)
    throw Exception(ErrorKind::Usage, fmt::format("The type {} is not known; use one of {}.", o.type, quant::ggufMixNames()));
  options.mix = *mix;
  if (!o.withoutTokenizer)
    options.vocabulary = data::vocabularyForGguf(*folder);
  options.name = std::filesystem::path(folder->path()).filename().string();
  options.progress = progressLine();
  return quant::exportGguf(*folder, o.out, options);
}

} // namespace

void addConvertVerb(CLI::App& app) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* verb = app.add_subcommand("convert", "Writes a model in another format or number type, or an adapter as GGUF.\nExample: lathe convert --model DIR --to gguf --type q4_k_m --out model.gguf");
  verb->add_option("--model", options->model, "Model folder or GGUF file; with --adapter its base model")->required();
  verb->add_option("--adapter", options->adapter, "PEFT adapter folder to write as LoRA-GGUF");
  verb->add_option("--to", options->to, "gguf or safetensors (by default after the suffix of --out)")->check(CLI::IsMember({"gguf", "safetensors"}));
  verb->add_option("--type", options->type, "gguf: " + quant::ggufMixNames() + " (default f16); safetensors: f32, f16, bf16 (default bf16)");
  verb->add_option("--out", options->out, "File (gguf) or new folder (safetensors)")->required();
  verb->add_flag("--no-tokenizer", options->withoutTokenizer, "gguf: leave the vocabulary out");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->callback([options] {
    const std::vector<std::string> notes = convert(*options);
    if (options->json)
      fmt::print("{}\n", dumpJson(Json{{"out", options->out}, {"notes", notes}}));
    else
      fmt::print("{}\n", options->out);
    for (const std::string& note : notes)
      fmt::print(stderr, "lathe: {}\n", note);
  });
}

} // namespace lathe::cli
