// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lathe {

inline constexpr const char* kVersion = "0.1.0"; // as in the top CMakeLists.txt

} // namespace lathe
