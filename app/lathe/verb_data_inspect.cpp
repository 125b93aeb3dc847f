// SPDX-License-Identifier: Apache-2.0
// `lathe data inspect`: how files are written, which column is what, and every row that cannot be used.
#include "app/lathe/verbs.h"

#include "core/base/text_format.h"
#include "core/data/dataset.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include <unistd.h>

namespace lathe::cli {
namespace {

constexpr size_t kProblemsListed = 1000;
constexpr size_t kProblemsPrinted = 20;
constexpr uint64_t kReportRows = 1000;

struct InspectDataOptions {
  std::vector<std::string> paths, columns;
  std::string format = "auto";
  uint64_t first = 0;
  bool json = false;
};

/// A line on the terminal that is written over; nothing where standard error is no terminal.
data::Progress terminalProgress(const char* what) {
  if (!::isatty(2))
    return {};
  return [what, shown = -1](double share) mutable {
    const int percent = static_cast<int>(share * 100);
    if (percent == shown)
      return;
    shown = percent;
    fmt::print(stderr, "\r{} {:3} %", what, percent);
    std::fflush(stderr);
  };
}

void clearProgress() {
  if (::isatty(2))
    fmt::print(stderr, "\r\033[K");
}

Json columnsJson(const std::vector<data::Column>& columns) {
  Json out = Json::array();
  for (const data::Column& column : columns)
    out.push_back({{"name", column.name}, {"kind", column.kind}, {"rows", column.rows}, {"example", column.example}});
  return out;
}

Json fileJson(const data::Dataset::File& file, uint64_t checked, uint64_t bad) {
  Json out = {{"path", file.path}, {"shape", data::datasetShapeName(file.shape)}, {"layout", data::rowLayoutName(file.layout)}, {"format", data::fileFormatName(file.format)}, {"packed", data::packedName(file.packed)},
              {"rows", file.rows}, {"estimated_rows", file.estimatedRows}, {"checked_rows", checked}, {"bad_rows", bad}, {"bytes", file.bytes}, {"roles", data::rolesJson(file.roles)},
              {"learned", data::supervisedText(file.layout)}, {"columns", columnsJson(file.columns)}};
  if (!file.member.empty())
    out["member"] = file.member;
  if (!file.textRows.empty())
    out["text_rows"] = file.textRows;
  return out;
}

std::string containerText(const data::Dataset::File& file) {
  std::string out = data::fileFormatName(file.format);
  if (!file.member.empty())
    out += fmt::format(" (rows in \"{}\")", file.member);
  if (!file.textRows.empty())
    out += file.textRows == "document" ? " (a whole file is a row)" : file.textRows == "paragraphs" ? " (rows between blank lines)" : " (a line is a row)";
  return out + (file.packed == data::Packed::None ? "" : fmt::format(", {}", data::packedName(file.packed))) + ", " + formatBytes(file.bytes);
}

void printFile(const data::Dataset::File& file, uint64_t bad) {
  fmt::print("{}\n", file.path);
  fmt::print("  rows     {}{}{}\n", file.rows, file.whole() ? "" : fmt::format(" looked at, about {} in the file", file.estimatedRows), bad > 0 ? fmt::format(" ({} cannot be used)", bad) : "");
  fmt::print("  file     {}\n", containerText(file));
  fmt::print("  written  {}, shape {}\n", data::rowLayoutName(file.layout), data::datasetShapeName(file.shape));
  fmt::print("  learned  {}\n", data::supervisedText(file.layout));
  std::string roles, columns;
  const Json named = data::rolesJson(file.roles);
  for (const auto& [role, column] : named.items())
    roles += fmt::format("{}{} = \"{}\"", roles.empty() ? "" : ", ", role, column.get<std::string>());
  for (const data::Column& column : file.columns)
    columns += fmt::format("{}{} ({})", columns.empty() ? "" : ", ", column.name, column.kind);
  if (!roles.empty())
    fmt::print("  roles    {}\n", roles);
  if (!columns.empty())
    fmt::print("  columns  {}\n", columns);
}

void printProblems(const data::Dataset& set, const data::Dataset::Check& check) {
  if (check.totalBad() > 0)
    fmt::print("{} of {} rows cannot be used:\n", check.totalBad(), set.rows());
  for (size_t i = 0; i < std::min(kProblemsPrinted, check.errors.size()); ++i)
    fmt::print("  {}\n", check.errors[i].text());
  if (check.totalBad() > kProblemsPrinted)
    fmt::print("  … and {} more (--json lists the first {})\n", check.totalBad() - kProblemsPrinted, kProblemsListed);
  if (!set.leftOut().empty())
    fmt::print("left out:\n");
  for (const std::string& reason : set.leftOut())
    fmt::print("  {}\n", reason);
}

void inspectData(const InspectDataOptions& options) {
  std::vector<data::DatasetEntry> entries;
  for (const std::string& path : options.paths)
    entries.push_back({path, options.format, columnOptions(options.columns)});
  data::DatasetOptions open;
  open.maxRows = options.first > 0 ? options.first : UINT64_MAX;
  const auto set = data::Dataset::open(entries, open, terminalProgress("reading "));
  const auto check = set->check(kProblemsListed, UINT64_MAX, 0, terminalProgress("checking"));
  clearProgress();
  Json files = Json::array(), problems = Json::array();
  for (size_t i = 0; i < set->files().size(); ++i) {
    if (options.json)
      files.push_back(fileJson(set->files()[i], check.checked[i], check.bad[i]));
    else
      printFile(set->files()[i], check.bad[i]);
  }
  if (!options.json)
    return printProblems(*set, check);
  for (const data::RowError& error : check.errors)
    problems.push_back({{"file", error.file}, {"line", error.line}, {"column", error.column}, {"message", error.message}});
  const std::string text = dumpJson({{"files", files}, {"rows", set->rows()}, {"bad_rows", check.totalBad()}, {"problems", problems}, {"left_out", set->leftOut()}}) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

} // namespace

Json datasetReport(const Json& found) {
  const std::string path = stringOr(found, "path", "");
  data::DatasetOptions open;
  open.maxRows = kReportRows;
  const auto set = capture([&] { return data::Dataset::open({{path, "auto", Json::object()}}, open); });
  Json out = found;
  if (!set.ok()) {
    if (stringOr(found, "kind", "") == "dataset")
      out.update({{"supported", false}, {"problems", Json::array({set.error().message})}});
    return out;
  }
  const auto check = (*set)->check(kProblemsPrinted);
  const data::Dataset::File& first = (*set)->files().front();
  uint64_t bytes = 0, rows = 0;
  bool whole = true;
  for (const data::Dataset::File& file : (*set)->files()) {
    bytes += file.bytes;
    rows += file.estimatedRows;
    whole = whole && file.whole();
  }
  out = {{"kind", "dataset"}, {"path", path}, {"format", data::fileFormatName(first.format)}, {"packed", data::packedName(first.packed)}, {"layout", data::rowLayoutName(first.layout)},
         {"learned", data::supervisedText(first.layout)}, {"roles", data::rolesJson(first.roles)}, {"columns", columnsJson(first.columns)}, {"bytes", bytes}, {"rows", rows}, {"rows_estimated", !whole},
         {"data_files", (*set)->files().size()}, {"supported", true}, {"problems", Json::array()}};
  for (const data::RowError& error : check.errors)
    out["problems"].push_back(error.text());
  for (const std::string& reason : (*set)->leftOut())
    out["problems"].push_back("left out: " + reason);
  return out;
}

Json columnOptions(const std::vector<std::string>& given) {
  Json out = Json::object();
  for (const std::string& text : given) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Exception(ErrorKind::Usage, fmt::format("--column takes PART=COLUMN, as in --column instruction=question; \"{}\" has no part before an equals sign.", text));
    out[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return out;
}

void addDataInspect(CLI::App& data) {
  auto options = std::make_shared<InspectDataOptions>();
  CLI::App* verb = data.add_subcommand("inspect", "How files are written, which column is what, how many rows there are, and every row that cannot be used as file:line:column.\n"
                                                  "Example: lathe data inspect --column output=solution problems.csv.gz");
  verb->add_option("paths", options->paths, "Dataset files, or folders of them")->required();
  verb->add_option("--format", options->format, "auto, messages, alpaca, preference, text, tokens; plain text: lines, paragraphs, document")->capture_default_str();
  verb->add_option("--column", options->columns, "Which column is what where it is not found, as PART=COLUMN; PART= leaves it out")->allow_extra_args(false);
  verb->add_option("--first", options->first, "Read only so many rows of each file (0: all)")->capture_default_str();
  verb->add_flag("--json", options->json, "JSON on standard output");
  verb->callback([options] { inspectData(*options); });
}

} // namespace lathe::cli
