// SPDX-License-Identifier: Apache-2.0
// Any bytes as a dataset file: refused, or opened with its bad rows reported, never a crash.
#include "core/base/files.h"
#include "core/data/dataset.h"

#include <filesystem>

#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe;
  static const std::string path = (std::filesystem::temp_directory_path() / ("lathe-fuzz-" + std::to_string(::getpid()) + ".jsonl")).string();
  try {
    writeFileAtomic(path, std::string_view(reinterpret_cast<const char*>(data), size));
    data::Dataset::open({{path, "auto", Json::object()}})->errors(3);
  } catch (const Exception&) {
  }
  std::filesystem::remove(path);
  return 0;
}
