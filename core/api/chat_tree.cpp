// SPDX-License-Identifier: Apache-2.0
#include "core/api/chat_tree.h"

#include <algorithm>

namespace lathe::api {
namespace {

bool isTurn(const ChatMessage& m) { return m.role == "user"; }
bool isReply(const ChatMessage& m) { return m.role == "assistant"; }

std::vector<int64_t> sorted(std::vector<int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

} // namespace

ChatTree::ChatTree(const std::vector<ChatMessage>& messages) {
  m_byId.reserve(messages.size());
  m_children.reserve(messages.size());
  for (const ChatMessage& m : messages) {
    if (m.parent >= m.id) // a parent is older; without this a damaged file could lead in circles
      continue;
    m_byId[m.id] = &m;
    m_children[m.parent].push_back(&m);
  }
}

const ChatMessage* ChatTree::find(int64_t id) const {
  const auto it = m_byId.find(id);
  return it == m_byId.end() ? nullptr : it->second;
}

const ChatTree::List& ChatTree::children(int64_t parent) const {
  static const List none;
  const auto it = m_children.find(parent);
  return it == m_children.end() ? none : it->second;
}

ChatTree::List ChatTree::chosenReplies(int64_t turn) const {
  List out;
  for (const ChatMessage* m : children(turn))
    if (isReply(*m) && m->active)
      out.push_back(m);
  return out;
}

ChatTree::List ChatTree::continuations(int64_t turn) const {
  std::vector<int64_t> chosen;
  for (const ChatMessage* reply : chosenReplies(turn))
    chosen.push_back(reply->id);
  chosen = sorted(chosen);
  List out;
  for (const ChatMessage* m : children(turn))
    if (isTurn(*m) && (turn == 0 || m->follows.empty() || sorted(m->follows) == chosen))
      out.push_back(m);
  return out;
}

ChatTree::List ChatTree::turns() const {
  List out;
  for (int64_t at = 0;;) {
    const List next = continuations(at);
    const auto chosen = std::find_if(next.rbegin(), next.rend(), [](const ChatMessage* m) { return m->active; });
    if (chosen == next.rend())
      return out;
    out.push_back(*chosen);
    at = (*chosen)->id;
  }
}

const ChatMessage* ChatTree::replyIn(const List& replies, int64_t pane) const {
  const ChatMessage* first = nullptr;
  for (const ChatMessage* reply : replies) {
    if (reply->pane == pane)
      return reply;
    if (!first || reply->pane < first->pane)
      first = reply;
  }
  return first;
}

ChatTree::List ChatTree::history(int64_t turn, int64_t pane) const {
  List out;
  for (const ChatMessage* at = find(turn); at; at = find(at->parent)) {
    out.push_back(at);
    List before;
    for (int64_t id : at->follows)
      if (const ChatMessage* reply = find(id); reply && reply->id < at->id)
        before.push_back(reply);
    if (at->parent != 0 && before.empty())
      before = chosenReplies(at->parent);
    if (const ChatMessage* reply = replyIn(before, pane))
      out.push_back(reply);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

ChatTree::List ChatTree::path(int64_t pane) const {
  const List all = turns();
  if (all.empty())
    return {};
  List out = history(all.back()->id, pane);
  // A pane that was added after the last reply has nothing to show for it, and can still be asked.
  for (const ChatMessage* reply : chosenReplies(all.back()->id))
    if (reply->pane == pane)
      out.push_back(reply);
  return out;
}

ChatTree::List ChatTree::siblings(const ChatMessage& message) const {
  List out;
  const auto follows = sorted(message.follows);
  for (const ChatMessage* m : children(message.parent))
    if (m->role == message.role && m->pane == message.pane && (!isTurn(*m) || sorted(m->follows) == follows))
      out.push_back(m);
  return out;
}

ChatTree::List ChatTree::lineage(const ChatMessage& message) const {
  List out = {&message};
  const ChatMessage* turn = isTurn(message) ? &message : find(message.parent);
  if (turn && turn != &message)
    out.push_back(turn);
  for (; turn; turn = find(turn->parent)) {
    if (turn != out.back())
      out.push_back(turn);
    for (int64_t id : turn->follows)
      if (const ChatMessage* reply = find(id))
        out.push_back(reply);
  }
  return out;
}

} // namespace lathe::api
