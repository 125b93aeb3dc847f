// SPDX-License-Identifier: Apache-2.0
#include "core/data/parquet_rows.h"

#include "core/base/paths.h"
#include "core/data/parquet/parquet_reader.h"
#include "core/data/scratch_file.h"

#include <fmt/format.h>

#include <algorithm>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

namespace lathe::data {

namespace {

/// nullptr where the library was not built, or its own libraries are not there.
parquet::ReadRows loadedReader() {
  static const parquet::ReadRows reader = []() -> parquet::ReadRows {
    const std::string folder = executableFolder();
    for (const char* place : {"/liblathe_parquet.so", "/../lib/liblathe_parquet.so", "/../bin/liblathe_parquet.so"})
      if (void* library = ::dlopen((folder + place).c_str(), RTLD_NOW | RTLD_LOCAL))
        if (const auto entry = reinterpret_cast<parquet::ReadRows (*)()>(::dlsym(library, parquet::kReadRowsSymbol)))
          return entry();
    return nullptr;
  }();
  return reader;
}

} // namespace

bool canReadParquet() { return loadedReader() != nullptr; }

bool isParquet(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return false;
  char magic[4] = {};
  const bool found = ::pread(fd, magic, 4, 0) == 4 && std::string_view(magic, 4) == "PAR1";
  ::close(fd);
  return found;
}

ParquetRows openParquet(const std::string& path, uint64_t maxRows, const Progress& progress, const std::stop_token& stop) {
  const parquet::ReadRows readRows = loadedReader();
  if (!readRows)
    throw Exception(ErrorKind::Unsupported, fmt::format("{} is a Parquet file, and this build of Lathe was made without a Parquet reader. Run ./dev.sh setup --parquet and build again, or save the data as JSONL.", path));
  MappedFile::open(path); // what is not a regular file is refused as everywhere
  ParquetRows out;
  ScratchFile scratch;
  std::string lines;
  const auto flush = [&] {
    scratch.write(lines);
    lines.clear();
  };
  out.total = readRows(path, maxRows, [&](std::string_view row, uint64_t total) {
    const uint64_t begin = scratch.size() + lines.size();
    lines += row;
    lines += '\n';
    out.rows.push_back({begin, begin + row.size(), out.rows.size() + 1, 1});
    if (lines.size() >= (1u << 20))
      flush();
    if (out.rows.size() % 1024 != 0)
      return;
    if (stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Reading the dataset was stopped.");
    if (progress)
      progress(static_cast<double>(out.rows.size()) / static_cast<double>(std::max<uint64_t>(1, total)));
  });
  flush();
  if (out.rows.empty())
    refuse("REJ:DATASET_EMPTY", fmt::format("{} holds no rows.", path));
  out.file = scratch.map();
  return out;
}

} // namespace lathe::data
