// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/normalizer.h"

namespace lathe::text {

void lowercaseText(const TracedView& in, TracedText& out);
/// Drops characters of the category Mn.
void dropNonspacingMarks(const TracedView& in, TracedText& out);
/// Precompiled, Nmt and BertNormalizer; nullptr for other types.
std::unique_ptr<const Normalizer> tableNormalizer(const std::string& type, const Json& json);

} // namespace lathe::text
