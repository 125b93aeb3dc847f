// SPDX-License-Identifier: Apache-2.0
#include "core/train/out_of_memory.h"

#include "core/ops/device_memory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lathe::train {

namespace {
constexpr int64_t kShortSequence = 256, kSmallMicrobatch = 512, kSmallRank = 8;
}

std::string smallerRunAdvice(const Setup& setup) {
  const api::TrainSpec& spec = setup.spec;
  const bool gpu = setup.model && setup.model->device().is_cuda();
  std::vector<std::string> steps;
  if (setup.recompute.kind != nn::RecomputePolicy::Kind::All)
    steps.push_back("set training.recompute to all");
  else if (gpu && !setup.recompute.offload)
    steps.push_back("set training.recompute to offload");
  if (spec.training.tokensPerMicrobatch > kSmallMicrobatch)
    steps.push_back(fmt::format("lower training.tokens_per_microbatch ({})", spec.training.tokensPerMicrobatch));
  if (spec.data.maxSeqLen > kShortSequence)
    steps.push_back(fmt::format("lower data.max_seq_len ({})", spec.data.maxSeqLen));
  if (spec.method.type == "full")
    steps.push_back("train a LoRA instead of every weight (method.type)");
  else if (spec.method.r > kSmallRank)
    steps.push_back(fmt::format("lower method.r ({})", spec.method.r));
  if (gpu && setup.model->dtype() == nn::Compute::Float32)
    steps.push_back("set model.dtype to bfloat16");
  steps.push_back("use a smaller model");
  std::string out = fmt::format("{}{}{}.", fmt::join(steps.begin(), steps.end() - 1, ", "), steps.size() > 1 ? " or " : "", steps.back());
  out.front() = static_cast<char>(out.front() - 'a' + 'A');
  return out;
}

std::string outOfMemoryMessage(const Setup& setup, int halvings) {
  const std::string tried = halvings > 0 ? ", even with smaller microbatches" : "", numbers = ops::refusedMemoryText();
  if (numbers.empty())
    return fmt::format("Not enough memory for this run{}. {}", tried, smallerRunAdvice(setup));
  return fmt::format("Not enough GPU memory{}: {} {}", tried, numbers, smallerRunAdvice(setup));
}

} // namespace lathe::train
