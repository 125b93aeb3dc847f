// SPDX-License-Identifier: Apache-2.0
// Models a person can choose: bundled ones, folders added, results of runs.
#pragma once

#include "core/api/values.h"
#include "core/engine/compute_thread.h"
#include "core/engine/context.h"
#include "core/engine/runs.h"

#include <map>
#include <mutex>
#include <string>

namespace lathe::engine {

class Models {
public:
  Models(Context& context, ComputeThread& compute, Runs& runs) : m_context(context), m_compute(compute), m_runs(runs) {}
  void addMethods(rpc::MethodTable& table);

private:
  api::ModelSummary describe(const std::string& path); // compute thread; cached by path and time of change
  void list(const rpc::Reply& reply);
  Context& m_context;
  ComputeThread& m_compute;
  Runs& m_runs;
  std::map<std::string, std::pair<std::string, api::ModelSummary>> m_known; // compute thread only
};

/// What a model folder or adapter is, from its headers.
api::ModelSummary describeModel(const std::string& path);
/// {path, entries:[{name, folder, bytes, kind}]}: folders first; hidden names left out.
Json listFolder(const std::string& path);

} // namespace lathe::engine
