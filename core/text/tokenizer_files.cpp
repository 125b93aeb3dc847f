// SPDX-License-Identifier: Apache-2.0
// Which kind of tokenizer a file or a folder holds.
#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/base/tokenizer_names.h"
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_state.h"
#include "core/text/vocabulary.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace lathe::text {
namespace {

std::string inflated(const std::string& packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    throw Exception(ErrorKind::Internal, "The decompressor could not be started.");
  std::string out;
  std::vector<char> block(1 << 18);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int rc = Z_OK;
  while (rc == Z_OK && out.size() <= limits::kTokenizerBytes) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    rc = inflate(&stream, Z_NO_FLUSH);
    out.append(block.data(), block.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > limits::kTokenizerBytes)
    refuse("REJ:TOKENIZER_SIZE", "The tokenizer unpacks to more than 256 MiB, which is the limit.");
  if (rc != Z_STREAM_END)
    refuse("REJ:TOKENIZER_GZIP", "The compressed tokenizer is damaged or cut off; download it again.");
  return out;
}

/// What tokenizer_config.json changed is part of what the tokenizer is.
void foldIntoFingerprint(TokenizerState& state, const std::vector<std::string>& added) {
  const std::string config = fmt::format("{}|{}|{}", fmt::join(state.prefixIds, ","), fmt::join(state.suffixIds, ","), fmt::join(added, "|"));
  state.fingerprint = hashText(state.fingerprint + "|" + config);
}

/// Further tokens of a folder without tokenizer.json: {"32000": {"content": "<|im_end|>", "special": true, …}}.
void addConfiguredTokens(TokenizerState& state, std::string_view config) {
  if (config.empty())
    return;
  JsonLimits limits;
  limits.what = "tokenizer_config.json";
  const Json json = parseJson(config, limits);
  if (state.bos && !boolOr(json, "add_bos_token", true))
    state.prefixIds.clear();
  if (state.eos && boolOr(json, "add_eos_token", false))
    state.suffixIds.assign(1, *state.eos);
  std::vector<std::string> added;
  const Json* more = find(json, "added_tokens_decoder");
  static const Json kNone = Json::object();
  for (const auto& [key, value] : (more && more->is_object() ? *more : kNone).items()) {
    const std::string content = stringOr(value, "content", "");
    const bool number = !key.empty() && key.size() < 9 && key.find_first_not_of("0123456789") == std::string::npos;
    if (!number || content.empty() || content.size() > limits::kTokenBytes || std::stoul(key) > limits::kVocabulary)
      refuse("REJ:TOKENIZER_ADDED", fmt::format("The added token \"{}\" of tokenizer_config.json has no usable id or text.", key.substr(0, 40)));
    const auto id = static_cast<int32_t>(std::stoul(key));
    if (state.model->hasId(id) && state.model->tokenOf(id) == content)
      continue;
    AddedToken token;
    token.content = content;
    token.special = boolOr(value, "special", true);
    token.lstrip = boolOr(value, "lstrip", false);
    token.rstrip = boolOr(value, "rstrip", false);
    token.singleWord = boolOr(value, "single_word", false);
    token.normalized = false;
    state.added.add(token, id, [id](const std::string&) { return id; });
    added.push_back(fmt::format("{}:{}:{:d}{:d}{:d}{:d}", id, content, token.special, token.lstrip, token.rstrip, token.singleWord));
  }
  if (!added.empty())
    state.added.finish([](const std::string& content) { return content; });
  foldIntoFingerprint(state, added);
}

bool looksLikeJson(std::string_view bytes) {
  const size_t first = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first == std::string_view::npos || bytes[first] == '{' || bytes[first] == '[';
}

std::unique_ptr<TokenizerState> stateFromBytes(std::string_view bytes, std::string_view config) {
  if (bytes.starts_with("GGUF"))
    refuse("REJ:TOKENIZER_KIND", "A GGUF file is no tokenizer file; its vocabulary is read with the model.");
  std::unique_ptr<TokenizerState> state;
  if (looksLikeSentencePiece(bytes))
    state = stateFromVocabulary(readSentencePiece(bytes));
  else if (!looksLikeJson(bytes) && looksLikeTiktoken(bytes))
    state = stateFromTiktoken(bytes);
  else if (looksLikeJson(bytes))
    return loadTokenizerState(bytes);
  else
    refuse("REJ:TOKENIZER_KIND", "The file is not a tokenizer: neither a tokenizer.json nor a SentencePiece or tiktoken model.");
  addConfiguredTokens(*state, config);
  return state;
}

} // namespace

std::shared_ptr<const Tokenizer> Tokenizer::fromBytes(std::string_view bytes, std::string_view config) {
  if (bytes.size() > limits::kTokenizerBytes)
    refuse("REJ:TOKENIZER_SIZE", fmt::format("The tokenizer has {} bytes; at most 256 MiB are allowed.", bytes.size()));
  auto state = stateFromBytes(bytes, config);
  readTokenizerRoles(*state, config);
  return std::make_shared<const Tokenizer>(std::move(state));
}

std::string tokenizerFileIn(const std::string& folder) {
  for (const std::string_view name : kTokenizerFileNames)
    if (const std::string path = fmt::format("{}/{}", folder, name); fileExists(path))
      return path;
  return {};
}

std::shared_ptr<const Tokenizer> Tokenizer::fromFile(const std::string& path) {
  std::string file = path, folder;
  if (isDirectory(path)) {
    folder = path;
    file.clear();
    file = tokenizerFileIn(path);
    if (file.empty())
      throw Exception(ErrorKind::NotFound, fmt::format("There is no tokenizer.json and no tokenizer.model in {}; choose a folder or file with one.", path));
  } else {
    const size_t slash = path.rfind('/');
    const std::string_view name = std::string_view(path).substr(slash == std::string::npos ? 0 : slash + 1);
    if (std::find(kTokenizerFileNames.begin(), kTokenizerFileNames.end(), name) != kTokenizerFileNames.end())
      folder = slash == std::string::npos ? "." : path.substr(0, slash);
  }
  std::string text = readFile(file, limits::kTokenizerBytes, "REJ:TOKENIZER_SIZE");
  if (text.starts_with("\x1F\x8B"))
    text = inflated(text);
  const std::string config = folder + "/tokenizer_config.json";
  return fromBytes(text, !folder.empty() && fileExists(config) ? readFile(config, limits::kConfigBytes) : std::string());
}

} // namespace lathe::text
