// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lathe::engine {

/// Setting: {path of what was converted here: {from, how}}.
inline constexpr const char* kMadeKey = "models.made";

} // namespace lathe::engine
