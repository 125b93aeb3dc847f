// SPDX-License-Identifier: Apache-2.0
#include "core/data/vocabulary_export.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/limits.h"
#include "core/text/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace lathe::data {
namespace {

constexpr int32_t kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6;
constexpr std::array<const char*, 17> kPreNames = {"llama-bpe", "qwen2",    "gpt-2",     "dbrx",   "starcoder",  "falcon",     "deepseek-coder", "deepseek-v3", "tekken",
                                                   "gpt-4o",    "qwen35",   "kimi-k2",   "bloom",  "viking",     "seed-coder", "bailingmoe",     "exaone-moe"};

bool isByteToken(const std::string& token) {
  return token.size() == 6 && token.starts_with("<0x") && token[5] == '>' && std::isxdigit(static_cast<unsigned char>(token[3])) && std::isxdigit(static_cast<unsigned char>(token[4]));
}

/// Calls visit(part) for a component of a tokenizer.json and for everything in its sequences.
template <class Visit>
void eachPart(const Json* part, const char* list, const Visit& visit) {
  if (!part || !part->is_object())
    return;
  visit(*part);
  if (const Json* inner = find(*part, list); inner && inner->is_array())
    for (const Json& one : *inner)
      eachPart(&one, list, visit);
}

class TokenizerJson {
public:
  TokenizerJson(const Json& json, const io::ModelFolder& folder) : m_json(json), m_model(required("model")), m_folder(folder) {}

  io::GgufVocabulary convert() {
    if (stringOr(m_model, "type", "BPE") != "BPE")
      throw Exception(ErrorKind::Unsupported, fmt::format("Tokenizers of the type {} are not written to GGUF files; BPE is.", stringOr(m_model, "type", "")));
    readTokens();
    readMerges();
    if (boolOr(m_model, "byte_fallback", false))
      asSentencePiece();
    else
      asByteLevel();
    readIds();
    return std::move(m_out);
  }

private:
  const Json& required(const char* key) const {
    const Json* found = find(m_json, key);
    if (!found || !found->is_object())
      refuse("REJ:TOKENIZER_JSON", fmt::format("{} has no \"{}\".", m_folder.tokenizerFile(), key));
    return *found;
  }

  void place(int64_t id, const std::string& token, int32_t type) {
    if (id < 0 || id >= static_cast<int64_t>(limits::kVocabulary))
      refuse("REJ:TOKENIZER_JSON", fmt::format("{} gives a token the id {}; the limit is {}.", m_folder.tokenizerFile(), id, limits::kVocabulary));
    const auto at = static_cast<size_t>(id);
    if (m_out.tokens.size() <= at) {
      m_out.tokens.resize(at + 1);
      m_out.types.resize(at + 1, kUnused);
    }
    m_out.tokens[at] = token;
    m_out.types[at] = type;
    m_ids[token] = static_cast<int32_t>(id);
  }

  void readTokens() {
    const Json* vocab = find(m_model, "vocab");
    if (!vocab || !vocab->is_object())
      refuse("REJ:TOKENIZER_JSON", fmt::format("{} has no vocabulary.", m_folder.tokenizerFile()));
    const std::string unknown = stringOr(m_model, "unk_token", "");
    const bool bytes = boolOr(m_model, "byte_fallback", false);
    for (const auto& [token, id] : vocab->items())
      place(id.is_number_integer() ? id.get<int64_t>() : -1, token, bytes && isByteToken(token) ? kByte : bytes && token == unknown ? kUnknown : kNormal);
    if (const Json* added = find(m_json, "added_tokens"); added && added->is_array())
      for (const Json& one : *added) {
        const std::string content = stringOr(one, "content", "");
        place(intOr(one, "id", -1), content, bytes && content == unknown ? kUnknown : boolOr(one, "special", false) ? kControl : kUserDefined);
      }
    for (size_t id = 0; id < m_out.tokens.size(); ++id)
      if (m_out.types[id] == kUnused && m_out.tokens[id].empty())
        m_out.tokens[id] = fmt::format("[PAD{}]", id);
  }

  void readMerges() {
    const Json* merges = find(m_model, "merges");
    if (!merges || !merges->is_array())
      return;
    for (const Json& merge : *merges)
      if (merge.is_string())
        m_out.merges.push_back(merge.get<std::string>());
      else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
        m_out.merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
  }

