// SPDX-License-Identifier: Apache-2.0
// What the files of Chats share.
#pragma once

#include "core/engine/chats.h"

#include <string>
#include <vector>

namespace lathe::engine {

inline constexpr size_t kMessageBytes = 4u << 20;

/// "text" of a request; refuses an empty or too long one.
std::string messageText(const Json& params);
/// On the store's thread, where two requests that came at once meet: refuses while a reply of this conversation is under way.
void refuseUnderWay(const api::Chat& chat);
/// A message of the person and, in every pane, a reply that waits.
std::vector<api::ChatMessage> askedInAllPanes(const api::Chat& chat, api::ChatMessage said);

} // namespace lathe::engine
