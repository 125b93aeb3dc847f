// SPDX-License-Identifier: Apache-2.0
// A conversation is a tree. Its turns are the person's messages; replies hang on a turn, one or more for each pane. A turn continues certain replies
// (`follows`): where another reply is chosen, other turns follow, or none yet. Of siblings the `active` one is chosen; the chosen ones from the root on
// are the conversation: what is shown, and what a model is sent.
#pragma once

#include "core/api/chat_values.h"

#include <unordered_map>

namespace lathe::api {

class ChatTree {
public:
  using List = std::vector<const ChatMessage*>;
  /// Looks at `messages` as long as it lives. Linear in their number.
  explicit ChatTree(const std::vector<ChatMessage>& messages);

  const ChatMessage* find(int64_t id) const; // null when absent
  /// The person's messages on the chosen path, first to last.
  List turns() const;
  /// The chosen path as `pane` sees it, ending with the chosen reply to the last turn. Where the pane has no reply (it was added later) the first
  /// pane's stands in.
  List path(int64_t pane) const;
  /// What a reply in `pane` to the person's message `turn` answers: everything before it and the turn itself. Does not depend on what is chosen now.
  List history(int64_t turn, int64_t pane) const;
  /// The versions of a message, itself included, oldest first.
  List siblings(const ChatMessage& message) const;
  /// The chosen replies to a turn, of all panes.
  List chosenReplies(int64_t turn) const;
  /// Turns that continue the chosen replies to `turn` (0: first turns).
  List continuations(int64_t turn) const;
  /// The message and everything else that has to be chosen so that the path goes through it.
  List lineage(const ChatMessage& message) const;

private:
  const List& children(int64_t parent) const;
  const ChatMessage* replyIn(const List& replies, int64_t pane) const;
  std::unordered_map<int64_t, const ChatMessage*> m_byId;
  std::unordered_map<int64_t, List> m_children;
};

inline bool isUnderWay(const ChatMessage& message) { return message.state == "waiting" || message.state == "streaming"; }

} // namespace lathe::api