  /// SentencePiece merges by the score of the result: the rank of the first merge that makes a token.
  void asSentencePiece() {
    m_out.model = "llama";
    m_out.pre = "default";
    m_out.scores.assign(m_out.tokens.size(), 0.f);
    for (size_t rank = m_out.merges.size(); rank-- > 0;) {
      std::string whole = m_out.merges[rank];
      whole.erase(whole.find(' '), 1);
      if (const auto found = m_ids.find(whole); found != m_ids.end())
        m_out.scores[static_cast<size_t>(found->second)] = -static_cast<float>(rank);
    }
    m_out.merges.clear();
    bool prefix = false;
    eachPart(find(m_json, "pre_tokenizer"), "pretokenizers", [&](const Json& part) { prefix = prefix || (stringOr(part, "type", "") == "Metaspace" && stringOr(part, "prepend_scheme", boolOr(part, "add_prefix_space", true) ? "always" : "never") != "never"); });
    eachPart(find(m_json, "normalizer"), "normalizers", [&](const Json& part) { prefix = prefix || stringOr(part, "type", "") == "Prepend"; });
    m_out.addSpacePrefix = prefix;
  }

  void asByteLevel() {
    m_out.model = "gpt2";
    std::vector<std::string> patterns;
    eachPart(find(m_json, "pre_tokenizer"), "pretokenizers", [&](const Json& part) {
      const std::string type = stringOr(part, "type", "");
      if (const Json* pattern = find(part, "pattern"); type == "Split" && pattern)
        patterns.push_back(stringOr(*pattern, "Regex", stringOr(*pattern, "String", "")));
      if (type == "Digits" && boolOr(part, "individual_digits", false))
        patterns.emplace_back(R"(\p{N})");
      if (type == "ByteLevel" && boolOr(part, "use_regex", true))
        patterns.emplace_back(text::preTokenizerRecipe("gpt-2")->patterns[0]);
    });
    bool nfc = false;
    eachPart(find(m_json, "normalizer"), "normalizers", [&](const Json& part) { nfc = nfc || stringOr(part, "type", "") == "NFC"; });
    const bool ignoreMerges = boolOr(m_model, "ignore_merges", false);
    for (const bool exact : {true, false}) // llama.cpp normalizes nothing, so NFC decides only between equal patterns
      for (const char* name : kPreNames) {
        const text::PreTokenizerRecipe* recipe = text::preTokenizerRecipe(name);
        const bool same = recipe && recipe->ignoreMerges == ignoreMerges && (!exact || recipe->normalizeNfc == nfc) && recipe->patterns.size() == patterns.size() &&
                          std::equal(patterns.begin(), patterns.end(), recipe->patterns.begin(), [](const std::string& a, const char* b) { return a == b; });
        if (!same)
          continue;
        m_out.pre = name;
        return;
      }
    throw Exception(ErrorKind::Unsupported, fmt::format("llama.cpp has no name for how {} splits text, so a GGUF file would give other tokens.", m_folder.tokenizerFile()));
  }

  std::optional<int32_t> idOf(const char* key) const {
    const Json* value = find(m_folder.tokenizerConfig(), key);
    if (value && value->is_object())
      value = find(*value, "content");
    if (!value || !value->is_string())
      return std::nullopt;
    const auto found = m_ids.find(value->get<std::string>());
    return found == m_ids.end() ? std::nullopt : std::optional(found->second);
  }

  /// Whether a template of the post-processor puts a special token in front or behind.
  void readAdded() {
    bool front = false, behind = false;
    eachPart(find(m_json, "post_processor"), "processors", [&](const Json& part) {
      const Json* single = find(part, "single");
      if (!single || !single->is_array() || single->empty())
        return;
      front = front || find(single->front(), "SpecialToken") != nullptr;
      behind = behind || (single->size() > 1 && find(single->back(), "SpecialToken") != nullptr);
    });
    const Json& config = m_folder.tokenizerConfig();
    m_out.addBos = config.is_object() ? boolOr(config, "add_bos_token", front) : front;
    m_out.addEos = config.is_object() ? boolOr(config, "add_eos_token", behind) : behind;
  }

