// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/text_format.h"
#include "core/data/data_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <unistd.h>

namespace lathe::cli {
namespace {

struct QualityCommand {
  std::vector<std::string> paths, columns;
  std::string format = "auto", eos, out;
  api::TrainSpec spec;
  data::DuplicateOptions duplicates;
  bool exact = false, lengthsOnly = false, json = false;
};

/// One line on the terminal that says what is done now.
std::function<void(const std::string&, double)> stageLine() {
  if (::isatty(STDERR_FILENO) == 0)
    return {};
  return [last = std::string()](const std::string& what, double share) mutable {
    std::string line = fmt::format("{}: {:.0f} %", what, 100 * share);
    if (line != last)
      fmt::print(stderr, "\r\033[K{}", share >= 1 ? "" : line);
    last = std::move(line);
  };
}

void endLine() {
  if (::isatty(STDERR_FILENO) != 0)
    fmt::print(stderr, "\r\033[K");
}

void printJson(const Json& value) {
  const std::string text = dumpJson(value) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void prepareSpec(QualityCommand& command) {
  for (const std::string& path : command.paths)
    command.spec.data.train.push_back({path, command.format, columnOptions(command.columns)});
  command.duplicates.near = !command.exact;
  data::makePathsAbsolute(command.spec);
}

/// Files alone where no tokenizer is named and the data are no token ids yet.
data::SpecData openData(const QualityCommand& command, const std::function<void(const std::string&, double)>& progress) {
  data::SpecDataOptions options;
  options.eos = command.eos;
  options.progress = progress;
  if (!command.spec.model.path.empty() || !command.spec.model.tokenizer.empty())
    return data::openSpecData(command.spec, options);
  data::SpecData out;
  out.files = data::Dataset::open(data::specEntries(command.spec), {}, progress ? data::Progress([&](double share) { progress("Reading the data", share); }) : data::Progress());
  const auto& files = out.files->files();
  if (std::all_of(files.begin(), files.end(), [](const auto& file) { return file.shape == data::DatasetShape::Tokens; }))
    return data::openSpecData(command.spec, options);
  return out;
}

void printHistogram(const api::LengthStatistics& lengths) {
  const int64_t most = lengths.counts.empty() ? 0 : *std::max_element(lengths.counts.begin(), lengths.counts.end());
  for (size_t i = 0; i < lengths.counts.size(); ++i) {
    const bool cut = lengths.maxSeqLen >= lengths.edges[i] && lengths.maxSeqLen < lengths.edges[i + 1];
    if (lengths.counts[i] > 0 || cut)
      fmt::print("  {:>7}–{:<7} {:>9} {}{}\n", lengths.edges[i], lengths.edges[i + 1] - 1, lengths.counts[i], std::string(static_cast<size_t>(lengths.counts[i] * 40 / std::max<int64_t>(1, most)), '#'),
                 cut ? "  ← sequence length" : "");
  }
}

void printLengths(const api::LengthStatistics& lengths, const data::DatasetStats& stats) {
  fmt::print("rows        {} ({} cannot be used), train {}, validation {}\n", lengths.rows, lengths.badRows, stats.trainRows, stats.validationRows);
  fmt::print("tokens      {} ({} to {} per row; median {}, 95 % up to {}, 99 % up to {}, mean {:.0f})\n", lengths.tokens, lengths.shortest, lengths.longest, lengths.median, lengths.p95, lengths.p99,
             lengths.mean);
  fmt::print("supervised  {} of {} tokens ({:.1f} %)\n", lengths.supervisedTokens, lengths.trainingTokens, 100 * lengths.supervisedShare);
  const std::string longRows = stats.longRowsText();
  fmt::print("long rows   {}\n", longRows.empty() ? fmt::format("none is longer than {} tokens", lengths.maxSeqLen) : longRows);
  fmt::print("            a sequence length of {} keeps 99 % of the rows whole\n", lengths.suggestedMaxSeqLen);
  printHistogram(lengths);
  if (lengths.unsupervisedRows > 0)
    fmt::print("warning: {} rows have nothing to learn and are left out\n", lengths.unsupervisedRows);
  if (stats.builtInTemplate)
    fmt::print("note: there is no chat template; the built-in ChatML is used\n");
}

void printPacking(const api::PackingReport& packing) {
  fmt::print("packing     {}: {} rows in {} microbatches of {} tokens, {} steps; {:.1f} % filled, at most {:.1f} % with these steps\n", packing.strategy, packing.rows, packing.microbatches,
             packing.capacity, packing.steps, 100 * packing.fill, 100 * packing.bestFill);
}

void printDuplicates(const api::DuplicateReport& report, size_t groups) {
  fmt::print("duplicates  {} rows equal an earlier one", report.exactRows);
  if (report.nearChecked)
    fmt::print(", {} more are at least {:.0f} % like one", report.nearRows, 100 * report.threshold);
  fmt::print(" ({} rows compared, {} groups)\n", report.rows, report.groupCount);
  for (size_t i = 0; i < std::min(groups, report.groups.size()); ++i) {
    const api::DuplicateGroup& group = report.groups[i];
    fmt::print("  {} rows, {}: {}\n", group.size, group.exact ? "equal" : fmt::format("from {:.0f} % alike", 100 * group.similarity), group.rows.front().text);
    std::string places;
    for (size_t row = 0; row < std::min<size_t>(group.rows.size(), 8); ++row)
      places += (row == 0 ? "" : ", ") + group.rows[row].place;
    fmt::print("    {}{}\n", places, group.size > 8 ? ", …" : "");
  }
}

void printLeakage(const api::LeakageReport& report) {
  if (report.between.empty())
    return;
  fmt::print("leakage     {} of {} validation rows equal a training row, {} more are at least {:.0f} % like one ({})\n", report.exactRows, report.validationRows, report.nearRows,
             100 * report.threshold, report.between == "files" ? "validation file" : "split");
  for (size_t i = 0; i < std::min<size_t>(5, report.pairs.size()); ++i)
    fmt::print("  {} ← {} ({:.0f} %): {}\n", report.pairs[i].validation.place, report.pairs[i].train.place, 100 * report.pairs[i].similarity, report.pairs[i].validation.text);
}

/// The counts as one flat object, and the reports in full.
Json statsJson(const QualityCommand& command, const data::SpecData& opened, const api::DataQuality& quality, const std::vector<std::string>& warnings) {
  Json out = Json::object();
  if (opened.rows) {
    out = opened.rows->stats().toJson();
    out["fingerprint"] = opened.rows->fingerprint();
    out["lengths"] = api::encode(quality.lengths);
    out["packing"] = api::encode(quality.packing);
  } else {
    out["source_rows"] = opened.files->rows();
  }
  if (!command.lengthsOnly) {
    out["duplicate_report"] = api::encode(quality.duplicates);
    out["leakage_report"] = api::encode(quality.leakage);
  }
  out["problems"] = Json::array();
  if (opened.rows)
    for (const data::RowError& error : opened.rows->errors())
      out["problems"].push_back({{"file", error.file}, {"line", error.line}, {"column", error.column}, {"message", error.message}});
  out["warnings"] = warnings;
  out["seconds"] = quality.seconds;
  return out;
}

void stats(QualityCommand command) {
  prepareSpec(command);
  const auto progress = stageLine();
  const data::SpecData opened = openData(command, progress);
  data::QualityOptions options;
  options.duplicates = command.duplicates;
  options.duplicateCheck = options.leakageCheck = !command.lengthsOnly;
  const api::DataQuality quality = data::examineOpenData(command.spec, opened, options, progress);
  endLine();
  const auto warnings = opened.rows ? data::templateWarnings(*opened.files, data::specTokenizeOptions(command.spec, opened)) : std::vector<std::string>();
  if (command.json)
    return printJson(statsJson(command, opened, quality, warnings));
  if (opened.rows) {
    printLengths(quality.lengths, opened.rows->stats());
    printPacking(quality.packing);
  } else {
    fmt::print("rows        {}\n            lengths in tokens need --model DIR or --tokenizer PATH\n", opened.files->rows());
  }
  if (!command.lengthsOnly) {
    printDuplicates(quality.duplicates, 5);
    printLeakage(quality.leakage);
  }
  for (const std::string& warning : warnings)
    fmt::print("warning: {}\n", warning);
  for (const std::string& problem : quality.problems)
    fmt::print("  {}\n", problem);
}

void dedupe(QualityCommand command) {
  prepareSpec(command);
  const auto progress = stageLine();
  const auto part = [&progress](const char* what) { return progress ? data::Progress([&progress, what](double share) { progress(what, share); }) : data::Progress(); };
  const auto files = data::Dataset::open(data::specEntries(command.spec), {}, part("Reading the data"));
  const data::Duplicates found = data::findDuplicates(*files, command.duplicates, part("Comparing rows"));
  const api::DuplicateReport report = data::duplicateReport(*files, found, command.duplicates);
  const std::vector<uint64_t> removed = found.removable();
  uint64_t written = 0;
  if (!command.out.empty())
    written = data::writeWithout(*files, removed, command.out, part("Writing the copy"));
  endLine();
  if (command.json) {
    Json out = api::encode(report);
    out["removable"] = removed.size();
    if (!command.out.empty())
      out.update({{"out", command.out}, {"written", written}});
    return printJson(out);
  }
  printDuplicates(report, 20);
  if (report.unreadable > 0)
    fmt::print("{} rows cannot be read; lathe data inspect shows where\n", report.unreadable);
  if (command.out.empty())
    fmt::print("{} rows could go; --out FILE writes a copy without them\n", removed.size());
  else
    fmt::print("{} has the {} rows that stay; {} are left out\n", command.out, written, removed.size());
}

CLI::App* addQuality(CLI::App& data, const char* name, const char* help, const std::shared_ptr<QualityCommand>& command, void (*run)(QualityCommand)) {
  CLI::App* out = data.add_subcommand(name, help);
  out->add_option("paths", command->paths, "Dataset files or folders")->required();
  out->add_option("--format", command->format, "auto, or how the rows are written: messages, alpaca, preference, text, tokens, lines, paragraphs, document")->capture_default_str();
  out->add_option("--column", command->columns, "Which column is what where it is not found, as PART=COLUMN");
  out->add_option("--threshold", command->duplicates.threshold, "Rows at least so much alike are near duplicates, 0.5 to 1: the share of common runs of words")->capture_default_str();
  out->add_option("--words", command->duplicates.shingleWords, "Words per run")->capture_default_str();
  out->add_flag("--exact", command->exact, "Equal rows only, no near duplicates");
  out->add_flag("--json", command->json, "JSON on standard output");
  out->callback([command, run] { run(*command); });
  return out;
}

void addSpecOptions(CLI::App& out, QualityCommand& command) {
  api::TrainSpec& spec = command.spec;
  out.add_option("--model", spec.model.path, "Model folder or GGUF file whose tokenizer and chat template are used");
  out.add_option("--tokenizer", spec.model.tokenizer, "Tokenizer file or folder");
  out.add_option("--template", spec.data.templateName, "auto, chatml or a chat template file")->capture_default_str();
  out.add_option("--train-on", spec.data.trainOn, "assistant, completion or all")->capture_default_str();
  out.add_option("--max-seq-len", spec.data.maxSeqLen, "Longest row in tokens")->capture_default_str()->check(CLI::Range(8, 1048576));
  out.add_option("--long-rows", spec.data.longRows, "Longer rows: auto, truncate_right, truncate_left, split or drop")->capture_default_str();
  out.add_option("--packing-strategy", spec.data.packingStrategy, "auto, best_fit, first_fit or in_order")->capture_default_str();
  out.add_option("--tokens-per-microbatch", spec.training.tokensPerMicrobatch, "Most tokens of a microbatch")->capture_default_str()->check(CLI::Range(8, 16777216));
  out.add_option("--sequences-per-step", spec.training.sequencesPerStep, "Rows of an optimizer step; 0: all")->capture_default_str()->check(CLI::NonNegativeNumber);
  out.add_option("--validation", spec.data.validationFraction, "Share of rows kept for validation")->capture_default_str();
  out.add_option("--validation-file", spec.data.validationPath, "File with the validation rows");
  out.add_option("--seed", spec.training.seed, "Seed of the split and of the order")->capture_default_str();
  out.add_option("--eos", command.eos, "Text of the end-of-sequence token, where the tokenizer names none");
  out.add_flag("--lengths-only", command.lengthsOnly, "Leave out duplicates and leakage");
}

} // namespace

void addDataQuality(CLI::App& data) {
  auto numbers = std::make_shared<QualityCommand>();
  CLI::App* statistics = addQuality(data, "stats", "Lengths, supervised share, long rows, packing, duplicates, leakage.\nExample: lathe data stats --model ./my-model train.jsonl --validation 0.05", numbers, stats);
  addSpecOptions(*statistics, *numbers);
  auto copy = std::make_shared<QualityCommand>();
  CLI::App* cleaned = addQuality(data, "dedupe", "Equal and similar rows; with --out a copy without them.\nExample: lathe data dedupe train.jsonl --out clean.jsonl", copy, dedupe);
  cleaned->add_option("--out", copy->out, "Cleaned copy: like the file, or .jsonl or .json; checked row by row before it gets its name");
}

} // namespace lathe::cli
