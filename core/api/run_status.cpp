// SPDX-License-Identifier: Apache-2.0
#include "core/api/run_status.h"

#include "core/base/files.h"

namespace lathe::api {

RunStatus readRunStatus(const std::string& folder) {
  const auto status = capture([&] { return decode<RunStatus>(parseJsonFile(folder + "/state.json", {.what = "state.json"})); });
  if (status.ok())
    return *status;
  RunStatus broken;
  broken.state = RunState::Interrupted;
  broken.error = "The run's state.json cannot be read: " + status.error().message;
  return broken;
}

void writeRunStatus(const std::string& folder, const RunStatus& status) { writeFileAtomic(folder + "/state.json", dumpJson(encode(status), 2) + "\n"); }

} // namespace lathe::api
