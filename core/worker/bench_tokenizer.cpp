// SPDX-License-Identifier: Apache-2.0
// `lathe bench tokenizer`: encoding of the text of data files, row by row, on one core.
#include "core/worker/bench.h"

#include "core/data/dataset.h"
#include "core/data/open_tokenizer.h"

#include <fmt/format.h>

#include <ctime>

namespace lathe::worker {
namespace {

double processorSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::vector<std::string> rowTexts(const std::vector<std::string>& files) {
  std::vector<data::DatasetEntry> entries;
  for (const std::string& file : files) {
    data::DatasetEntry entry;
    entry.path = file;
    entries.push_back(entry);
  }
  const auto set = data::Dataset::open(entries);
  std::vector<std::string> out;
  for (uint64_t row = 0; row < set->rows(); ++row) {
    try {
      const data::Sample sample = set->sample(row);
      std::string text = sample.text;
      for (const Json& message : sample.messages)
        text += (text.empty() ? "" : "\n") + stringOr(message, "content", "");
      out.push_back(std::move(text));
    } catch (const data::RowException&) {
      continue; // rows that cannot be read are no text
    }
  }
  return out;
}

} // namespace

Json benchTokenizer(const BenchOptions& options) {
  if (options.data.empty() || options.tokenizer.empty())
    throw Exception(ErrorKind::Usage, "Give --data FILE… and --tokenizer PATH.");
  const auto tokenizer = data::openTokenizer(options.tokenizer);
  const std::vector<std::string> texts = rowTexts(options.data);
  uint64_t bytes = 0, tokens = 0;
  for (const std::string& text : texts)
    bytes += text.size();
  std::vector<double> seconds; // the first pass meets every word for the first time
  for (int pass = 0; pass <= options.repeats; ++pass) {
    const double start = processorSeconds();
    tokens = 0;
    for (const std::string& text : texts)
      tokens += tokenizer->encode(text, false).size();
    seconds.push_back(processorSeconds() - start);
  }
  const auto rate = [bytes](double s) { return s > 0 ? static_cast<double>(bytes) / 1e6 / s : 0.0; };
  return {{"what", "tokenizer"}, {"tokenizer", options.tokenizer}, {"rows", texts.size()}, {"bytes", bytes}, {"tokens", tokens}, {"first_mb_per_s", rate(seconds.front())},
          {"mb_per_s", rate(benchMedian({seconds.begin() + 1, seconds.end()}))}};
}

} // namespace lathe::worker
