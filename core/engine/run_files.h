// SPDX-License-Identifier: Apache-2.0
// Run folders as the engine sees them; the worker owns their files while it lives.
#pragma once

#include "core/api/run_status.h"
#include "core/api/train_spec.h"
#include "core/api/values.h"

#include <stop_token>
#include <string>

namespace lathe::engine {

using api::RunStatus;

/// Changes when state.json was replaced.
std::string statusStamp(const std::string& folder);

/// Makes <runs>/<id> with spec.json (complete document) and state.json "queued": both or nothing.
void createRunFolder(const std::string& runs, const std::string& id, const api::TrainSpec& spec);
/// Name, method, model, data, folder from spec.json; an unreadable one leaves them empty.
void describeSpec(const std::string& folder, api::RunSummary& summary);
bool hasCheckpoint(const std::string& folder);
/// What the folder takes on the disk, in bytes: blocks of its files, links not followed, a file with several names once. Looks at no more than
/// 100,000 entries (then it is a lower bound) and stops when asked; −1 when the folder is gone.
int64_t folderBytes(const std::string& folder, const std::stop_token& stop);

} // namespace lathe::engine
