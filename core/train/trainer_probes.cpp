// SPDX-License-Identifier: Apache-2.0
// The probe prompts: what the model in training says to them, as events.
#include "core/train/trainer.h"

#include "core/base/log.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lathe::train {
namespace {

std::string reasonNow() {
  try {
    throw;
  } catch (const c10::OutOfMemoryError& error) {
    logWarning("probe prompts: {}", error.what_without_backtrace());
    return "There is not enough GPU memory for an answer.";
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (...) {
    return currentError().message;
  }
}

std::string sentenceOf(const ProbeAnswer& answer, bool base) {
  return fmt::format("Probe prompt {} answered{} in {} token{}.", answer.index + 1, base ? " by the base model" : "", answer.tokens, answer.tokens == 1 ? "" : "s");
}

} // namespace

/// A resumed run has its base's answers already, unless it was given other prompts.
void Trainer::answerProbesAsBase() {
  const auto& prompts = m_setup.spec.probes.prompts;
  if (prompts.empty() || !m_probeHook || (m_step > 0 && m_setup.adapter.empty())) // a model that is trained as a whole is its own base at step 0 alone
    return;
  std::set<std::string> known;
  if (const auto events = capture([this] { return readEvents(m_folder.path()); }); events.ok())
    for (const api::RunEvent& event : *events)
      if (event.type == "sample" && boolOr(event.data, "base", false))
        known.insert(stringOr(event.data, "prompt", ""));
  std::vector<int64_t> missing;
  for (size_t i = 0; i < prompts.size(); ++i)
    if (!known.contains(prompts[i]))
      missing.push_back(static_cast<int64_t>(i));
  if (!missing.empty())
    answerProbes(missing, true);
}

void Trainer::answerProbesNow(bool asked) {
  const size_t count = m_setup.spec.probes.prompts.size();
  if (count == 0 || !m_probeHook) {
    if (asked)
      writeEvent("warning", "This run has no probe prompts, so there is nothing to answer. Set probes.prompts before the start.");
    return;
  }
  if (!asked && m_sampledStep == m_step)
    return;
  std::vector<int64_t> all(count);
  for (size_t i = 0; i < count; ++i)
    all[i] = static_cast<int64_t>(i);
  answerProbes(all, false);
  m_sampledStep = m_step;
}

void Trainer::answerProbes(const std::vector<int64_t>& indices, bool base) {
  try {
    m_probeHook(m_setup, indices, base, [&](const ProbeAnswer& answer) {
      writeEvent("sample", sentenceOf(answer, base), Json{{"index", answer.index}, {"prompt", answer.prompt}, {"answer", answer.text}, {"tokens", answer.tokens}, {"base", base}});
    });
  } catch (...) { // a sample is not worth a run
    writeEvent("warning", fmt::format("The probe prompts could not be answered: {}", reasonNow()), Json{{"while", "sample"}});
  }
  activateTrained();
  m_lastStep.reset(); // the time of an answer is no time of a step
  m_lastDone = std::chrono::steady_clock::now();
}

} // namespace lathe::train
