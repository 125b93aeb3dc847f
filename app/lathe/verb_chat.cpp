// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/api/protocol.h"
#include "core/api/values.h"
#include "core/base/paths.h"
#include "core/base/user_input.h"
#include "core/engine/daemon.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <iostream>

#include <unistd.h>

namespace lathe::cli {
namespace {

namespace method = api::method;

struct ChatOptions {
  std::string home, model, adapter, system, messages;
  double strength = 1;
  api::Sampling sampling;
  bool json = false;
};

volatile std::sig_atomic_t g_stop = 0;

/// Streams the reply until it ends. False when it failed.
bool showReply(rpc::Client& engine, int64_t chat, bool json) {
  bool asked = false;
  for (;;) {
    for (const api::Event& event : engine.events(0.2)) {
      if (event.type == "chat_piece" && intOr(event.body, "chat", 0) == chat && !json) {
        fmt::print("{}", stringOr(event.body, "piece", ""));
        std::fflush(stdout);
      }
      const Json* body = event.type == "chat" && intOr(event.body, "chat", 0) == chat ? find(event.body, "message") : nullptr;
      if (!body)
        continue;
      const auto message = api::decode<api::ChatMessage>(*body);
      if (message.role != "assistant" || message.state == "waiting" || message.state == "streaming")
        continue;
      if (json)
        fmt::print("{}\n", dumpJson(*body));
      else
        fmt::print("\n");
      if (message.state == "failed")
        fmt::print(stderr, "lathe: {}\n", message.error);
      return message.state != "failed";
    }
    if (g_stop && !asked) {
      asked = true;
      engine.call(method::kChatsStop, {{"id", chat}});
    }
  }
}

/// A conversation as a chat dataset writes it: messages said before (for chats/create), and the last one when it still waits for a reply.
struct SaidBefore {
  std::string system, last;
  Json turns = Json::array();
};

SaidBefore readMessages(const std::string& path) {
  const Json json = readUserJson(path, {.bytes = limits::kDatasetLineBytes});
  const Json* inner = find(json, "messages");
  const Json& list = inner ? *inner : json;
  if (!list.is_array())
    refuse("REJ:JSON_TYPE", fmt::format("{} should hold a list of messages, or an object with \"messages\".", path));
  SaidBefore out;
  for (const Json& message : list) {
    const std::string role = stringOr(message, "role", ""), text = stringOr(message, "content", "");
    if (role == "system" && out.turns.empty() && out.system.empty())
      out.system = text;
    else if (role == "user" || role == "assistant")
      out.turns.push_back({{"role", role}, {"text", text}});
    else
      refuse("REJ:FIELD", fmt::format("{} has a message of role \"{}\"; a conversation is one system message at most, then user and assistant in turn.", path, role.substr(0, 40)));
  }
  if (!out.turns.empty() && out.turns.back()["role"] == "user") {
    out.last = out.turns.back()["text"].get<std::string>();
    out.turns.erase(out.turns.size() - 1);
  }
  return out;
}

void converse(ChatOptions options) {
  SaidBefore before;
  if (!options.messages.empty())
    before = readMessages(options.messages);
  if (options.system.empty())
    options.system = before.system;
  auto engine = engine::connectEngine(homeFolder(options.home), "lathe chat");
  engine.subscribe(engine.cursor());
  api::ChatPane pane{absolutePath(options.model), options.adapter.empty() ? "" : absolutePath(options.adapter), options.strength};
  const Json created = engine.call(method::kChatsCreate, {{"panes", Json::array({api::encode(pane)})}, {"system_prompt", options.system}, {"sampling", api::encode(options.sampling)}, {"messages", before.turns}});
  const int64_t id = intOr(created, "id", 0);
  const bool terminal = ::isatty(0) != 0;
  struct sigaction action {};
  action.sa_handler = [](int) { g_stop = 1; };
  ::sigaction(SIGINT, &action, nullptr); // stops the reply; at the prompt it ends the conversation
  std::string line;
  bool good = true;
  if (!before.last.empty()) {
    engine.call(method::kChatsSend, {{"id", id}, {"text", before.last}});
    good = showReply(engine, id, options.json);
    g_stop = 0;
  }
  while (options.messages != "-") { // which has used up standard input
    if (terminal && !options.json)
      fmt::print("> "), std::fflush(stdout);
    if (!std::getline(std::cin, line) || g_stop)
      break;
    if (line.empty())
      continue;
    engine.call(method::kChatsSend, {{"id", id}, {"text", line}});
    good = showReply(engine, id, options.json) && good;
    g_stop = 0;
  }
  if (g_stop)
    throw Exit{130};
  if (!good)
    throw Exit{1};
}

} // namespace

void addChatVerb(CLI::App& app) {
  auto options = std::make_shared<ChatOptions>();
  CLI::App* verb = app.add_subcommand("chat", "A conversation in the terminal; Ctrl+C stops a reply, Ctrl+D ends it.\nExample: lathe chat --model resources/models/spark");
  verb->add_option("--model", options->model, "Model folder")->required();
  verb->add_option("--adapter", options->adapter, "Adapter folder");
  verb->add_option("--strength", options->strength, "Strength of the adapter")->capture_default_str();
  verb->add_option("--system", options->system, "System prompt");
  verb->add_option("--messages", options->messages, "Conversation to go on with (JSON list of role and content; a file, a pipe, or - for standard input); a last user message is answered first");
  verb->add_option("--temperature", options->sampling.temperature, "Randomness")->capture_default_str();
  verb->add_option("--top-p", options->sampling.topP, "Nucleus")->capture_default_str();
  verb->add_option("--top-k", options->sampling.topK, "Most likely tokens only; 0 = off")->capture_default_str();
  verb->add_option("--max-tokens", options->sampling.maxTokens, "Longest reply")->capture_default_str();
  verb->add_option("--seed", options->sampling.seed, "Seed")->capture_default_str();
  verb->add_flag("--greedy", options->sampling.greedy, "Always the most likely token");
  verb->add_flag("--json", options->json, "One JSON object per reply");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  verb->callback([options] { converse(*options); });
}

} // namespace lathe::cli
