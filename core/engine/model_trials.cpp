// SPDX-License-Identifier: Apache-2.0
#include "core/engine/model_trials.h"

#include "core/base/files.h"
#include "core/base/text_format.h"
#include "core/data/open_tokenizer.h"
#include "core/io/inspect_card.h"
#include "core/io/model_folder.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <filesystem>
#include <span>

namespace lathe::engine {
namespace fs = std::filesystem;
namespace {

constexpr size_t kTrialChips = 2000;
constexpr size_t kTrialBytes = 1 << 20;
constexpr size_t kShownBytes = 256 << 10;
constexpr size_t kKeptOpen = 2;

/// What one token stands for; bytes that are no text of their own as ⟨E4 BD⟩.
std::string chipText(const text::Tokenizer& tokenizer, int32_t id) {
  const std::string bytes = tokenizer.tokenBytes(id);
  if (bytes.empty())
    return tokenizer.tokenText(id);
  if (isValidUtf8(bytes))
    return bytes;
  std::string out = "⟨";
  for (size_t i = 0; i < bytes.size(); ++i)
    out += fmt::format("{}{:02X}", i ? " " : "", static_cast<unsigned char>(bytes[i]));
  return out + "⟩";
}

/// The first bytes, cut between characters.
std::string startOfText(const std::string& text, size_t bytes) {
  size_t end = std::min(bytes, text.size());
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

void takeSpecialTokens(const Json& config, Json& variables) {
  for (const char* name : {"bos_token", "eos_token", "pad_token", "unk_token"}) {
    const Json* value = find(config, name);
    if (value && value->is_object())
      value = find(*value, "content");
    if (value && value->is_string())
      variables[name] = *value;
  }
}

} // namespace

std::string modelStamp(const std::string& path) {
  std::string stamp;
  std::error_code code;
  for (const char* file : {"", "/config.json", "/adapter_config.json", "/adapter_model.safetensors", "/model.safetensors", "/model.safetensors.index.json", "/tokenizer.json", "/tokenizer_config.json",
                           "/chat_template.jinja", "/README.md"}) {
    const auto time = fs::last_write_time(path + file, code);
    stamp += code ? "-" : std::to_string(time.time_since_epoch().count());
    stamp += '.';
  }
  return stamp;
}

ModelTrials::Open& ModelTrials::find(const std::string& path) {
  const std::string stamp = modelStamp(path);
  for (auto it = m_open.begin(); it != m_open.end(); ++it)
    if (it->path == path && it->stamp == stamp) {
      Open found = std::move(*it);
      m_open.erase(it);
      m_open.push_front(std::move(found));
      return m_open.front();
    }
  Open open;
  open.path = path;
  open.stamp = stamp;
  const auto folder = capture([&] { return io::ModelFolder::describe(path); });
  if (folder.ok()) {
    // Not the file itself: in a download cache it is a blob without a name, and the files beside it count, too.
    open.tokenizerSource = (*folder)->tokenizerFile().empty() || !isDirectory((*folder)->path()) ? (*folder)->tokenizerFile() : (*folder)->path();
    open.chatTemplate = (*folder)->chatTemplate();
    takeSpecialTokens((*folder)->tokenizerConfig(), open.variables);
  } else if (folder.error().kind == ErrorKind::NotFound && !fileExists(path)) {
    throw Exception(folder.error());
  } else {
    open.tokenizerSource = path; // tokenizer.json or the like, or a folder of them
  }
  m_open.push_front(std::move(open));
  if (m_open.size() > kKeptOpen)
    m_open.pop_back();
  return m_open.front();
}

const text::Tokenizer* ModelTrials::tokenizerOf(Open& open) {
  if (!open.tokenizer && !open.tokenizerSource.empty())
    open.tokenizer = data::openTokenizer(open.tokenizerSource);
  return open.tokenizer.get();
}

api::TokenizerTrial ModelTrials::tokenize(const std::string& path, const std::string& text, bool addSpecial) {
  if (text.size() > kTrialBytes)
    refuse("REJ:TEXT_SIZE", fmt::format("The text has {}; at most 1 MiB can be tried here. `lathe tokenize` takes more.", formatBytes(text.size())));
  const text::Tokenizer* tokenizer = tokenizerOf(find(path));
  if (!tokenizer)
    throw Exception(ErrorKind::NotFound, fmt::format("{} has no tokenizer. Put the tokenizer.json of the model into its folder.", path));
  const std::vector<int32_t> ids = tokenizer->encode(text, addSpecial);
  api::TokenizerTrial out;
  out.tokens = static_cast<int64_t>(ids.size());
  out.bytes = static_cast<int64_t>(text.size());
  for (size_t i = 0; i < std::min(ids.size(), kTrialChips); ++i)
    out.chips.push_back({ids[i], chipText(*tokenizer, ids[i]), !tokenizer->isSpecial(ids[i]), tokenizer->isSpecial(ids[i])});
  return out;
}

api::TemplateTrial ModelTrials::render(const std::string& path, const Json& messages, bool addGenerationPrompt) {
  Open& open = find(path);
  api::TemplateTrial out;
  out.source = open.chatTemplate.empty() ? "built-in ChatML" : "from the model";
  try {
    const auto chat = open.chatTemplate.empty() ? text::ChatTemplate::chatMl() : text::ChatTemplate::parse(open.chatTemplate);
    text::ChatTemplate::Request request;
    request.messages = messages;
    request.variables = open.variables;
    request.addGenerationPrompt = addGenerationPrompt;
    const std::string text = chat->render(request);
    const auto tokenizer = capture([&] { return tokenizerOf(open); });
    if (tokenizer.ok() && *tokenizer && text.size() <= kTrialBytes)
      out.tokens = static_cast<int64_t>((*tokenizer)->encode(text, false).size());
    out.text = startOfText(text, kShownBytes);
  } catch (const Exception& e) {
    if (!e.error().code.starts_with("TEMPLATE:"))
      throw;
    out.error = e.error().message;
    out.errorKind = std::string(text::templateErrorKind(e.error().code));
  }
  return out;
}

api::ModelText modelText(const std::string& path, const std::string& what) {
  api::ModelText out;
  std::string whole;
  if (what == "template") {
    whole = io::ModelFolder::describe(path)->chatTemplate();
    out.file = "chat_template.jinja";
    if (whole.empty())
      throw Exception(ErrorKind::NotFound, fmt::format("{} has no chat template.", path));
  } else if (what == "licence") {
    const std::string folder = isDirectory(path) && !fileExists(path + "/adapter_config.json") ? io::ModelFolder::describe(path)->path() : isDirectory(path) ? path : fs::path(path).parent_path().string();
    out.file = io::licenceFile(folder);
    if (out.file.empty())
      throw Exception(ErrorKind::NotFound, fmt::format("{} has no licence file.", folder));
    whole = readFile(io::resolveInside(folder, out.file), kTrialBytes, "REJ:TEXT_SIZE");
  } else {
    refuse("REJ:FIELD", fmt::format("\"{}\" is no text of a model; ask for licence or template.", what.substr(0, 40)));
  }
  if (!isValidUtf8(whole))
    for (char& c : whole)
      c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
  out.text = startOfText(whole, kShownBytes);
  out.cut = out.text.size() < whole.size();
  return out;
}

} // namespace lathe::engine
