// SPDX-License-Identifier: Apache-2.0
// Conversations: what a person writes is committed before any model sees it; replies are stored at least once a second. Nothing is ever
// overwritten: another reply, another wording, another branch are siblings in the tree of core/api/chat_tree.h.
#pragma once

#include "core/engine/context.h"
#include "core/engine/model_workers.h"

#include <atomic>
#include <map>
#include <memory>
#include <string>

namespace lathe::engine {

class Chats {
public:
  Chats(Context& context, ModelWorkers& workers);
  /// Hands the last pieces to the store; call before the store ends.
  void close();
  void addMethods(rpc::MethodTable& table);

private:
  struct Reply {
    int64_t chat = 0;
    api::ChatMessage message;
    std::vector<api::TokenTrace> tokens, kept; // kept: what is known of the tokens that this reply began with
    bool dirty = false, cancelled = false;
  };
  /// Replies that a model has to write now, in a conversation that is on disk.
  struct Turn {
    api::Chat chat;
    std::vector<api::ChatMessage> messages;  // what is new in it
    std::vector<api::TokenTrace> kept;       // the first tokens of the (one) reply
  };
  struct Search;
  void create(const Json& params, const rpc::Reply& reply);
  void update(const Json& params, const rpc::Reply& reply);
  void setDeleted(const Json& params, bool deleted, const rpc::Reply& reply);
  void send(const Json& params, const rpc::Reply& reply);
  void regenerate(const Json& params, const rpc::Reply& reply);
  void edit(const Json& params, const rpc::Reply& reply);
  void choose(const Json& params, bool asEnd, const rpc::Reply& reply);
  void tokens(const Json& params, const rpc::Reply& reply);
  void search(const Json& params, const rpc::Reply& reply);
  void searchOn(const std::shared_ptr<Search>& search);
  Json stop(const Json& params);
  void answer(std::function<Turn(store::Store&)> write, const rpc::Reply& reply);
  void begin(const api::Chat& chat, const api::ChatMessage& message, const std::vector<api::TokenTrace>& kept);
  std::vector<api::TokenTrace> takeTokens(Reply& reply, const Json& body);
  void onEvent(const std::string& request, const api::Event& event);
  void finish(const std::string& request, const Json& body);
  void save(Reply& reply);
  void saveDirty();
  void refuseWhileAnswering(int64_t chat) const;
  void tell(const char* type, const Json& body) { m_context.events.append(type, "", body); }

  Context& m_context;
  ModelWorkers& m_workers;
  std::map<std::string, Reply> m_replies; // by request
  uint64_t m_timer = 0;
  std::atomic<uint64_t> m_searches{0}; // a newer one ends an older one
};

} // namespace lathe::engine
