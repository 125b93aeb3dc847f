// SPDX-License-Identifier: Apache-2.0
// `lathe merge` as work of the engine: lathe-worker computes it, because the engine has no LibTorch.
#pragma once

#include "core/engine/model_work.h"

#include <string>

namespace lathe::engine {

struct MergeRequest {
  std::string path, adapter, out;    // base model, adapter folder, folder to make
  std::string workerProgram, logFolder;
};

/// {out, notes:[]}. Refuses an output that is there already (Conflict). A stop ends the process and removes what it had begun. Throws Io with the
/// process's own sentence when it fails.
Json mergeModel(const MergeRequest& request, const ModelWork::Progress& progress);

} // namespace lathe::engine
