// SPDX-License-Identifier: Apache-2.0
// What a person should know about a chat template before training with it: not wrong, but easily overlooked.
#pragma once

#include "core/text/chat_template.h"

namespace lathe::text {

struct TemplateWarning {
  enum class Kind { SystemRefused, SystemDropped, BranchesOnContent };
  Kind kind;
  int line = 0; // of the template; 0 = nowhere in particular
  std::string message; // one sentence with the place
};

/// Renders a conversation with a system message and reads the conditions. `variables` as for rendering (bos_token …). Warns when the template
/// raises on a system message, leaves it out of the text, or branches on what messages say (an answer then depends on words in the data).
std::vector<TemplateWarning> examineTemplate(const ChatTemplate& chat, const Json& variables = Json::object());

} // namespace lathe::text
