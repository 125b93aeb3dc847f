// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/user_input.h"
#include "core/io/model_folder.h"
#include "core/text/chat_template.h"
#include "core/text/template_check.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <memory>

namespace lathe::cli {
namespace {

struct TemplateOptions {
  std::string file, model, messages, tools, now;
  std::vector<std::string> variables;
  bool jsonl = false, generationPrompt = false, spans = false, json = false;
};

/// A special token of tokenizer_config.json: a text, or an object with "content".
void addSpecialTokens(const Json& config, Json& variables) {
  for (const char* name : {"bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"}) {
    const Json* value = find(config, name);
    if (value && value->is_object())
      value = find(*value, "content");
    if (value && value->is_string())
      variables[name] = *value;
  }
}

std::shared_ptr<const text::ChatTemplate> loadTemplate(const TemplateOptions& options, Json& variables) {
  if (!options.file.empty())
    return text::ChatTemplate::parse(readFile(options.file, limits::kTemplateBytes, "TEMPLATE:limit"));
  const auto folder = io::ModelFolder::describe(options.model);
  addSpecialTokens(folder->tokenizerConfig(), variables);
  if (!folder->chatTemplate().empty())
    return text::ChatTemplate::parse(folder->chatTemplate());
  fmt::print(stderr, "{} has no chat template; the built-in ChatML is used.\n", options.model);
  return text::ChatTemplate::chatMl();
}

/// k=v: v is JSON where it parses as such, else a plain text.
void addVariable(const std::string& assignment, Json& variables) {
  const size_t equals = assignment.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw Exception(ErrorKind::Usage, fmt::format("--var {} should look like name=value.", assignment));
  const std::string value = assignment.substr(equals + 1);
  const auto parsed = capture([&] { return parseJson(value); });
  variables[assignment.substr(0, equals)] = parsed.ok() ? *parsed : Json(value);
}

Json rendered(const text::ChatTemplate& chat, const text::ChatTemplate::Request& request, bool spans) {
  try {
    if (!spans)
      return {{"text", chat.render(request)}};
    const auto result = chat.renderWithSpans(request);
    Json list = Json::array();
    for (const auto& [begin, end] : result.assistantSpans)
      list.push_back({begin, end});
    return {{"text", result.text}, {"assistant_spans", std::move(list)}};
  } catch (const Exception& e) {
    if (!e.error().code.starts_with("TEMPLATE:"))
      throw;
    return {{"error", e.error().message}, {"kind", text::templateErrorKind(e.error().code)}, {"class", e.error().code.substr(9)}};
  }
}

/// One line of --jsonl: messages, tools, add_generation_prompt; every other key is a variable.
Json renderLine(const text::ChatTemplate& chat, const std::string& line, const text::ChatTemplate::Request& standard, bool spans) {
  const Json input = parseJson(line, {.bytes = limits::kDatasetLineBytes, .what = "the input line"});
  if (!input.is_object() || !find(input, "messages"))
    refuse("REJ:JSON_TYPE", "An input line should be an object with \"messages\".");
  text::ChatTemplate::Request request = standard;
  for (const auto& [key, value] : input.items()) {
    if (key == "messages")
      request.messages = value;
    else if (key == "tools")
      request.tools = value;
    else if (key == "add_generation_prompt")
      request.addGenerationPrompt = value.is_boolean() && value.get<bool>();
    else
      request.variables[key] = value;
  }
  return rendered(chat, request, spans);
}

void printLine(const Json& value) {
  const std::string text = dumpJson(value) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void runLines(const TemplateOptions& options, const text::ChatTemplate::Request& standard, Json variables) {
  std::shared_ptr<const text::ChatTemplate> chat;
  Json broken;
  try {
    chat = loadTemplate(options, variables);
  } catch (const Exception& e) {
    if (!e.error().code.starts_with("TEMPLATE:"))
      throw;
    broken = {{"error", e.error().message}, {"kind", text::templateErrorKind(e.error().code)}, {"class", e.error().code.substr(9)}};
  }
  text::ChatTemplate::Request request = standard;
  variables.update(standard.variables);
  request.variables = std::move(variables);
  for (std::string line; std::getline(std::cin, line);)
    if (line.find_first_not_of(" \t\r") != std::string::npos)
      printLine(chat ? renderLine(*chat, line, request, options.spans) : broken);
}

void runOnce(const TemplateOptions& options, text::ChatTemplate::Request request) {
  Json variables = Json::object();
  const auto chat = loadTemplate(options, variables);
  variables.update(request.variables);
  for (const text::TemplateWarning& warning : text::examineTemplate(*chat, variables))
    fmt::print(stderr, "lathe: warning: {}\n", warning.message);
  request.variables = std::move(variables);
  Json messages = readUserJson(options.messages, {.bytes = limits::kDatasetLineBytes});
  if (const Json* inner = find(messages, "messages"))
    messages = Json(*inner);
  request.messages = std::move(messages);
  if (!options.tools.empty())
    request.tools = parseJsonFile(options.tools);
  const Json result = rendered(*chat, request, options.spans);
  if (const Json* error = find(result, "error"); error && !options.json)
    refuse("TEMPLATE:" + result.at("class").get<std::string>(), error->get<std::string>());
  if (options.json || options.spans) {
    printLine(result);
    if (find(result, "error"))
      throw Exit{3};
    return;
  }
  const std::string text = result.at("text");
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void runTemplate(const TemplateOptions& options) {
  if (options.file.empty() == options.model.empty())
    throw Exception(ErrorKind::Usage, "Give either --template FILE or --model DIR.");
  if (options.messages.empty() != options.jsonl)
    throw Exception(ErrorKind::Usage, "Give either --messages FILE or --jsonl.");
  text::ChatTemplate::Request request;
  request.addGenerationPrompt = options.generationPrompt;
  request.nowIso = options.now;
  for (const std::string& assignment : options.variables)
    addVariable(assignment, request.variables);
  if (!options.tools.empty())
    request.tools = parseJsonFile(options.tools);
  if (options.jsonl)
    runLines(options, request, Json::object());
  else
    runOnce(options, std::move(request));
}

} // namespace

void addTemplateVerb(CLI::App& app) {
  auto options = std::make_shared<TemplateOptions>();
  CLI::App* verb = app.add_subcommand("template", "Renders a chat template.\nExample: lathe template --model ./my-model --messages chat.json --add-generation-prompt");
  verb->add_option("--template", options->file, "Template file (Jinja)");
  verb->add_option("--model", options->model, "Model folder whose template and special tokens are used");
  verb->add_option("--messages", options->messages, "JSON file with the messages (- for standard input)");
  verb->add_flag("--jsonl", options->jsonl, "One {\"messages\": …, \"tools\": …, \"add_generation_prompt\": …, any variable} a line in, one {\"text\"} or {\"error\", \"kind\"} a line out");
  verb->add_option("--tools", options->tools, "JSON file with the tools");
  verb->add_flag("--add-generation-prompt", options->generationPrompt, "End with the header of an assistant turn (default: off)");
  verb->add_option("--var", options->variables, "A template variable, name=value; value is JSON or text; may be repeated")->allow_extra_args(false);
  verb->add_option("--now", options->now, "Date and time for strftime_now, as in 2026-07-26T14:05:06 (default: the clock)");
  verb->add_flag("--spans", options->spans, "Also the byte ranges that the assistant has to produce");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->callback([options] { runTemplate(*options); });
}

} // namespace lathe::cli
