// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

#include "core/worker/device.h"
#include "core/worker/model_verbs.h"

namespace lathe::cli {

void addLogitsVerb(CLI::App& app) {
  struct Options {
    worker::LogitsOptions logits;
    ComputeOptions compute;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("logits", "Writes the logits and losses of token sequences.\nExample: lathe logits --model DIR --tokens in.safetensors --out out.safetensors");
  verb->add_option("--model", options->logits.model, "Model folder or GGUF file")->required();
  verb->add_option("--adapter", options->logits.adapters, "PEFT adapter folder; may be repeated")->allow_extra_args(false);
  verb->add_option("--tokens", options->logits.tokens, "Safetensors with input_ids [T] and cu_seqlens [n+1]")->required();
  verb->add_option("--out", options->logits.out, "Safetensors to write: logits [T, vocab], loss [n]")->required();
  verb->add_flag("--hidden", options->logits.hidden, "Also hidden.{i} [T, hidden]: 0 = embeddings, i = after layer i, last = after the final norm");
  addComputeOptions(*verb, options->compute);
  verb->callback([options] {
    worker::setThreads(options->compute.threads);
    options->logits.device = options->compute.device;
    options->logits.dtype = options->compute.dtype;
    worker::writeLogits(options->logits);
  });
}

} // namespace lathe::cli
