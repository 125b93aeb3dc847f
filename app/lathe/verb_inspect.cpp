// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/json.h"
#include "core/base/text_format.h"
#include "core/io/inspect.h"
#include "core/quant/model_tensors.h"

#include <fmt/format.h>

#include <algorithm>

#include <unistd.h>

namespace lathe::cli {
namespace {

struct InspectOptions {
  std::string path, match;
  bool json = false, tensors = false, statistics = false;
};

api::TensorStatistics measured(const quant::ModelTensors& tensors, const api::TensorRow& row) {
  std::string of;
  const io::NumberSource source = tensors.numbers(row.name, of);
  io::StatisticsOptions options;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  if (terminal && row.bytes > (64 << 20))
    options.progress = [&](double share) { fmt::print(stderr, "\r\x1b[K{} {:.0f} %", row.name, 100 * share); };
  api::TensorStatistics out = io::measureNumbers(source, options);
  if (options.progress)
    fmt::print(stderr, "\r\x1b[K");
  out.name = row.name;
  out.of = of;
  return out;
}

std::string statisticsText(const api::TensorStatistics& s) {
  std::string out = fmt::format("  min {:<11.4g} max {:<11.4g} mean {:<11.4g} σ {:<11.4g}", s.min, s.max, s.mean, s.deviation);
  if (s.nans + s.infinities > 0)
    out += fmt::format(" {} NaN, {} infinite", s.nans, s.infinities);
  return s.of.empty() ? out : out + fmt::format(" ({})", s.of);
}

/// Every tensor, with its statistics where they are asked for; one that cannot be measured says why and the others go on.
Json listTensors(const InspectOptions& options) {
  const auto tensors = quant::ModelTensors::open(options.path);
  Json list = Json::array();
  for (const api::TensorRow& row : tensors->rows()) {
    if (row.name.find(options.match) == std::string::npos)
      continue;
    Json entry = api::encode(row);
    std::string text;
    if (options.statistics) {
      const auto statistics = capture([&] { return measured(*tensors, row); });
      text = statistics.ok() ? statisticsText(*statistics) : "  " + statistics.error().message;
      if (statistics.ok())
        entry["statistics"] = api::encode(*statistics);
      else
        entry["error"] = statistics.error().message;
    }
    if (!options.json)
      fmt::print("{:<52} {:<7} {:<20} {:>10}{}\n", row.name, row.type, fmt::format("[{}]", fmt::join(row.shape, ", ")), formatBytes(static_cast<uint64_t>(row.bytes)), text);
    list.push_back(std::move(entry));
  }
  return list;
}

void runInspect(const InspectOptions& options) {
  if ((options.statistics || !options.match.empty()) && !options.tensors)
    throw Exception(ErrorKind::Usage, "--statistics and --match go with --tensors.");
  Json report = io::inspectPath(options.path);
  if (const std::string kind = stringOr(report, "kind", ""); kind == "dataset" || kind == "unknown")
    report = datasetReport(report);
  if (options.tensors) {
    Json list = listTensors(options);
    if (!options.json)
      return;
    report["tensor_list"] = std::move(list);
  }
  fmt::print("{}\n", options.json ? dumpJson(report) : io::inspectText(report));
}

} // namespace

void addInspectVerb(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* verb = app.add_subcommand("inspect", "What a path is: model folder, adapter, tokenizer, dataset, checkpoint. Never loads weights, but for --statistics.\nExample: lathe inspect ./my-model --tensors --statistics --match layers.0.");
  verb->add_option("path", options->path, "File or folder")->required();
  verb->add_flag("--tensors", options->tensors, "Every tensor with type, shape and bytes");
  verb->add_flag("--statistics", options->statistics, "With --tensors: read their values and show min, max, mean and deviation (with --json also a histogram); packed ones are unpacked");
  verb->add_option("--match", options->match, "With --tensors: only those with this in their names");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->callback([options] { runInspect(*options); });
}

} // namespace lathe::cli
