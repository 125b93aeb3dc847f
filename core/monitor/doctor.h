// SPDX-License-Identifier: Apache-2.0
// What the machine has, what is missing and the command that fixes it.
#pragma once

#include "core/base/json.h"

#include <string>

namespace lathe::monitor {

/// api::DoctorReport as JSON: {"version", "status": worst of all, "checks": [{"name", "status": ok | warn | fail, "text", "remedy", "command", …}]}
Json doctorReport(const std::string& home);
/// The same as aligned lines.
std::string doctorText(const Json& report);

} // namespace lathe::monitor
