// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/chat_template.h"

#include <functional>

namespace lathe::text {

using TemplateRenderer = std::function<std::string(const ChatTemplate::Request&)>; // throws what ChatTemplate::render throws

/// The parts of `text`, the rendering of `request`, that the assistant has to produce, for templates without generation blocks: from renderings
/// of prefixes and variations of the conversation. Throws a refusal (TEMPLATE:spans) when a turn cannot be found.
ChatTemplate::Rendered findAssistantSpans(const ChatTemplate::Request& request, const std::string& text, const TemplateRenderer& render);

} // namespace lathe::text
