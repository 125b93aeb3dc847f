// SPDX-License-Identifier: Apache-2.0
#include "core/data/parquet/parquet_reader.h"

#include "core/base/error.h"
#include "core/base/text_format.h"

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include <fmt/format.h>

#include <cmath>
#include <set>

namespace lathe::data::parquet {
namespace {

constexpr int64_t kBatchRows = 256;
constexpr int64_t kMemory = 1ll << 30;
constexpr int kDepth = 32; // of nested types

[[noreturn]] void refuseFile(const std::string& path, const std::string& reason) {
  refuse("REJ:PARQUET", fmt::format("{} cannot be read as Parquet: {}. Download it again, or save the data as JSONL.", path, reason.substr(0, 200)));
}

void check(const arrow::Status& status, const std::string& path) {
  if (!status.ok())
    refuseFile(path, status.IsOutOfMemory() ? fmt::format("reading it needs more than {} of memory", formatBytes(kMemory)) : status.message());
}

void appendText(std::string& out, std::string_view text) {
  out += '"';
  size_t from = 0; // text[from, i) goes in as it is
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text, from, i - from);
    from = i + 1;
    if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (c == '\n')
      out += "\\n";
    else
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
  out.append(text, from, text.size() - from);
  out += '"';
}

void appendBytes(std::string& out, std::string_view bytes) {
  if (isValidUtf8(bytes) && bytes.find('\0') == std::string_view::npos)
    appendText(out, bytes); // many writers leave out that a column is text
  else
    out += "null";
}

void appendNumber(std::string& out, double value) { out += std::isfinite(value) ? fmt::format("{}", value) : "null"; }

void appendValue(std::string& out, const arrow::Array& array, int64_t row);

void appendRange(std::string& out, const arrow::Array& values, int64_t from, int64_t count) {
  out += '[';
  for (int64_t i = 0; i < count; ++i) {
    out += i == 0 ? "" : ",";
    appendValue(out, values, from + i);
  }
  out += ']';
}

void appendStruct(std::string& out, const arrow::StructArray& array, int64_t row) {
  out += '{';
  for (int i = 0; i < array.num_fields(); ++i) {
    out += i == 0 ? "" : ",";
    appendText(out, array.type()->field(i)->name());
    out += ':';
    appendValue(out, *array.field(i), row);
  }
  out += '}';
}

/// Keys become texts: {"key": value, …}.
void appendMap(std::string& out, const arrow::MapArray& array, int64_t row) {
  out += '{';
  for (int64_t i = array.value_offset(row); i < array.value_offset(row) + array.value_length(row); ++i) {
    out += i == array.value_offset(row) ? "" : ",";
    std::string key;
    appendValue(key, *array.keys(), i);
    if (key.starts_with('"'))
      out += key;
    else
      appendText(out, key);
    out += ':';
    appendValue(out, *array.items(), i);
  }
  out += '}';
}

template <class ListArray>
void appendList(std::string& out, const arrow::Array& array, int64_t row) {
  const auto& list = static_cast<const ListArray&>(array);
  appendRange(out, *list.values(), list.value_offset(row), list.value_length(row));
}

template <class NumberArray>
void appendInteger(std::string& out, const arrow::Array& array, int64_t row) { out += fmt::format("{}", +static_cast<const NumberArray&>(array).Value(row)); }

void appendOther(std::string& out, const arrow::Array& array, int64_t row) {
  const auto scalar = array.GetScalar(row);
  if (scalar.ok())
    appendText(out, (*scalar)->ToString());
  else
    out += "null";
}

bool appendWholeNumber(std::string& out, const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
  case arrow::Type::INT8:
    appendInteger<arrow::Int8Array>(out, array, row);
    return true;
  case arrow::Type::INT16:
    appendInteger<arrow::Int16Array>(out, array, row);
    return true;
  case arrow::Type::INT32:
    appendInteger<arrow::Int32Array>(out, array, row);
    return true;
  case arrow::Type::INT64:
    appendInteger<arrow::Int64Array>(out, array, row);
    return true;
  case arrow::Type::UINT8:
    appendInteger<arrow::UInt8Array>(out, array, row);
    return true;
  case arrow::Type::UINT16:
    appendInteger<arrow::UInt16Array>(out, array, row);
    return true;
  case arrow::Type::UINT32:
    appendInteger<arrow::UInt32Array>(out, array, row);
    return true;
  case arrow::Type::UINT64:
    appendInteger<arrow::UInt64Array>(out, array, row);
    return true;
  default:
    return false;
  }
}

bool appendNested(std::string& out, const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
  case arrow::Type::LIST:
    appendList<arrow::ListArray>(out, array, row);
    return true;
  case arrow::Type::LARGE_LIST:
    appendList<arrow::LargeListArray>(out, array, row);
    return true;
  case arrow::Type::FIXED_SIZE_LIST:
    appendList<arrow::FixedSizeListArray>(out, array, row);
    return true;
  case arrow::Type::MAP:
    appendMap(out, static_cast<const arrow::MapArray&>(array), row);
    return true;
  case arrow::Type::STRUCT:
    appendStruct(out, static_cast<const arrow::StructArray&>(array), row);
    return true;
  case arrow::Type::DICTIONARY: {
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
    appendValue(out, *dictionary.dictionary(), dictionary.GetValueIndex(row));
    return true;
  }
  default:
    return false;
  }
}