  void readIds() {
    const io::ModelConfig& config = m_folder.config();
    const auto ofConfig = [](const std::optional<int64_t>& id) { return id ? std::optional(static_cast<int32_t>(*id)) : std::nullopt; };
    m_out.bos = idOf("bos_token") ? idOf("bos_token") : ofConfig(config.bosId);
    m_out.eos = idOf("eos_token") ? idOf("eos_token") : config.eosIds.empty() ? std::nullopt : std::optional(static_cast<int32_t>(config.eosIds.front()));
    m_out.pad = idOf("pad_token") ? idOf("pad_token") : ofConfig(config.padId);
    if (const auto unknown = m_ids.find(stringOr(m_model, "unk_token", "")); unknown != m_ids.end())
      m_out.unk = unknown->second;
    readAdded();
  }

  const Json& m_json;
  const Json& m_model;
  const io::ModelFolder& m_folder;
  std::unordered_map<std::string, int32_t> m_ids;
  io::GgufVocabulary m_out;
};

io::GgufVocabulary fromSentencePiece(const std::string& path) {
  const text::VocabularyData data = text::readSentencePiece(readFile(path, limits::kTokenizerBytes, "REJ:TOKENIZER_SIZE"));
  if (data.model != text::VocabularyData::Model::Bpe)
    throw Exception(ErrorKind::Unsupported, fmt::format("{} is no BPE model, which llama.cpp's \"llama\" vocabulary is.", path));
  io::GgufVocabulary out;
  out.model = "llama";
  out.pre = "default";
  out.tokens = data.tokens;
  out.scores = data.scores;
  for (size_t i = 0; i < data.tokens.size(); ++i)
    out.types.push_back(data.types.empty() ? kNormal : static_cast<int32_t>(data.types[i]));
  out.bos = data.bos;
  out.eos = data.eos;
  out.pad = data.pad;
  out.addBos = true;
  out.addSpacePrefix = data.addDummyPrefix;
  return out;
}

io::GgufVocabulary fromGguf(const io::GgufHeader& header) {
  io::GgufVocabulary out;
  const auto text = [&](const char* key) { return std::string(header.text(std::string("tokenizer.ggml.") + key).value_or("")); };
  const auto texts = [&](const char* key) {
    const auto views = header.texts(std::string("tokenizer.ggml.") + key);
    return std::vector<std::string>(views.begin(), views.end());
  };
  out.model = text("model");
  out.pre = text("pre");
  out.tokens = texts("tokens");
  out.merges = texts("merges");
  out.scores = header.numbers("tokenizer.ggml.scores");
  for (const int64_t type : header.integers("tokenizer.ggml.token_type"))
    out.types.push_back(static_cast<int32_t>(type));
  out.types.resize(out.tokens.size(), kNormal);
  const auto id = [&](const char* key) {
    const auto value = header.integer(std::string("tokenizer.ggml.") + key);
    return value ? std::optional(static_cast<int32_t>(*value)) : std::nullopt;
  };
  out.bos = id("bos_token_id");
  out.eos = id("eos_token_id");
  out.pad = id("padding_token_id");
  out.unk = id("unknown_token_id");
  out.addBos = header.boolean("tokenizer.ggml.add_bos_token");
  out.addEos = header.boolean("tokenizer.ggml.add_eos_token");
  out.addSpacePrefix = header.boolean("tokenizer.ggml.add_space_prefix");
  return out;
}

} // namespace

io::GgufVocabulary vocabularyForGguf(const io::ModelFolder& folder) {
  const std::string& path = folder.tokenizerFile();
  if (folder.gguf())
    return fromGguf(folder.gguf()->header());
  if (path.empty())
    throw Exception(ErrorKind::NotFound, fmt::format("{} has no tokenizer, and a GGUF file needs one. Copy tokenizer.json from the base model into the folder.", folder.path()));
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name.find("tiktoken") != std::string::npos)
    throw Exception(ErrorKind::Unsupported, fmt::format("{} is a tiktoken file, which is not written to GGUF files. Put the model's tokenizer.json into the folder and convert again.", path));
  if (name.ends_with(".model"))
    return fromSentencePiece(path);
  JsonLimits limits;
  limits.bytes = limits::kTokenizerBytes;
  limits.code = "REJ:TOKENIZER_JSON";
  limits.what = path;
  if (path.ends_with(".gz"))
    throw Exception(ErrorKind::Unsupported, fmt::format("{} is compressed. Unpack it with gunzip and convert again.", path));
  const Json json = parseJsonFile(path, limits);
  return TokenizerJson(json, folder).convert();
}

} // namespace lathe::data
