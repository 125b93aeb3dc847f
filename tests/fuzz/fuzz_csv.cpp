// SPDX-License-Identifier: Apache-2.0
// Any bytes as a CSV dataset: refused, or opened with its bad rows reported; every row's text is inside the file.
#include "core/data/dataset.h"
#include "tests/fuzz/fuzz_support.h"

#include <filesystem>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe;
  static const std::string path = (std::filesystem::temp_directory_path() / ("lathe-fuzz-" + std::to_string(::getpid()) + ".csv")).string();
  const fuzz::MemoryFile content(data, size);
  std::filesystem::remove(path);
  std::filesystem::create_symlink(content.path(), path);
  fuzz::accepted([&] {
    const auto set = data::Dataset::open({{path, "auto", Json::object()}});
    for (const data::RowError& error : set->errors(1000)) {
      fuzz::require(error.line >= 1 && error.line <= size + 1 && error.column >= 1 && error.column <= size + 1, "a bad row has a place in the file");
      fuzz::require(!error.message.empty(), "a bad row has a reason");
    }
  });
  std::filesystem::remove(path);
  return 0;
}
