// SPDX-License-Identifier: Apache-2.0
// What a person hands over on the command line: a file, a pipe (as in <(…)), or "-" for standard input. Files of models and data, which
// come from elsewhere, are read with readFile() and have to be regular.
#pragma once

#include "core/base/json.h"

namespace lathe {

/// Everything up to the end. Refused (REJ:FILE_SIZE) above `maxBytes`; folders and devices are refused.
std::string readUserInput(const std::string& path, uint64_t maxBytes);

/// The same, parsed; `limits.what` defaults to the path.
Json readUserJson(const std::string& path, JsonLimits limits = {});

} // namespace lathe
