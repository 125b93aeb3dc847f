// SPDX-License-Identifier: Apache-2.0
#include "core/engine/data_sets.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/data/detect_shape.h"
#include "core/data/row_source.h"
#include "core/engine/data_rows.h"

#include <algorithm>
#include <filesystem>

namespace lathe::engine {
namespace fs = std::filesystem;
namespace method = api::method;
namespace {

constexpr uint64_t kFirstRows = 2000; // of a large file, before every row is indexed
constexpr uint64_t kProfiledRows = 50; // for the columns of a file that is not understood
constexpr int64_t kMostLines = 200;
constexpr const char* kListKey = "data.datasets"; // in the settings: [{path, format, columns}]

data::DatasetEntry entryOf(const Json& json) {
  data::DatasetEntry out;
  out.path = stringOr(json, "path", "");
  out.format = stringOr(json, "format", "auto");
  if (const Json* columns = find(json, "columns"); columns && columns->is_object())
    out.columns = *columns;
  return out;
}

Json toJson(const data::DatasetEntry& entry) { return {{"path", entry.path}, {"format", entry.format}, {"columns", entry.columns}}; }

std::vector<data::DatasetEntry> remembered(store::Store& store) {
  std::vector<data::DatasetEntry> out;
  const auto settings = store.settings();
  if (const auto found = settings.find(kListKey); found != settings.end() && found->second.is_array())
    for (const Json& item : found->second)
      if (item.is_object())
        out.push_back(entryOf(item));
  return out;
}

void remember(store::Store& store, const std::vector<data::DatasetEntry>& entries) {
  Json list = Json::array();
  for (const data::DatasetEntry& entry : entries)
    list.push_back(toJson(entry));
  store.setSettings({{kListKey, std::move(list)}});
}

std::vector<std::string> bundledFiles() {
  std::vector<std::string> out;
  const std::string folder = resourcesFolder() + "/datasets";
  if (isDirectory(folder))
    for (const std::string& name : listDirectory(folder))
      if (fs::path(name).extension() == ".jsonl")
        out.push_back(folder + "/" + name);
  return out;
}

std::string datasetName(const std::string& path) {
  const fs::path whole = path;
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

api::DatasetSummary fromPath(const data::DatasetEntry& entry) {
  api::DatasetSummary out;
  out.path = entry.path;
  out.name = datasetName(entry.path);
  out.format = entry.format;
  out.columns = entry.columns;
  std::error_code code;
  out.missing = !fs::exists(entry.path, code);
  if (!out.missing && fs::is_regular_file(entry.path, code))
    out.bytes = static_cast<int64_t>(fs::file_size(entry.path, code));
  if (out.missing)
    out.problem = fmt::format("{} is not there any more. Put it back, or take it out of the list.", entry.path);
  return out;
}

/// The rows can be read, but which column is what has to be said.
bool isNameless(const Error& error) { return error.code == "REJ:DATASET_SHAPE" || error.code == "REJ:DATASET_COLUMNS"; }

void addRoles(api::DatasetDetail& out, const data::Dataset::File& file) {
  const Json set = data::rolesJson(file.roles);
  for (const auto shape : {data::DatasetShape::Messages, data::DatasetShape::Alpaca, data::DatasetShape::Text, data::DatasetShape::Tokens})
    for (const data::RoleKey& role : data::roleKeys(shape))
      out.roles.push_back({data::datasetShapeName(shape), role.key, role.needed, shape == file.shape ? stringOr(set, role.key, "") : std::string()});
}

} // namespace

api::TrainSpec dataSpecOf(const Json& params) {
  const Json* document = find(params, "spec");
  api::ParsedSpec parsed = api::parseTrainSpec(document ? *document : Json::object());
  std::erase_if(parsed.problems, [](const api::Problem& problem) { return !problem.path.starts_with("data."); });
  if (!parsed.ok())
    refuse("REJ:SPEC", api::describeProblems(parsed.problems));
  return parsed.spec;
}

api::DatasetDetail describeDataset(const data::Dataset& dataset, const data::DatasetEntry& entry) {
  api::DatasetDetail out;
  out.summary = fromPath(entry);
  const data::Dataset::File& first = dataset.files().front();
  out.summary.file = data::fileFormatName(first.format);
  out.summary.packed = data::packedName(first.packed);
  out.summary.layout = data::rowLayoutName(first.layout);
  out.summary.shape = data::datasetShapeName(first.shape);
  out.summary.exact = true;
  out.summary.bytes = 0;
  for (const data::Dataset::File& file : dataset.files()) {
    out.summary.rows += static_cast<int64_t>(file.estimatedRows);
    out.summary.bytes += static_cast<int64_t>(file.bytes);
    out.summary.exact = out.summary.exact && file.whole();
  }
  out.readableRows = static_cast<int64_t>(dataset.rows());
  out.learned = data::supervisedText(first.layout);
  addRoles(out, first);
  for (const data::Column& column : first.columns)
    out.columns.push_back({column.name, column.kind, column.example, static_cast<int64_t>(column.rows)});
  out.sampledRows = static_cast<int64_t>(first.sampledRows);
  out.notes = dataset.leftOut();
  return out;
}

api::DatasetDetail describeUnread(const data::DatasetEntry& entry, const Error& why) {
  api::DatasetDetail out;
  out.summary = fromPath(entry);
  out.summary.problem = why.message;
  addRoles(out, {entry.path, data::DatasetShape::Messages, {}, 0, 0});
  if (isDirectory(entry.path))
    return out;
  data::DatasetOptions options;
  options.maxRows = kFirstRows;
  data::Dataset::File file{entry.path, data::DatasetShape::Text, {}, 0, 0};
  const auto source = data::openRowSource("auto", options, {}, {}, file);
  std::vector<Json> rows;
  for (uint64_t i = 0; i < std::min<uint64_t>(source->rows(), kProfiledRows); ++i)
    if (auto row = capture([&] { return source->row(i); }); row.ok())
      rows.push_back(std::move(*row));
  out.summary.file = data::fileFormatName(file.format);
  out.summary.packed = data::packedName(file.packed);
  out.summary.rows = static_cast<int64_t>(file.estimatedRows);
  out.summary.exact = file.whole();
  out.sampledRows = static_cast<int64_t>(rows.size());
  for (const data::Column& column : data::profileColumns(rows))
    out.columns.push_back({column.name, column.kind, column.example, static_cast<int64_t>(column.rows)});
  return out;
}

api::DatasetSummary DataSets::describe(const data::DatasetEntry& entry) {
  const std::string key = dumpJson(toJson(entry)), stamp = fileStamp(entry.path);
  auto& [known, summary] = m_known[key];
  if (known == stamp && stamp != "-")
    return summary;
  known = stamp;
  summary = fromPath(entry);
  if (summary.missing)
    return summary;
  data::DatasetOptions beginning; // not kept: a list must not push out what is looked at
  beginning.maxRows = kFirstRows;
  const auto opened = capture([&] { return describeDataset(*data::Dataset::open({entry}, beginning), entry).summary; });
  const auto unread = opened.ok() || !isNameless(opened.error()) ? opened : capture([&] { return describeUnread(entry, opened.error()).summary; });
  if (unread.ok())
    summary = *unread;
  else
    summary.problem = opened.error().message;
  return summary;
}

void DataSets::list(const rpc::Reply& reply) {
  m_context.fetch<std::vector<data::DatasetEntry>>(remembered, [this, reply](Result<std::vector<data::DatasetEntry>> entries) {
    if (!entries.ok()) {
      reply(entries.error());
      return;
    }
    m_reader.post("", [this, reply, entries = *entries](std::stop_token stop) {
      reply(capture([&] {
        api::DatasetList out;
        for (const data::DatasetEntry& entry : entries)
          if (!stop.stop_requested())
            out.datasets.push_back(describe(entry));
        for (const std::string& path : bundledFiles()) {
          const auto same = std::find_if(out.datasets.begin(), out.datasets.end(), [&](const auto& one) { return one.path == path; }); // remembered with roles
          if (same != out.datasets.end()) {
            same->bundled = true;
            continue;
          }
          out.datasets.push_back(describe({path, "auto", Json::object()}));
          out.datasets.back().bundled = true;
        }
        return api::encode(out);
      }));
    });
  });
}

void DataSets::add(const Json& params, const rpc::Reply& reply) {
  data::DatasetEntry entry = entryOf(params);
  if (entry.path.empty())
    return reply(Error{ErrorKind::Usage, "No path was given.", {}, {}});
  entry.path = absolutePath(entry.path);
  m_reader.post("", [this, reply, entry, any = boolOr(params, "even_unreadable", false)](std::stop_token) {
    const api::DatasetSummary summary = describe(entry);
    if (!summary.problem.empty() && summary.file.empty() && !any) // otherwise its columns can be chosen
      return reply(Error{summary.missing ? ErrorKind::NotFound : ErrorKind::Refused, summary.problem, {}, {}});
    m_context.ask([entry, summary](store::Store& s) {
      auto entries = remembered(s);
      const auto same = std::find_if(entries.begin(), entries.end(), [&](const auto& one) { return one.path == entry.path; });
      if (same != entries.end())
        *same = entry;
      else
        entries.insert(entries.begin(), entry);
      remember(s, entries);
      return api::encode(summary);
    }, reply);
  });
}

void DataSets::remove(const Json& params, const rpc::Reply& reply) {
  m_context.ask([path = stringOr(params, "path", "")](store::Store& s) -> Json {
    auto entries = remembered(s);
    std::erase_if(entries, [&](const auto& one) { return one.path == path; });
    remember(s, entries);
    return Json::object();
  }, reply);
}

void DataSets::open(const Json& params, const rpc::Reply& reply) {
  const api::TrainSpec spec = dataSpecOf(params);
  const bool whole = boolOr(params, "whole", false);
  (whole ? m_opener : m_reader).post("open", [this, spec, whole, reply](std::stop_token stop) {
    if (stop.stop_requested())
      return reply(Error{ErrorKind::Cancelled, "Another dataset was opened.", {}, {}});
    const auto entries = data::specEntries(spec);
    const auto opened = capture([&] { return api::encode(describeDataset(*m_files.open(entries, whole ? UINT64_MAX : kFirstRows, {}, stop), entries.front())); });
    reply(!opened.ok() && isNameless(opened.error()) ? capture([&] { return api::encode(describeUnread(entries.front(), opened.error())); }) : opened);
  });
}

std::shared_ptr<const data::Dataset> DataSets::withRow(const api::TrainSpec& spec, uint64_t row) {
  auto files = m_files.open(data::specEntries(spec), kFirstRows);
  return row < files->rows() ? files : m_files.open(data::specEntries(spec), UINT64_MAX);
}

void DataSets::rows(const Json& params, const rpc::Reply& reply) {
  const auto from = static_cast<uint64_t>(std::max<int64_t>(0, intOr(params, "from", 0)));
  const auto limit = static_cast<uint64_t>(std::clamp<int64_t>(intOr(params, "limit", 100), 0, kMostLines));
  m_reader.post("", [this, spec = dataSpecOf(params), from, limit, reply](std::stop_token) {
    reply(capture([&] { return api::encode(dataRowLines(*withRow(spec, from), from, limit)); }));
  });
}

void DataSets::row(const Json& params, const rpc::Reply& reply) {
  const int64_t row = intOr(params, "row", 0);
  RowTokens tokens;
  tokens.from = static_cast<uint64_t>(std::max<int64_t>(0, intOr(params, "chips_from", 0)));
  tokens.limit = static_cast<uint64_t>(std::max<int64_t>(0, intOr(params, "chips", 400)));
  m_reader.post(boolOr(params, "beside", false) ? "row beside" : "row", [this, spec = dataSpecOf(params), row, tokens, reply](std::stop_token stop) mutable {
    if (stop.stop_requested())
      return reply(Error{ErrorKind::Cancelled, "Another row was asked for.", {}, {}});
    reply(capture([&] {
      const auto files = withRow(spec, static_cast<uint64_t>(std::max<int64_t>(0, row)));
      if (row < 0 || static_cast<uint64_t>(row) >= files->rows())
        throw Exception(ErrorKind::NotFound, fmt::format("Row {} was asked for; the dataset has {} rows.", row + 1, files->rows()));
      const auto sources = capture([&] { return m_files.sources(spec); });
      if (sources.ok())
        tokens.sources = *sources;
      tokens.options = data::specTokenizeOptions(spec, tokens.sources);
      if (!sources.ok())
        tokens.problem = sources.error().message;
      else if (spec.model.path.empty() && spec.model.tokenizer.empty())
        tokens.problem = "Choose a model to see the tokens: its tokenizer and template make them.";
      else if (!tokens.sources.tokenizer)
        tokens.problem = fmt::format("{} has no tokenizer, so there are no tokens to show.", spec.model.path);
      return api::encode(dataRowView(*files, static_cast<uint64_t>(row), tokens));
    }));
  });
}

void DataSets::addMethods(rpc::MethodTable& table) {
  table.addAsync(method::kDataList, [this](const Json&, const rpc::Reply& reply) { list(reply); });
  table.addAsync(method::kDataAdd, [this](const Json& p, const rpc::Reply& reply) { add(p, reply); });
  table.addAsync(method::kDataRemove, [this](const Json& p, const rpc::Reply& reply) { remove(p, reply); });
  table.addAsync(method::kDataOpen, [this](const Json& p, const rpc::Reply& reply) { open(p, reply); });
  table.addAsync(method::kDataRows, [this](const Json& p, const rpc::Reply& reply) { rows(p, reply); });
  table.addAsync(method::kDataRow, [this](const Json& p, const rpc::Reply& reply) { row(p, reply); });
  table.add(method::kDataWork, [this](const Json& p) { return startWork(p); });
  table.add(method::kDataWorkState, [this](const Json& p) { return api::encode(m_works.state(intOr(p, "work", 0))); });
  table.add(method::kDataWorkStop, [this](const Json& p) -> Json {
    m_works.stop(intOr(p, "work", 0));
    return Json::object();
  });
}

} // namespace lathe::engine
