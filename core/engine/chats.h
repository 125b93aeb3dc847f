// SPDX-License-Identifier: Apache-2.0
// Conversations: what a person writes is committed before any model sees it; replies are stored at least once a second.
#pragma once

#include "core/engine/context.h"
#include "core/engine/model_workers.h"

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
    bool dirty = false, cancelled = false;
  };
  void create(const Json& params, const rpc::Reply& reply);
  void update(const Json& params, const rpc::Reply& reply);
  void setDeleted(const Json& params, bool deleted, const rpc::Reply& reply);
  void send(const Json& params, const rpc::Reply& reply);
  void regenerate(const Json& params, const rpc::Reply& reply);
  Json stop(const Json& params);
  void begin(const api::Chat& chat, const api::ChatMessage& message);
  void onEvent(const std::string& request, const api::Event& event);
  void finish(const std::string& request, const Json& body);
  void save(Reply& reply);
  void saveDirty();
  bool isAnswering(int64_t chat) const;
  void tell(const char* type, const Json& body) { m_context.events.append(type, "", body); }

  Context& m_context;
  ModelWorkers& m_workers;
  std::map<std::string, Reply> m_replies; // by request
  uint64_t m_timer = 0;
};

} // namespace lathe::engine
