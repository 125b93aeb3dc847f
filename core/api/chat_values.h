// SPDX-License-Identifier: Apache-2.0
// Conversations and what answers in them: values and their fields, see codec.h.
#pragma once

#include "core/api/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lathe::api {

struct Sampling {
  double temperature = 0.7;
  int64_t topK = 0;     // 0 = off
  double topP = 0.95;
  double minP = 0;
  double repetitionPenalty = 1.0;
  int64_t maxTokens = 512;
  int64_t seed = 42;
  bool greedy = false;
  std::vector<std::string> stop;
  int64_t logprobs = 0; // 0 = off; otherwise probability, entropy and so many alternatives (at most 5) of every token
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("temperature", s.temperature);
    field("top_k", s.topK);
    field("top_p", s.topP);
    field("min_p", s.minP);
    field("repetition_penalty", s.repetitionPenalty);
    field("max_tokens", s.maxTokens);
    field("seed", s.seed);
    field("greedy", s.greedy);
    field("stop", s.stop);
    field("logprobs", s.logprobs);
  }
};

/// What could have stood in a token's place. Probabilities are of the model's own distribution, before temperature and filters.
struct TokenAlternative {
  int64_t id = 0;
  double logprob = 0; // natural logarithm
  std::string text;   // in this place; empty: the end of the reply, or part of a character
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("id", s.id);
    field("lp", s.logprob);
    field("text", s.text);
  }
};

/// One token of a reply and what the model thought of its place.
struct TokenTrace {
  int64_t id = 0, bytes = 0; // of the reply's text that came with it (0: the beginning of a character)
  double logprob = 0;        // natural logarithm
  double entropy = 0;        // of the distribution, nat
  std::vector<TokenAlternative> top; // likeliest first; the token itself is among them when it is likely enough
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("id", s.id);
    field("n", s.bytes);
    field("lp", s.logprob);
    field("h", s.entropy);
    field("top", s.top);
  }
};

/// A pane of a chat: what answers in it.
struct ChatPane {
  std::string modelPath;
  std::string adapterPath; // empty: the base model
  double strength = 1.0;
  std::string device = "auto"; // auto | cpu | cuda:N: where the model is loaded
  std::optional<Sampling> sampling; // its own; absent: the chat's. Seed and logprobs are always the chat's, so that panes compare fairly
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("model_path", s.modelPath);
    field("adapter_path", s.adapterPath);
    field("strength", s.strength);
    field("device", s.device);
    field("sampling", s.sampling);
  }
};

/// One message of the tree (core/api/chat_tree.h). Replies belong to a pane and to the message they answer (parent); a user's message
/// (pane −1) goes to all panes, its parent is the person's message before it, and `follows` are the replies to that one which it continues.
/// Regenerating, editing and branching add siblings; nothing is overwritten.
struct ChatMessage {
  int64_t id = 0, parent = 0; // parent 0: first
  std::string role;           // system | user | assistant
  std::string text;
  int64_t pane = -1;
  std::vector<int64_t> follows;
  bool active = true;         // chosen among its siblings
  bool edited = false;        // a reply that a person wrote or changed
  bool traced = false;        // chats/tokens has its tokens
  std::string state;          // done | streaming | stopped | failed | waiting
  std::string error;
  double created = 0;
  double firstTokenMs = 0, tokensPerS = 0;
  int64_t tokens = 0;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("id", s.id);
    field("parent", s.parent);
    field("role", s.role);
    field("text", s.text);
    field("pane", s.pane);
    field("follows", s.follows);
    field("active", s.active);
    field("edited", s.edited);
    field("traced", s.traced);
    field("state", s.state);
    field("error", s.error);
    field("created", s.created);
    field("first_token_ms", s.firstTokenMs);
    field("tokens_per_s", s.tokensPerS);
    field("tokens", s.tokens);
  }
};

struct ChatSummary {
  int64_t id = 0;
  std::string title;
  double updated = 0;
  int64_t panes = 1, messages = 0;
  bool deleted = false;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("id", s.id);
    field("title", s.title);
    field("updated", s.updated);
    field("panes", s.panes);
    field("messages", s.messages);
    field("deleted", s.deleted);
  }
};

/// A message that holds what was searched for.
struct ChatHit {
  int64_t chat = 0, message = 0;
  std::string title, role, excerpt; // one line of the text around the first place
  double created = 0;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("chat", s.chat);
    field("message", s.message);
    field("title", s.title);
    field("role", s.role);
    field("excerpt", s.excerpt);
    field("created", s.created);
  }
};

/// What a pane's replies are drawn with.
inline Sampling samplingOf(const Sampling& ofChat, const ChatPane& pane) {
  Sampling out = pane.sampling.value_or(ofChat);
  out.seed = ofChat.seed;
  out.logprobs = ofChat.logprobs;
  return out;
}

struct Chat {
  int64_t id = 0;
  std::string title, systemPrompt;
  std::vector<ChatPane> panes;
  Sampling sampling;
  std::vector<ChatMessage> messages;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("id", s.id);
    field("title", s.title);
    field("system_prompt", s.systemPrompt);
    field("panes", s.panes);
    field("sampling", s.sampling);
    field("messages", s.messages);
  }
};

} // namespace lathe::api
