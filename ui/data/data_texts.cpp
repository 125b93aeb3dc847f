// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/data_texts.h"

#include "ui/models/format.h"

#include <QCoreApplication>
#include <QStringList>

namespace lathe::ui::datatext {

namespace {

struct Known {
  const char *key, *text;
};

QString said(const char* source) { return QCoreApplication::translate("Data", source); }

QString known(std::span<const Known> table, const std::string& key) {
  for (const Known& one : table)
    if (key == one.key)
      return said(one.text);
  return fromStd(key);
}

constexpr Known kFiles[] = {
    {"jsonl", QT_TRANSLATE_NOOP("Data", "JSON lines")},
    {"json", QT_TRANSLATE_NOOP("Data", "JSON")},
    {"csv", QT_TRANSLATE_NOOP("Data", "CSV")},
    {"tsv", QT_TRANSLATE_NOOP("Data", "TSV")},
    {"text", QT_TRANSLATE_NOOP("Data", "plain text")},
    {"text-folder", QT_TRANSLATE_NOOP("Data", "folder of texts")},
    {"parquet", QT_TRANSLATE_NOOP("Data", "Parquet")},
    {"safetensors", QT_TRANSLATE_NOOP("Data", "safetensors")},
};
constexpr Known kLayouts[] = {
    {"openai", QT_TRANSLATE_NOOP("Data", "conversations")},
    {"sharegpt", QT_TRANSLATE_NOOP("Data", "conversations (ShareGPT)")},
    {"prompt-completion", QT_TRANSLATE_NOOP("Data", "prompt and completion")},
    {"alpaca", QT_TRANSLATE_NOOP("Data", "instructions")},
    {"preference", QT_TRANSLATE_NOOP("Data", "preference pairs")},
    {"text", QT_TRANSLATE_NOOP("Data", "text")},
    {"token-rows", QT_TRANSLATE_NOOP("Data", "tokens")},
    {"token-file", QT_TRANSLATE_NOOP("Data", "tokens")},
};
constexpr Known kKinds[] = {
    {"text", QT_TRANSLATE_NOOP("Data", "text")},
    {"messages", QT_TRANSLATE_NOOP("Data", "messages")},
    {"tokens", QT_TRANSLATE_NOOP("Data", "tokens")},
    {"list", QT_TRANSLATE_NOOP("Data", "list")},
    {"object", QT_TRANSLATE_NOOP("Data", "object")},
    {"number", QT_TRANSLATE_NOOP("Data", "number")},
    {"true or false", QT_TRANSLATE_NOOP("Data", "true or false")},
    {"null", QT_TRANSLATE_NOOP("Data", "empty")},
    {"mixed", QT_TRANSLATE_NOOP("Data", "mixed")},
};
constexpr Known kRoles[] = {
    {"messages", QT_TRANSLATE_NOOP("Data", "Messages")},
    {"instruction", QT_TRANSLATE_NOOP("Data", "Instruction")},
    {"input", QT_TRANSLATE_NOOP("Data", "Input")},
    {"output", QT_TRANSLATE_NOOP("Data", "Answer")},
    {"history", QT_TRANSLATE_NOOP("Data", "Turns before")},
    {"system", QT_TRANSLATE_NOOP("Data", "System prompt")},
    {"tools", QT_TRANSLATE_NOOP("Data", "Tools")},
    {"chosen", QT_TRANSLATE_NOOP("Data", "Chosen answer")},
    {"rejected", QT_TRANSLATE_NOOP("Data", "Rejected answer")},
    {"verdict", QT_TRANSLATE_NOOP("Data", "Verdict")},
    {"text", QT_TRANSLATE_NOOP("Data", "Text")},
    {"ids", QT_TRANSLATE_NOOP("Data", "Tokens")},
    {"labels", QT_TRANSLATE_NOOP("Data", "Labels")},
};
constexpr Known kRoleHelp[] = {
    {"messages", QT_TRANSLATE_NOOP("Data", "The list of messages, each with a role and a text.")},
    {"instruction", QT_TRANSLATE_NOOP("Data", "What is asked; the model reads it.")},
    {"input", QT_TRANSLATE_NOOP("Data", "Further material, put below the instruction.")},
    {"output", QT_TRANSLATE_NOOP("Data", "What the model learns to answer.")},
    {"history", QT_TRANSLATE_NOOP("Data", "Pairs of question and answer that come first.")},
    {"system", QT_TRANSLATE_NOOP("Data", "The system message at the beginning.")},
    {"tools", QT_TRANSLATE_NOOP("Data", "The functions that the model may call.")},
    {"chosen", QT_TRANSLATE_NOOP("Data", "The better answer, which is learned.")},
    {"rejected", QT_TRANSLATE_NOOP("Data", "The worse answer, which is not learned.")},
    {"verdict", QT_TRANSLATE_NOOP("Data", "Whether the answer is good; a bad one is not learned.")},
    {"text", QT_TRANSLATE_NOOP("Data", "All of it is learned.")},
    {"ids", QT_TRANSLATE_NOOP("Data", "The token ids of the row.")},
    {"labels", QT_TRANSLATE_NOOP("Data", "The ids to learn; −100 where nothing is.")},
};
constexpr Known kSpeakers[] = {
    {"system", QT_TRANSLATE_NOOP("Data", "System")},       {"user", QT_TRANSLATE_NOOP("Data", "User")}, {"assistant", QT_TRANSLATE_NOOP("Data", "Assistant")},
    {"tool", QT_TRANSLATE_NOOP("Data", "Tool")},           {"developer", QT_TRANSLATE_NOOP("Data", "Developer")},
    {"ipython", QT_TRANSLATE_NOOP("Data", "Tool")},
};
constexpr Known kTemplates[] = {
    {"from the model", QT_TRANSLATE_NOOP("Data", "from the model")},
    {"built-in ChatML", QT_TRANSLATE_NOOP("Data", "built-in ChatML")},
    {"none", QT_TRANSLATE_NOOP("Data", "none")},
};
constexpr Known kLearned[] = {
    {"openai", QT_TRANSLATE_NOOP("Data", "The assistant's messages are learned.")},
    {"sharegpt", QT_TRANSLATE_NOOP("Data", "The assistant's messages are learned.")},
    {"prompt-completion", QT_TRANSLATE_NOOP("Data", "The completion is learned, the prompt is only read.")},
    {"alpaca", QT_TRANSLATE_NOOP("Data", "The answer is learned, the instruction is only read.")},
    {"preference", QT_TRANSLATE_NOOP("Data", "The chosen answer is learned, the rejected one is not.")},
    {"text", QT_TRANSLATE_NOOP("Data", "Every token is learned.")},
};

} // namespace

QString fileFormat(const std::string& file, const std::string& packed) {
  const QString format = known(kFiles, file);
  return packed.empty() || packed == "none" ? format : format + QStringLiteral(", ") + fromStd(packed);
}

QString layout(const std::string& layout) { return known(kLayouts, layout); }

QString rows(int64_t count, bool exact) {
  if (!exact)
    return said(QT_TRANSLATE_NOOP("Data", "about %1 rows")).arg(format::count(static_cast<double>(count)));
  return count == 1 ? said(QT_TRANSLATE_NOOP("Data", "1 row")) : said(QT_TRANSLATE_NOOP("Data", "%1 rows")).arg(format::grouped(count));
}

QString detail(const api::DatasetSummary& dataset) {
  if (dataset.missing)
    return said(QT_TRANSLATE_NOOP("Data", "missing"));
  if (!dataset.problem.empty())
    return said(QT_TRANSLATE_NOOP("Data", "cannot be read"));
  return QStringList{rows(dataset.rows, dataset.exact), format::bytes(static_cast<double>(dataset.bytes)), fileFormat(dataset.file, dataset.packed), layout(dataset.layout)}.join(QStringLiteral(" · "));
}

QString columnKind(const std::string& kind) { return known(kKinds, kind); }
QString roleName(const std::string& key) { return known(kRoles, key); }
QString roleHelp(const std::string& key) { return known(kRoleHelp, key); }
QString speaker(const std::string& role) { return known(kSpeakers, role); }
QString templateName(const std::string& name) { return known(kTemplates, name); }

QString work(const std::string& what) {
  static constexpr Known kWorks[] = {
      {"Reading the data", QT_TRANSLATE_NOOP("Data", "Reading the data")},   {"Tokenizing", QT_TRANSLATE_NOOP("Data", "Tokenizing")},
      {"Checking the rows", QT_TRANSLATE_NOOP("Data", "Checking the rows")}, {"Comparing the rows", QT_TRANSLATE_NOOP("Data", "Comparing the rows")},
      {"Writing the copy", QT_TRANSLATE_NOOP("Data", "Writing the copy")},   {"Comparing rows", QT_TRANSLATE_NOOP("Data", "Comparing the rows")},
      {"Packing", QT_TRANSLATE_NOOP("Data", "Packing")},                     {"Looking for duplicates", QT_TRANSLATE_NOOP("Data", "Looking for duplicates")},
      {"Comparing training and validation", QT_TRANSLATE_NOOP("Data", "Comparing training and validation")},
  };
  return what.empty() ? said(QT_TRANSLATE_NOOP("Data", "Waiting for another check")) : known(kWorks, what);
}

QString learned(const std::string& layout, const std::string& fallback) {
  for (const Known& one : kLearned)
    if (layout == one.key)
      return said(one.text);
  return fromStd(fallback);
}

} // namespace lathe::ui::datatext
