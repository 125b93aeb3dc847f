// SPDX-License-Identifier: Apache-2.0
// One conversation in the terminal: sends, waits for replies, and understands the commands that begin with "/".
#pragma once

#include "core/api/chat_tree.h"
#include "core/rpc/client.h"

#include <csignal>
#include <string>

namespace lathe::cli {

class ChatSession {
public:
  ChatSession(rpc::Client& engine, api::Chat chat, bool json) : m_engine(engine), m_chat(std::move(chat)), m_json(json) {}
  /// A line that was typed: a message, or a command. False when a reply failed.
  bool take(const std::string& line);
  bool say(const std::string& text);
  bool ended() const { return m_ended; }
  static constexpr const char* kHelp =
      "/again           another reply to your last message; the old one stays\n"
      "/edit TEXT       your last message in other words, answered anew\n"
      "/rewrite TEXT    puts TEXT in place of the last reply\n"
      "/list            the messages with their numbers and versions\n"
      "/choose N [V]    goes on from version V (default: the next one) of message N\n"
      "/branch N        goes on from reply N; what followed stays\n"
      "/tokens          probability, entropy and alternatives of the last reply's tokens (with --logprobs)\n"
      "/alternative T A another reply that keeps the tokens before T of the last one and takes alternative A there\n"
      "/quit            ends the conversation (also Ctrl+D); a message that begins with / is written with //\n";

private:
  bool command(const std::string& name, const std::string& rest);
  bool ask(const char* method, Json params);
  void change(const char* method, int64_t message);
  bool waitForReplies();
  void show(const api::ChatMessage& message, const Json& body) const;
  void list() const;
  void showTokens() const;
  void choose(const std::string& rest);
  bool alternative(const std::string& rest);
  std::vector<api::TokenTrace> tokens() const;
  const api::ChatMessage& last(const char* role) const;
  const api::ChatMessage& numbered(size_t number) const;

  rpc::Client& m_engine;
  api::Chat m_chat;
  bool m_json = false, m_ended = false;
};

/// Set by SIGINT: stops the reply; at the prompt it ends the conversation.
volatile std::sig_atomic_t& chatInterrupted();

} // namespace lathe::cli
