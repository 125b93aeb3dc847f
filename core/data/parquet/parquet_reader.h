// SPDX-License-Identifier: Apache-2.0
// liblathe_parquet.so: the one place that sees Apache Arrow's headers (built only where libparquet was found, cmake/FindParquet.cmake), loaded when the
// first Parquet file is opened (core/data/parquet_rows.cpp).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace lathe::data::parquet {

/// Calls `each` with the first `maxRows` rows as JSON objects on one line, and the number of rows in the file, which is also returned. Texts are taken as
/// they are; bytes that are not text become null; times and decimals become texts; nested lists and structures become lists and objects. Reads a few
/// hundred rows at once, with at most 1 GiB of memory. Refused: REJ:PARQUET. What `each` throws passes through.
uint64_t readRows(const std::string& path, uint64_t maxRows, const std::function<void(std::string_view row, uint64_t total)>& each);

using ReadRows = decltype(&readRows);
inline constexpr const char* kReadRowsSymbol = "latheParquetReadRows1"; // the number: a change of the signature

} // namespace lathe::data::parquet
