// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/jinja_eval.h"

#include <span>

namespace lathe::text::jinja {

std::span<const MethodEntry> stringMethods();

} // namespace lathe::text::jinja
