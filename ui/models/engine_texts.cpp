// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/engine_texts.h"

#include "ui/models/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace lathe::ui {

namespace {

// What a person meets most. lupdate does not look into core/, so the sentences stand here once more; a test compares those of a specification
// with what core/api says.
const char* const kEngineTexts[] = {
    // core/api/train_spec.cpp
    QT_TRANSLATE_NOOP("Engine", "\"{}\" should be an object with options but is {}."),
    QT_TRANSLATE_NOOP("Engine", "\"{}\" is not an option. Did you mean \"{}\"?"),
    QT_TRANSLATE_NOOP("Engine", "\"{}\" is not an option."),
    QT_TRANSLATE_NOOP("Engine", "{} is not possible for \"{}\"; choose one of: {}."),
    QT_TRANSLATE_NOOP("Engine", "\"{}\" should be {} but is {}."),
    QT_TRANSLATE_NOOP("Engine", "\"{}\" is {}; it must lie between {} and {}."),
    QT_TRANSLATE_NOOP("Engine", "\"{}\" should hold texts only, not {}."),
    QT_TRANSLATE_NOOP("Engine", "There are {} probe prompts and at most {} are possible. Remove some."),
    QT_TRANSLATE_NOOP("Engine", "Probe prompt {} is empty. Write something in it or remove it."),
    QT_TRANSLATE_NOOP("Engine", "No model is chosen: set \"model.path\" to a model folder."),
    QT_TRANSLATE_NOOP("Engine", "\"model.path\" and \"model.config\" exclude each other: train from a model or from scratch."),
    QT_TRANSLATE_NOOP("Engine", "Training from scratch needs both \"model.config\" and \"model.init\": \"random\"."),
    QT_TRANSLATE_NOOP("Engine", "Training from scratch needs \"method.type\": \"full\": there are no weights to adapt yet."),
    QT_TRANSLATE_NOOP("Engine", "This version trains unquantized weights only; set \"model.quantization\" to null."),
    QT_TRANSLATE_NOOP("Engine", "DoRA training is not in this version; use LoRA or rsLoRA."),
    QT_TRANSLATE_NOOP("Engine", "No training data is chosen: add a file to \"data.train\"."),
    QT_TRANSLATE_NOOP("Engine", "A dataset entry has no path."),
    QT_TRANSLATE_NOOP("Engine", "\"{}\" is not possible; use auto, none, all, every-N or offload."),
    QT_TRANSLATE_NOOP("Engine", "\"{}\" is no device; use auto, cpu, cuda or cuda:N."),
    QT_TRANSLATE_NOOP("Engine", "Choose one of validation share, number of rows, or file."),
    QT_TRANSLATE_NOOP("Engine", "Full training does not start from an adapter; merge it first with `lathe merge`."),
    QT_TRANSLATE_NOOP("Engine", "A learning rate of {} is unusually high; LoRA usually works between 1e-5 and 5e-4."),
    QT_TRANSLATE_NOOP("Engine", "A row may have {} tokens but a microbatch holds {}; such rows get a microbatch of their own."),
    // core/engine, core/rpc
    QT_TRANSLATE_NOOP("Engine", "The last message is still being answered. Stop it first, or wait."),
    QT_TRANSLATE_NOOP("Engine", "Every pane needs a model."),
    QT_TRANSLATE_NOOP("Engine", "A message has 1 to {} bytes."),
    QT_TRANSLATE_NOOP("Engine", "A run's name has 1 to 200 bytes."),
    QT_TRANSLATE_NOOP("Engine", "The run is being worked on. Stop it first."),
    QT_TRANSLATE_NOOP("Engine", "The run is in the bin. Restore it first."),
    QT_TRANSLATE_NOOP("Engine", "The run still waits for its turn."),
    QT_TRANSLATE_NOOP("Engine", "The run is {}; nothing works on it."),
    QT_TRANSLATE_NOOP("Engine", "The run is {}; only a stopped, failed or interrupted run can be resumed."),
    QT_TRANSLATE_NOOP("Engine", "{} exists already, so the run cannot be put back."),
    QT_TRANSLATE_NOOP("Engine", "{} is there already. Choose another name; nothing is overwritten."),
    QT_TRANSLATE_NOOP("Engine", "There is no run \"{}\"."),
    QT_TRANSLATE_NOOP("Engine", "There is no chat {}."),
    QT_TRANSLATE_NOOP("Engine", "There is no folder {}."),
    QT_TRANSLATE_NOOP("Engine", "{} does not exist."),
    QT_TRANSLATE_NOOP("Engine", "{} cannot be read."),
    QT_TRANSLATE_NOOP("Engine", "{} has no tokenizer. Put the tokenizer.json of the model into its folder."),
    QT_TRANSLATE_NOOP("Engine", "{} has no chat template."),
    QT_TRANSLATE_NOOP("Engine", "{} has no licence file."),
    QT_TRANSLATE_NOOP("Engine", "No answer to {} within {} s."),
    QT_TRANSLATE_NOOP("Engine", "The engine is not reachable at the moment. The window reconnects by itself."),
    QT_TRANSLATE_NOOP("Engine", "The engine does not answer: {}."),
    QT_TRANSLATE_NOOP("Engine", "The engine cannot be started: {}."),
    QT_TRANSLATE_NOOP("Engine", "The engine did not start within {} s. Its log is {}/engine.log."),
    QT_TRANSLATE_NOOP("Engine", "The connection was lost: {}. Try again; the engine starts by itself."),
    QT_TRANSLATE_NOOP("Engine", "This side speaks protocol {} and the other one {}. Update both to the same version of Lathe."),
};

/// The values that stand for "{}", when the sentence is one of the pattern. A value ends where what follows it in the pattern begins.
std::optional<std::vector<std::string>> valuesIn(std::string_view sentence, std::string_view pattern) {
  std::vector<std::string> values;
  while (true) {
    const size_t hole = pattern.find("{}");
    const std::string_view before = pattern.substr(0, hole);
    if (!sentence.starts_with(before))
      return std::nullopt;
    sentence.remove_prefix(before.size());
    if (hole == std::string_view::npos)
      return sentence.empty() ? std::optional(values) : std::nullopt;
    pattern.remove_prefix(hole + 2);
    const std::string_view after = pattern.substr(0, pattern.find("{}"));
    const bool last = after.size() == pattern.size();
    const size_t end = last ? (sentence.ends_with(after) ? sentence.size() - after.size() : std::string_view::npos) : after.empty() ? sentence.size() : sentence.find(after);
    if (end == std::string_view::npos)
      return std::nullopt;
    values.emplace_back(sentence.substr(0, end));
    sentence.remove_prefix(end);
  }
}

} // namespace

QString engineText(const std::string& sentence) {
  const char* best = nullptr;
  std::vector<std::string> values;
  for (const char* pattern : kEngineTexts) // the one that leaves least to the values
    if (!best || std::string_view(pattern).size() > std::string_view(best).size())
      if (auto found = valuesIn(sentence, pattern)) {
        best = pattern;
        values = std::move(*found);
      }
  if (!best)
    return fromStd(sentence);
  QString out = QCoreApplication::translate("Engine", best);
  qsizetype at = 0;
  for (const std::string& value : values) {
    at = out.indexOf(QStringLiteral("{}"), at);
    if (at < 0)
      return fromStd(sentence); // a translation that lost a value would hide it
    out.replace(at, 2, fromStd(value));
    at += fromStd(value).size();
  }
  return out;
}

std::span<const char* const> engineTexts() { return kEngineTexts; }

} // namespace lathe::ui
