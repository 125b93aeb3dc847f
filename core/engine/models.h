// SPDX-License-Identifier: Apache-2.0
// Models a person can choose: bundled ones, folders added, results of runs.
#pragma once

#include "core/api/values.h"
#include "core/engine/compute_thread.h"
#include "core/engine/context.h"
#include "core/engine/model_trials.h"
#include "core/engine/model_work.h"
#include "core/engine/runs.h"

#include <map>
#include <mutex>
#include <string>

namespace lathe::engine {

class Models {
public:
  Models(Context& context, ComputeThread& compute, Runs& runs) : m_context(context), m_compute(compute), m_runs(runs) {}
  void addMethods(rpc::MethodTable& table);
  /// Work that should not be cut off by an idle engine.
  bool isBusy() const { return m_work.isBusy(); }
  /// Stops it and waits for it.
  void endWork() { m_work.end(); }

private:
  api::ModelSummary describe(const std::string& path); // compute thread; cached by path and time of change
  std::vector<api::ModelSummary> bundledModels();      // the same
  void list(const rpc::Reply& reply);
  void add(const Json& params, const rpc::Reply& reply);
  void addDetailMethods(rpc::MethodTable& table);
  void addWorkMethods(rpc::MethodTable& table);
  Json beginWork(const Json& params);
  ModelWork::Task scanTask();
  ModelWork::Task convertTask(ConvertRequest request);
  void noteMade(const std::string& out, const std::string& from, const std::string& how);
  Context& m_context;
  ComputeThread& m_compute;
  Runs& m_runs;
  std::map<std::string, std::pair<std::string, api::ModelSummary>> m_known; // compute thread only
  ModelTrials m_trials;      // thread of m_trying only
  ComputeThread m_trying;
  ModelWork m_work;          // loop thread
};

/// What a model folder or adapter is, from its headers. `missing` and a problem where nothing is there.
api::ModelSummary describeModel(const std::string& path);
/// Gives models that name what they were made from (an adapter's base_model_name_or_path, a model card's base_model) the path of that model, where
/// one of `models` is it: the same path, the same "org/name" of a download cache, or the only folder of that name. An adapter whose base is not among
/// them becomes unsupported and says so.
void resolveBases(std::vector<api::ModelSummary>& models);
/// {path, entries:[{name, folder, bytes, kind}]}: folders first; hidden names left out.
Json listFolder(const std::string& path);

} // namespace lathe::engine
