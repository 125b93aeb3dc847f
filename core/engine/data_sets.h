// SPDX-License-Identifier: Apache-2.0
// Datasets a person works with: the list that is remembered, their rows, roles and tokens, and checks of the whole (requests data/…).
#pragma once

#include "core/engine/context.h"
#include "core/engine/data_files.h"
#include "core/engine/data_works.h"

#include <map>
#include <string>
#include <vector>

namespace lathe::engine {

class DataSets {
public:
  explicit DataSets(Context& context) : m_context(context) {}
  void addMethods(rpc::MethodTable& table);

private:
  void list(const rpc::Reply& reply);
  void add(const Json& params, const rpc::Reply& reply);
  void remove(const Json& params, const rpc::Reply& reply);
  void open(const Json& params, const rpc::Reply& reply);
  void rows(const Json& params, const rpc::Reply& reply);
  void row(const Json& params, const rpc::Reply& reply);
  std::shared_ptr<const data::Dataset> withRow(const api::TrainSpec& spec, uint64_t row); // every row is indexed where that one is not among the first
  Json startWork(const Json& params);
  api::DatasetSummary describe(const data::DatasetEntry& entry); // reader thread; cached by path and time of change
  DataWorks::Task taskOf(const std::string& kind, const api::TrainSpec& spec, const Json& params);

  Context& m_context;
  DataFiles m_files;
  std::map<std::string, std::pair<std::string, api::DatasetSummary>> m_known; // reader thread only
  DataWorks m_works;
  ComputeThread m_opener, m_reader; // whole files take a while, rows and lists do not
};

/// The data section of `params.spec` with its model, which may be missing. Refused (REJ:SPEC) where the data section is wrong.
api::TrainSpec dataSpecOf(const Json& params);
/// What is known of an opened dataset.
api::DatasetDetail describeDataset(const data::Dataset& dataset, const data::DatasetEntry& entry);
/// What can be said of a file whose rows have no known shape: its columns, from which a person can choose.
api::DatasetDetail describeUnread(const data::DatasetEntry& entry, const Error& why);

} // namespace lathe::engine
