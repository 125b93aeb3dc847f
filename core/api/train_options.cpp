// SPDX-License-Identifier: Apache-2.0
// The option table: the one description of every field of a training specification.
#include "core/api/train_spec.h"

namespace lathe::api {
namespace {

using enum OptionType;

// path, type, title, help, effect, default, min, max, choices, simple, nullable, unit
const std::vector<TrainOption>& table() {
  static const std::vector<TrainOption> options = {
      {"name", Text, "Name", "Shown in the list of runs.", "Nothing in the computation.", "\"\"", 0, 0, {}, true, false, ""},
      {"model.path", Path, "Base model", "A Hugging Face model folder.", "Its size sets memory and speed.", "\"\"", 0, 0, {}, true, false, ""},
      {"model.dtype", Choice, "Compute in", "Number format of weights and activations.",
       "bfloat16 halves the memory of float32; on a CPU float32 is usually faster.", "\"auto\"", 0, 0, {"auto", "float32", "bfloat16"}, false, false, ""},
      {"model.config", Path, "Configuration", "From scratch: the config.json that gives the new model its shape.", "Leave empty to go on from a model.", "\"\"", 0, 0, {}, false, false, ""},
      {"model.init", Choice, "Initial weights", "From scratch: \"random\" draws them from the configuration's initializer_range.", "Only together with a configuration.", "\"\"", 0, 0, {"", "random"}, false, false, ""},
      {"model.tokenizer", Path, "Tokenizer", "From scratch: folder or tokenizer.json to use.", "Its vocabulary must fit the configuration.", "\"\"", 0, 0, {}, false, false, ""},
      {"model.quantization", Object, "Quantization", "Weight format during training; null keeps the model's own.", "This version trains unquantized weights only.", "null", 0, 0, {}, false, true, ""},
      {"method.type", Choice, "Method", "LoRA trains small adapters, full trains every weight.", "Full needs about 16 bytes a parameter; LoRA a few percent of that.", "\"lora\"", 0, 0, {"lora", "full"}, true, false, ""},
      {"method.r", Integer, "Rank", "Inner dimension of each adapter.", "Doubling it doubles adapter memory and adds a little time.", "16", 1, 1024, {}, true, false, ""},
      {"method.alpha", Number, "Alpha", "Adapters are scaled by alpha / rank.", "Acts like a learning rate for the adapter.", "32", 0, 1e6, {}, false, false, ""},
      {"method.dropout", Number, "Dropout", "Share of adapter inputs set to zero during training.", "0.05–0.1 can help on small data; costs a little time.", "0.0", 0, 0.99, {}, false, false, ""},
      {"method.use_rslora", Flag, "rsLoRA", "Scale by alpha / √rank instead of alpha / rank.", "Keeps high ranks from learning too slowly.", "false", 0, 0, {}, false, false, ""},
      {"method.use_dora", Flag, "DoRA", "Learn magnitude and direction separately.", "Not in this version.", "false", 0, 0, {}, false, false, ""},
      {"method.target_modules", List, "Target modules", "Linear layers that get an adapter; \"all-linear\" means every one in the blocks.", "Fewer modules train faster and learn less.", "\"all-linear\"", 0, 0, {}, false, false, ""},
      {"method.exclude_modules", List, "Except", "Modules that get none although they match.", "", "[]", 0, 0, {}, false, false, ""},
      {"method.layers_to_transform", List, "Layers", "Layer numbers from 0; empty means all.", "Fewer layers train faster.", "[]", 0, 0, {}, false, false, ""},
      {"method.rank_pattern", Object, "Rank by module", "Module name → rank, where it differs.", "", "{}", 0, 0, {}, false, false, ""},
      {"method.alpha_pattern", Object, "Alpha by module", "Module name → alpha, where it differs.", "", "{}", 0, 0, {}, false, false, ""},
      {"method.init_from", Path, "Go on from adapter", "PEFT adapter folder whose weights and configuration are the start.", "Rank, alpha and modules come from that adapter.", "null", 0, 0, {}, false, true, ""},
      {"data.train", List, "Training data", "JSONL, JSON, CSV or text files, also gzip; chat, Alpaca or plain text.", "More data takes proportionally longer.", "[]", 0, 0, {}, true, false, ""},
      {"data.validation.fraction", Number, "Validation share", "Part of the rows kept out of training to measure on.", "Shows overfitting; those rows are not learned.", "0", 0, 0.9, {}, false, false, ""},
      {"data.validation.count", Integer, "Validation rows", "A fixed number instead of a share; 0 uses the share.", "", "0", 0, 1e9, {}, false, false, "rows"},
      {"data.validation.path", Path, "Validation file", "A file of its own instead of a split.", "", "\"\"", 0, 0, {}, false, false, ""},
      {"data.template", Text, "Chat template", "auto takes the model's; chatml or a .jinja file otherwise.", "Must be the one the model will be used with.", "\"auto\"", 0, 0, {}, false, false, ""},
      {"data.max_seq_len", Integer, "Sequence length", "Longer rows are cut here, and counted.", "Attention time grows with its square.", "2048", 8, 1048576, {}, true, false, "tokens"},
      {"data.packing", Flag, "Packing", "Rows share a batch without padding and without seeing each other.", "Always on: a padded path does not exist.", "true", 0, 0, {}, false, false, ""},
      {"data.train_on", Choice, "Learn from", "Which tokens count in the loss.", "assistant: replies only; all: every token.", "\"assistant\"", 0, 0, {"assistant", "completion", "all"}, false, false, ""},
      {"data.order", Choice, "Order", "shuffle draws a new order every epoch from the seed.", "", "\"shuffle\"", 0, 0, {"shuffle", "sequential"}, false, false, ""},
      {"training.steps", Integer, "Steps", "Optimizer steps; empty uses the epochs.", "Time grows in proportion.", "null", 1, 1e9, {}, false, true, "steps"},
      {"training.epochs", Number, "Epochs", "Passes over the training rows.", "Time grows in proportion; many passes overfit.", "1", 0.0001, 100000, {}, true, false, ""},
      {"training.tokens_per_microbatch", Integer, "Tokens per microbatch", "Most tokens computed at once; the rest is accumulated.", "Less saves memory, more is faster.", "8192", 8, 16777216, {}, false, false, "tokens"},
      {"training.sequences_per_step", Integer, "Sequences per step", "Rows per optimizer step; \"all\" takes the whole data.", "The effective batch size; memory does not change.", "16", 1, 1e9, {"all"}, false, false, "rows"},
      {"training.learning_rate", Number, "Learning rate", "Highest value of the schedule.", "Too high diverges, too low learns slowly.", "2e-4", 0, 10, {}, true, false, ""},
      {"training.schedule", Choice, "Schedule", "How the learning rate falls.", "", "\"cosine\"", 0, 0, {"cosine", "linear", "constant"}, false, false, ""},
      {"training.warmup_ratio", Number, "Warm-up share", "Part of the steps in which the rate rises from 0.", "Steadies the start.", "0.03", 0, 1, {}, false, false, ""},
      {"training.warmup_steps", Integer, "Warm-up steps", "A fixed number instead of a share.", "", "null", 0, 1e9, {}, false, true, "steps"},
      {"training.weight_decay", Number, "Weight decay", "Decoupled, as in AdamW.", "Pulls trained weights towards 0.", "0.0", 0, 10, {}, false, false, ""},
      {"training.optimizer", Choice, "Optimizer", "AdamW with float32 state.", "8 bytes a trained parameter.", "\"adamw\"", 0, 0, {"adamw"}, false, false, ""},
      {"training.betas", List, "Betas", "AdamW's two decay rates.", "", "[0.9, 0.999]", 0, 0, {}, false, false, ""},
      {"training.eps", Number, "Epsilon", "AdamW's guard against division by zero.", "", "1e-8", 0, 1, {}, false, false, ""},
      {"training.max_grad_norm", Number, "Clip gradients at", "Global norm above which gradients are scaled down; null never.", "Keeps one bad batch from wrecking the run.", "1.0", 0, 1e9, {}, false, true, ""},
      {"training.recompute", Text, "Recompute", "auto | none | all | every-N | offload: which layers are computed again in the backward pass; offload: all, and their inputs wait in the computer's memory.", "Saves most activation memory for about a third more time.", "\"auto\"", 0, 0, {}, false, false, ""},
      {"training.seed", Integer, "Seed", "Order, dropout and initial adapters follow from it.", "", "1", 0, 9007199254740991.0, {}, false, false, ""},
      {"training.deterministic", Flag, "Deterministic", "The same machine gives the same run, bit for bit.", "Can cost a little speed.", "false", 0, 0, {}, false, false, ""},
      {"training.device", Text, "Compute on", "Automatic takes the first GPU that can be used, else the processor.", "A GPU trains many times faster; its memory is the limit.", "\"auto\"", 0, 0, {}, true, false, ""},
      {"save.every_steps", Integer, "Save every", "Steps between checkpoints; 0 saves only at the end.", "A crash loses at most this much.", "200", 0, 1e9, {}, false, false, "steps"},
      {"save.keep", Integer, "Keep", "Newest checkpoints that stay, beside the best one.", "Disk use.", "2", 2, 1000, {}, false, false, ""},
      {"eval.every_steps", Integer, "Evaluate every", "Steps between measurements on the validation rows; 0 never.", "Each one costs a forward pass over those rows.", "100", 0, 1e9, {}, false, false, "steps"},
  };
  return options;
}

} // namespace

std::span<const TrainOption> trainOptions() { return table(); }

} // namespace lathe::api
