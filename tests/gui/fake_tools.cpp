// SPDX-License-Identifier: GPL-3.0-or-later
// Probe prompts and batches of the scripted world.
#include "tests/gui/fake_state.h"

#include <algorithm>
#include <cmath>

namespace lathe::fake {

namespace {

struct Probe {
  const char *prompt, *base, *early, *late;
};
const Probe kProbes[] = {
    {"My parcel is late and nobody answers.", "I am sorry to hear that. Please contact the carrier.", "I'm sorry about the wait. Could you give me the order number?",
     "I'm sorry about the wait, and about the silence on our side. If you give me the order number I will look it up now and tell you exactly where it is."},
    {"Can I return shoes I have worn once?", "It depends on the shop.", "Yes, usually within 30 days.", "Yes, within 30 days, as long as the soles are clean. Shall I make the label?"},
};

} // namespace

Json demoProbes() {
  Json prompts = Json::array();
  for (const Probe& probe : kProbes)
    prompts.push_back(probe.prompt);
  return {{"prompts", prompts}, {"max_tokens", 64}};
}

std::vector<api::RunEvent> sampleEvents(int64_t step, bool base, double time) {
  std::vector<api::RunEvent> out;
  int64_t index = 0;
  for (const Probe& probe : kProbes) {
    const char* answer = base ? probe.base : step < 700 ? probe.early : probe.late;
    out.push_back({time + 0.1 * static_cast<double>(index), step, "sample", "Probe prompt answered.",
                   {{"index", index}, {"prompt", probe.prompt}, {"answer", answer}, {"tokens", 24}, {"base", base}}});
    ++index;
  }
  return out;
}

api::StepBatch batchFor(int64_t step) {
  static const char* const kWords[] = {"<|im_start|>", "user", "\n", "Where", " is", " my", " parcel", "?", "<|im_end|>", "\n", "<|im_start|>", "assistant", "\n",
                                       "I", "'m", " sorry", " about", " the", " wait", ".", " Your", " parcel", " left", " Rott", "erdam", " on", " 12", " May", ".", "<|im_end|>"};
  api::StepBatch out;
  out.step = step;
  out.weights = "checkpoint";
  out.weightsStep = (step - 1) / 200 * 200;
  out.recorded = rowAt(step, 1200).loss;
  out.device = "cpu";
  double sum = 0;
  for (int64_t r = 0; r < 16; ++r) {
    api::BatchRow row;
    row.name = "support.jsonl:" + std::to_string(1200 - 61 * r);
    row.row = r;
    double rowSum = 0;
    for (int64_t t = 0; t < 30; ++t) {
      row.ids.push_back(100 + t);
      row.texts.emplace_back(kWords[t]);
      const double loss = t < 13 ? -1 : t == 23 ? 8.7 - 0.4 * static_cast<double>(r) : std::round(100 * std::fabs(2.4 * std::sin(static_cast<double>(t * 7 + r)))) / 100;
      row.losses.push_back(loss);
      rowSum += loss >= 0 ? loss : 0;
      row.supervised += loss >= 0;
    }
    row.loss = rowSum / static_cast<double>(row.supervised);
    sum += rowSum;
    out.tokens += 30;
    out.supervised += row.supervised;
    out.rows.push_back(std::move(row));
  }
  std::stable_sort(out.rows.begin(), out.rows.end(), [](const auto& a, const auto& b) { return a.loss > b.loss; });
  out.stepRows = 16;
  out.mean = sum / static_cast<double>(out.supervised);
  return out;
}

} // namespace lathe::fake