void appendValue(std::string& out, const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) {
    out += "null";
    return;
  }
  if (appendWholeNumber(out, array, row) || appendNested(out, array, row))
    return;
  switch (array.type_id()) {
  case arrow::Type::BOOL:
    out += static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false";
    return;
  case arrow::Type::FLOAT:
    appendNumber(out, static_cast<double>(static_cast<const arrow::FloatArray&>(array).Value(row)));
    return;
  case arrow::Type::DOUBLE:
    appendNumber(out, static_cast<const arrow::DoubleArray&>(array).Value(row));
    return;
  case arrow::Type::STRING:
    appendText(out, static_cast<const arrow::StringArray&>(array).GetView(row));
    return;
  case arrow::Type::LARGE_STRING:
    appendText(out, static_cast<const arrow::LargeStringArray&>(array).GetView(row));
    return;
  case arrow::Type::BINARY:
    appendBytes(out, static_cast<const arrow::BinaryArray&>(array).GetView(row));
    return;
  case arrow::Type::LARGE_BINARY:
    appendBytes(out, static_cast<const arrow::LargeBinaryArray&>(array).GetView(row));
    return;
  case arrow::Type::FIXED_SIZE_BINARY:
    appendBytes(out, static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row));
    return;
  default:
    appendOther(out, array, row);
  }
}

int depthOf(const arrow::DataType& type) {
  int most = 0;
  for (const auto& field : type.fields())
    most = std::max(most, depthOf(*field->type()));
  return most + 1;
}

void checkSchema(const arrow::Schema& schema, const std::string& path) {
  std::set<std::string> names;
  for (const auto& field : schema.fields()) {
    if (!names.insert(field->name()).second)
      refuseFile(path, fmt::format("it has the column \"{}\" twice", field->name().substr(0, 60)));
    if (depthOf(*field->type()) > kDepth)
      refuseFile(path, fmt::format("the column \"{}\" is nested deeper than {} levels", field->name().substr(0, 60), kDepth));
  }
}

void appendRow(std::string& out, const arrow::RecordBatch& batch, int64_t row) {
  out = "{";
  for (int i = 0; i < batch.num_columns(); ++i) {
    out += i == 0 ? "" : ",";
    appendText(out, batch.column_name(i));
    out += ':';
    appendValue(out, *batch.column(i), row);
  }
  out += '}';
}

uint64_t readAll(const std::string& path, uint64_t maxRows, const std::function<void(std::string_view row, uint64_t total)>& each) {
  arrow::CappedMemoryPool pool(arrow::default_memory_pool(), kMemory);
  auto file = arrow::io::ReadableFile::Open(path, &pool);
  check(file.status(), path);
  ::parquet::ReaderProperties properties(&pool);
  properties.enable_buffered_stream();
  ::parquet::ArrowReaderProperties arrowProperties(false);
  arrowProperties.set_batch_size(kBatchRows);
  arrowProperties.set_pre_buffer(false);
  ::parquet::arrow::FileReaderBuilder builder;
  check(builder.memory_pool(&pool)->properties(arrowProperties)->Open(*file, properties), path);
  std::unique_ptr<::parquet::arrow::FileReader> reader;
  check(builder.Build(&reader), path);
  std::shared_ptr<arrow::Schema> schema;
  check(reader->GetSchema(&schema), path);
  checkSchema(*schema, path);
  const int64_t counted = reader->parquet_reader()->metadata()->num_rows();
  const auto total = static_cast<uint64_t>(std::max<int64_t>(0, counted));
  auto batches = reader->GetRecordBatchReader();
  check(batches.status(), path);
  std::string row;
  for (uint64_t done = 0; done < maxRows;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    check((*batches)->ReadNext(&batch), path);
    if (!batch)
      break;
    check(batch->Validate(), path);
    for (int64_t i = 0; i < batch->num_rows() && done < maxRows; ++i, ++done) {
      appendRow(row, *batch, i);
      each(row, total);
    }
  }
  return total;
}

} // namespace

uint64_t readRows(const std::string& path, uint64_t maxRows, const std::function<void(std::string_view row, uint64_t total)>& each) {
  try {
    return readAll(path, maxRows, each);
  } catch (const Exception&) {
    throw;
  } catch (const ::parquet::ParquetException& e) {
    refuseFile(path, e.what());
  } catch (const std::bad_alloc&) {
    refuseFile(path, "reading it needs more memory than there is");
  }
}

} // namespace lathe::data::parquet

extern "C" __attribute__((visibility("default"))) lathe::data::parquet::ReadRows latheParquetReadRows1() { return &lathe::data::parquet::readRows; }
