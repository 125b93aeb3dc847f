// SPDX-License-Identifier: GPL-3.0-or-later
// Datasets of the scripted world.
#pragma once

#include "core/api/data_quality_values.h"
#include "core/api/data_values.h"

#include <optional>

namespace lathe::fake {

/// The answer to a request data/…; nullopt for other ones (data/preview is one of those).
std::optional<Json> answerData(const std::string& method, const Json& params);

} // namespace lathe::fake
