// SPDX-License-Identifier: Apache-2.0
// The first byte chooses how the file is called and the second as what it is read (auto, messages, preference, lines, …); the rest is the dataset:
// refused, or every row is canonical or reported with its place.
#include "core/data/dataset.h"
#include "tests/fuzz/fuzz_support.h"

#include <array>
#include <filesystem>

namespace {

using namespace lathe;

void checkRow(const data::Dataset& set, uint64_t row) {
  try {
    const data::Sample sample = set.sample(row);
    fuzz::require(sample.shape == set.shape(), "a row has the shape of its file");
    if (sample.shape == data::DatasetShape::Tokens)
      fuzz::require(sample.ids.size() == sample.labels.size(), "one label per token");
    if (sample.shape == data::DatasetShape::Messages || sample.shape == data::DatasetShape::Alpaca) {
      fuzz::require(sample.messages.is_array() && !sample.messages.empty() && sample.train.size() == sample.messages.size(), "messages and their switches");
      for (const Json& message : sample.messages)
        fuzz::require(message.is_object() && message.contains("role") && message["role"].is_string(), "a message has a role");
    }
  } catch (const data::RowException& e) {
    fuzz::require(!e.row().message.empty() && e.row().line >= 1 && e.row().column >= 1, "a bad row has a place and a reason");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::array<const char*, 5> suffixes = {".jsonl", ".json", ".csv", ".tsv", ".txt"};
  if (size < 2)
    return 0;
  const fuzz::MemoryFile content(data + 2, size - 2);
  const std::string path = (std::filesystem::temp_directory_path() / ("lathe-fuzz-rows-" + std::to_string(::getpid()) + suffixes[data[0] % suffixes.size()])).string();
  const auto& formats = data::datasetFormatNames();
  std::filesystem::create_symlink(content.path(), path);
  fuzz::accepted([&] {
    const auto set = data::Dataset::open({{path, formats[data[1] % formats.size()], Json::object()}});
    for (uint64_t row = 0; row < std::min<uint64_t>(set->rows(), 200); ++row)
      checkRow(*set, row);
  });
  std::filesystem::remove(path);
  return 0;
}
