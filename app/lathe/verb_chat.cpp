// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verb_chat_session.h"
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
  std::string home, model, adapter, system, messages, search;
  int64_t chat = 0;
  double strength = 1;
  api::Sampling sampling;
  bool json = false;
};

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

void search(const ChatOptions& options) {
  auto engine = engine::connectEngine(homeFolder(options.home), "lathe chat");
  const Json found = engine.call(method::kChatsSearch, {{"text", options.search}, {"limit", 100}});
  for (const auto& hit : api::decode<std::vector<api::ChatHit>>(found["hits"])) {
    if (options.json)
      fmt::print("{}\n", dumpJson(api::encode(hit)));
    else
      fmt::print("chat {} ({}), {}: {}\n", hit.chat, hit.title, hit.role == "user" ? "you" : "reply", hit.excerpt);
  }
}

api::Chat openChat(rpc::Client& engine, const ChatOptions& options, const SaidBefore& before) {
  if (options.chat != 0)
    return api::decode<api::Chat>(engine.call(method::kChatsGet, {{"id", options.chat}}));
  const api::ChatPane pane{absolutePath(options.model), options.adapter.empty() ? "" : absolutePath(options.adapter), options.strength};
  return api::decode<api::Chat>(engine.call(method::kChatsCreate, {{"panes", Json::array({api::encode(pane)})}, {"system_prompt", options.system.empty() ? before.system : options.system},
                                                                   {"sampling", api::encode(options.sampling)}, {"messages", before.turns}}));
}

void converse(const ChatOptions& options) {
  if (!options.search.empty())
    return search(options);
  if ((options.chat != 0) != options.model.empty())
    throw Exception(ErrorKind::Usage, "Say which --model is to answer, or which conversation goes on with --chat N (lathe chat --search TEXT finds it).");
  SaidBefore before;
  if (!options.messages.empty())
    before = readMessages(options.messages);
  auto engine = engine::connectEngine(homeFolder(options.home), "lathe chat");
  engine.subscribe(engine.cursor());
  ChatSession session(engine, openChat(engine, options, before), options.json);
  const bool terminal = ::isatty(0) != 0;
  struct sigaction action {};
  action.sa_handler = [](int) { chatInterrupted() = 1; }; // stops the reply; at the prompt it ends the conversation
  ::sigaction(SIGINT, &action, nullptr);
  std::string line;
  bool good = true;
  if (!before.last.empty())
    good = session.say(before.last);
  while (options.messages != "-" && !session.ended()) { // which has used up standard input
    if (terminal && !options.json)
      fmt::print("> "), std::fflush(stdout);
    if (!std::getline(std::cin, line) || chatInterrupted())
      break;
    if (!line.empty())
      good = session.take(line) && good;
  }
  if (chatInterrupted())
    throw Exit{130};
  if (!good)
    throw Exit{1};
}

} // namespace

void addChatVerb(CLI::App& app) {
  auto options = std::make_shared<ChatOptions>();
  CLI::App* verb = app.add_subcommand("chat", std::string("A conversation in the terminal; Ctrl+C stops a reply, Ctrl+D ends it. Every version of every message stays:\n") + ChatSession::kHelp +
                                                  "Example: lathe chat --model resources/models/spark");
  verb->add_option("--model", options->model, "Model folder");
  verb->add_option("--adapter", options->adapter, "Adapter folder");
  verb->add_option("--strength", options->strength, "Strength of the adapter")->capture_default_str();
  verb->add_option("--system", options->system, "System prompt");
  verb->add_option("--messages", options->messages, "Conversation to go on with (JSON list of role and content; a file, a pipe, or - for standard input); a last user message is answered first");
  verb->add_option("--chat", options->chat, "Goes on with the conversation of this number");
  verb->add_option("--search", options->search, "Lists the messages of all conversations that hold this text, and ends");
  verb->add_option("--temperature", options->sampling.temperature, "Randomness")->capture_default_str();
  verb->add_option("--top-p", options->sampling.topP, "Nucleus")->capture_default_str();
  verb->add_option("--top-k", options->sampling.topK, "Most likely tokens only; 0 = off")->capture_default_str();
  verb->add_option("--max-tokens", options->sampling.maxTokens, "Longest reply")->capture_default_str();
  verb->add_option("--seed", options->sampling.seed, "Seed")->capture_default_str();
  verb->add_flag("--greedy", options->sampling.greedy, "Always the most likely token");
  verb->add_option("--logprobs", options->sampling.logprobs, "Keeps probability, entropy and so many alternatives of every token, at most 5; /tokens shows them")->check(CLI::Range(0, 5));
  verb->add_flag("--json", options->json, "One JSON object per reply");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  verb->callback([options] { converse(*options); });
}

} // namespace lathe::cli
