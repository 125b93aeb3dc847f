// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/text/bpe_model.h"
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_json.h"
#include "core/text/tokenizer_state.h"
#include "core/text/unigram_model.h"

#include <fmt/format.h>

namespace lathe::text {
namespace {

std::string textOrEmpty(const Json& object, const char* key) {
  const Json* value = find(object, key);
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

BpeSettings settingsFromJson(const Json& model) {
  BpeSettings out;
  const Json* unk = find(model, "unk_token");
  out.hasUnk = unk && unk->is_string();
  out.unkToken = textOrEmpty(model, "unk_token");
  out.prefix = textOrEmpty(model, "continuing_subword_prefix");
  out.suffix = textOrEmpty(model, "end_of_word_suffix");
  out.fuseUnk = boolOr(model, "fuse_unk", false);
  out.byteFallback = boolOr(model, "byte_fallback", false);
  out.ignoreMerges = boolOr(model, "ignore_merges", false);
  return out;
}

/// Whether the model is a Unigram one; other models than that and BPE are refused.
bool isUnigram(const TokenizerJson& json, const Json& model) {
  std::string type = textOrEmpty(model, "type");
  if (type.empty())
    type = json.vocabularyIsList ? "Unigram" : "BPE"; // very old files
  if (type != "BPE" && type != "Unigram")
    throw Exception(ErrorKind::Unsupported, fmt::format("This tokenizer is a {} model; Lathe reads BPE and Unigram tokenizers (Llama, Mistral, Qwen, Gemma, GPT-2, T5 …).", type));
  if (json.vocabularyIsList != (type == "Unigram") || json.vocabulary.size() == 0)
    refuse("REJ:TOKENIZER_VOCAB", "The tokenizer has no vocabulary; download it again or choose another one.");
  if (const Json* dropout = find(model, "dropout"); dropout && dropout->is_number() && dropout->get<double>() > 0)
    throw Exception(ErrorKind::Unsupported, "This tokenizer cuts words at random (dropout), so the same text would give other tokens each time; set \"dropout\" to null in its tokenizer.json.");
  return type == "Unigram";
}

std::unique_ptr<WordModel> unigramFromJson(TokenizerJson& json, const Json& model) {
  UnigramSettings settings;
  settings.scores = std::move(json.scores);
  const int64_t unk = intOr(model, "unk_id", -1);
  if (unk >= static_cast<int64_t>(settings.scores.size()))
    refuse("REJ:TOKENIZER_UNK", fmt::format("The unknown token of the tokenizer has the id {}, but the vocabulary has only {} pieces.", unk, settings.scores.size()));
  settings.unkId = static_cast<int32_t>(std::max<int64_t>(unk, -1));
  settings.byteFallback = boolOr(model, "byte_fallback", false);
  return std::make_unique<UnigramModel>(std::move(json.vocabulary), std::move(settings));
}

/// Two tokens with one id would make decoding ambiguous.
void requireDistinctIds(const TokenTable& vocabulary) {
  int32_t highest = -1;
  for (size_t i = 0; i < vocabulary.size(); ++i)
    highest = std::max(highest, vocabulary.idAt(i));
  std::vector<bool> seen(static_cast<size_t>(highest) + 1);
  for (size_t i = 0; i < vocabulary.size(); ++i) {
    auto id = static_cast<size_t>(vocabulary.idAt(i));
    if (seen[id])
      refuse("REJ:TOKENIZER_VOCAB", fmt::format("The tokenizer gives the id {} to two tokens, one of them \"{}\".", id, vocabulary.tokenAt(i).substr(0, 80)));
    seen[id] = true;
  }
}

/// Ids in front of and behind the text, from one processor.
class PostProcessorReader {
public:
  explicit PostProcessorReader(TokenizerState& state) : m_state(state) {}

  void read(const Json& json) {
    std::string type = textOrEmpty(json, "type");
    if (type == "Sequence") {
      if (const Json* parts = find(json, "processors"); parts && parts->is_array())
        for (const Json& part : *parts)
          read(part);
    } else if (type == "TemplateProcessing") {
      readTemplate(json);
    } else if (type == "BertProcessing" || type == "RobertaProcessing") {
      around({pairId(json, "cls")}, {pairId(json, "sep")});
    } else if (type != "ByteLevel") {
      throw Exception(ErrorKind::Unsupported, fmt::format("This tokenizer adds tokens with \"{}\", which Lathe does not support.", type));
    }
  }

private:
  void around(std::vector<int32_t> before, const std::vector<int32_t>& after) {
    before.insert(before.end(), m_state.prefixIds.begin(), m_state.prefixIds.end());
    m_state.prefixIds = std::move(before);
    m_state.suffixIds.insert(m_state.suffixIds.end(), after.begin(), after.end());
  }

  static int32_t checkedId(const Json& value) {
    if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() > INT32_MAX)
      refuse("REJ:TOKENIZER_POST", "The post-processor of the tokenizer has an id that is not a whole number from 0.");
    return static_cast<int32_t>(value.get<int64_t>());
  }

  static int32_t pairId(const Json& json, const char* key) {
    const Json* pair = find(json, key);
    if (!pair || !pair->is_array() || pair->size() != 2)
      refuse("REJ:TOKENIZER_POST", fmt::format("The post-processor of the tokenizer has no usable \"{}\".", key));
    return checkedId((*pair)[1]);
  }

  static void appendSpecial(const Json& json, const std::string& name, std::vector<int32_t>& out) {
    const Json* tokens = find(json, "special_tokens");
    const Json* token = tokens ? find(*tokens, name) : nullptr;
    const Json* ids = token ? find(*token, "ids") : nullptr;
    if (!ids || !ids->is_array())
      refuse("REJ:TOKENIZER_POST", fmt::format("The template of the tokenizer names \"{}\" without giving its ids.", name));
    for (const Json& id : *ids)
      out.push_back(checkedId(id));
  }

  void readTemplate(const Json& json) {
    const Json* items = find(json, "single");
    if (!items || !items->is_array())
      refuse("REJ:TOKENIZER_POST", "The template of the tokenizer has no \"single\" form.");
    std::vector<int32_t> before, after;
    int texts = 0;
    for (const Json& item : *items) {
      if (const Json* special = find(item, "SpecialToken"))
        appendSpecial(json, textOrEmpty(*special, "id"), texts ? after : before);
      else if (const Json* sequence = find(item, "Sequence"); sequence && textOrEmpty(*sequence, "id") == "A")
        ++texts;
    }
    if (texts != 1)
      throw Exception(ErrorKind::Unsupported, "This tokenizer's template does not contain the text exactly once, which Lathe does not support.");
    around(std::move(before), after);
  }

  TokenizerState& m_state;
};

std::string fingerprintOf(const TokenizerJson& json) {
  Hasher hasher;
  auto add = [&](std::string_view text) {
    hasher.add(fmt::format("{}:", text.size()));
    hasher.add(text);
  };
  for (const char* key : {"normalizer", "pre_tokenizer", "post_processor", "decoder", "model"})
    if (const Json* part = find(json.rest, key))
      add(dumpJson(*part));
  std::vector<uint32_t> shape; // lengths and ids, so that the texts can be hashed in one piece
  std::string text;
  for (size_t i = 0; i < json.vocabulary.size(); ++i) {
    text += json.vocabulary.tokenAt(i);
    shape.push_back(static_cast<uint32_t>(json.vocabulary.tokenAt(i).size()));
    shape.push_back(static_cast<uint32_t>(json.vocabulary.idAt(i)));
  }
  for (const TokenizerJson::Merge& merge : json.merges) {
    shape.push_back(merge.left);
    shape.push_back(merge.right);
  }
  add(text);
  add(json.mergeText);
  hasher.add(std::as_bytes(std::span(shape)));
  if (!json.scores.empty())
    hasher.add(std::as_bytes(std::span(json.scores)));
  for (const AddedToken& token : json.added) {
    add(token.content);
    add(fmt::format("{:d}{:d}{:d}{:d}{:d}", token.singleWord, token.lstrip, token.rstrip, token.normalized, token.special));
  }
  return hasher.hex();
}

const Json& partOf(const Json& root, const char* key) {
  static const Json kNull;
  const Json* part = find(root, key);
  return part ? *part : kNull;
}

} // namespace

std::unique_ptr<TokenizerState> loadTokenizerState(std::string_view text) {
  if (text.size() > limits::kTokenizerBytes)
    refuse("REJ:TOKENIZER_SIZE", fmt::format("The tokenizer has {} bytes; at most 256 MiB are allowed.", text.size()));
  TokenizerJson json = readTokenizerJson(text);
  const Json& model = partOf(json.rest, "model");
  const bool unigram = isUnigram(json, model);
  requireDistinctIds(json.vocabulary);
  auto state = std::make_unique<TokenizerState>();
  state->fingerprint = fingerprintOf(json);
  if (unigram)
    state->model = unigramFromJson(json, model);
  else
    state->model = std::make_unique<BpeModel>(std::move(json.vocabulary), json.mergePairs(), settingsFromJson(model));
  state->normalizer = Normalizer::fromJson(partOf(json.rest, "normalizer"));
  state->preTokenizer = PreTokenizer::fromJson(partOf(json.rest, "pre_tokenizer"));
  state->decoder = TokenDecoder::fromJson(partOf(json.rest, "decoder"));
  if (const Json& post = partOf(json.rest, "post_processor"); !post.is_null())
    PostProcessorReader(*state).read(post);
  const TokenTable& vocabulary = state->model->vocabulary();
  for (const AddedToken& token : json.added)
    state->added.add(token, static_cast<int32_t>(vocabulary.size()), [&](const std::string& content) { return vocabulary.find(content); });
  state->added.finish([&](const std::string& content) {
    TracedText out;
    if (!state->normalizer)
      return content;
    state->normalizer->apply({content, nullptr, 0}, out);
    return out.text;
  });
  state->traceAlways = state->preTokenizer.needsTrace(state->normalizer != nullptr);
  return state;
}

void readTokenizerRoles(TokenizerState& state, std::string_view config) {
  if (config.empty())
    return;
  JsonLimits limits;
  limits.what = "tokenizer_config.json";
  Json json = parseJson(config, limits);
  auto role = [&](const char* key) -> std::optional<int32_t> {
    const Json* value = find(json, key);
    if (value && value->is_object())
      value = find(*value, "content");
    if (!value || !value->is_string())
      return std::nullopt;
    int32_t id = state.idOf(value->get<std::string>());
    return id < 0 ? std::nullopt : std::optional(id);
  };
  for (auto [key, member] : {std::pair{"bos_token", &TokenizerState::bos}, {"eos_token", &TokenizerState::eos}, {"pad_token", &TokenizerState::pad}})
    if (const auto id = role(key))
      state.*member = id;
}

std::shared_ptr<const Tokenizer> Tokenizer::fromJson(std::string_view json, std::string_view config) {
  auto state = loadTokenizerState(json);
  readTokenizerRoles(*state, config);
  return std::make_shared<const Tokenizer>(std::move(state));
}

} // namespace lathe::text
