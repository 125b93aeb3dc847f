// SPDX-License-Identifier: Apache-2.0
#include "core/text/tokenizer_json.h"

#include "core/base/limits.h"

#include <cmath>
#include <fmt/format.h>

namespace lathe::text {
namespace {

constexpr int64_t kHighestId = static_cast<int64_t>(limits::kVocabulary) * 4; // ids may have gaps

class Reader : public nlohmann::json_sax<Json> {
public:
  explicit Reader(TokenizerJson& out) : m_out(out) {}
  std::string problem, code = "REJ:TOKENIZER_JSON";

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override {
    if (m_place == Place::Added && m_depth == 3)
      return addedFlag(value);
    return scalar(value);
  }
  bool number_integer(number_integer_t value) override {
    if (m_place == Place::Scores)
      return score(static_cast<double>(value));
    return m_place == Place::Vocabulary ? vocabularyEntry(value) : scalar(value);
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (m_place == Place::Scores)
      return score(static_cast<double>(value));
    return m_place == Place::Vocabulary ? vocabularyEntry(value > INT64_MAX ? INT64_MAX : static_cast<int64_t>(value)) : scalar(value);
  }
  bool number_float(number_float_t value, const string_t&) override { return m_place == Place::Scores ? score(value) : scalar(value); }
  bool string(string_t& value) override {
    if (m_place == Place::Merges)
      return merge(value);
    if (m_place == Place::Scores)
      return piece(value);
    if (m_place == Place::Added && m_depth == 3) {
      if (m_key == "content")
        m_token.content = std::move(value);
      return m_token.content.size() <= limits::kTokenBytes || fail("REJ:TOKENIZER_ADDED", "an added token is longer than 65536 bytes");
    }
    return scalar(std::move(value));
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (!enter())
      return false;
    if (m_place == Place::Vocabulary || m_place == Place::Merges || m_place == Place::Scores)
      return fail("REJ:TOKENIZER_VOCAB", "its vocabulary or its merges contain an object");
    if (m_place == Place::Added) {
      m_token = {};
      return m_depth == 3 || fail("REJ:TOKENIZER_ADDED", "an added token contains an object");
    }
    if (m_place == Place::Tree && m_path.size() == 1 && m_path[0] == "model" && m_key == "vocab") {
      m_place = Place::Vocabulary;
      return true;
    }
    return open(Json::object());
  }
  bool end_object() override {
    --m_depth;
    if (m_place == Place::Vocabulary) {
      m_place = Place::Tree;
      return true;
    }
    if (m_place == Place::Added) {
      m_out.added.push_back(std::move(m_token));
      return m_out.added.size() <= limits::kVocabulary || fail("REJ:TOKENIZER_ADDED", "it has more than 4194304 added tokens");
    }
    return close();
  }
  bool start_array(std::size_t) override {
    if (!enter())
      return false;
    if (m_place == Place::Merges) {
      m_pair = 0;
      return m_depth == 4 || fail("REJ:TOKENIZER_MERGES", "a merge is nested too deeply");
    }
    if (m_place == Place::Scores) {
      m_pair = 0;
      return m_depth == 4 || fail("REJ:TOKENIZER_VOCAB", "its vocabulary is nested too deeply");
    }
    if (m_place != Place::Tree)
      return fail("REJ:TOKENIZER_JSON", "there is a list where a token or an id belongs");
    bool inModel = m_path.size() == 1 && m_path[0] == "model";
    if (inModel && (m_key == "merges" || m_key == "vocab")) {
      m_out.vocabularyIsList = m_out.vocabularyIsList || m_key == "vocab";
      m_place = m_key == "merges" ? Place::Merges : Place::Scores;
      return true;
    }
    if (m_path.empty() && m_depth == 2 && m_key == "added_tokens") {
      m_place = Place::Added;
      return true;
    }
    return open(Json::array());
  }
  bool end_array() override {
    --m_depth;
    if (m_place == Place::Merges && m_depth == 3)
      return m_pair == 2 || fail("REJ:TOKENIZER_MERGES", "a merge does not have two parts");
    if (m_place == Place::Scores && m_depth == 3)
      return m_pair == 2 || fail("REJ:TOKENIZER_VOCAB", "a piece of its vocabulary is not a text with a score");
    if (m_place == Place::Merges || m_place == Place::Scores || (m_place == Place::Added && m_depth == 1)) {
      m_place = Place::Tree;
      return true;
    }
    return m_place != Place::Tree || close();
  }
  bool key(string_t& value) override {
    if (m_place == Place::Tree) {
      for (const auto& [known, unused] : m_stack.back().value.get_ref<const Json::object_t&>())
        if (known == value)
          return fail("REJ:TOKENIZER_JSON", fmt::format("the key \"{}\" comes twice", value));
    }
    m_key = std::move(value);
    if (m_place == Place::Tree)
      m_stack.back().key = m_key;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) override {
    if (problem.empty())
      problem = fmt::format("at byte {}: {}", position, error.what());
    return false;
  }

private:
  enum class Place { Tree, Vocabulary, Merges, Added, Scores };
  struct Level {
    Json value;
    std::string key;
    bool named;
  };

  bool fail(const char* failCode, std::string text) {
    code = failCode;
    problem = std::move(text);
    return false;
  }
  bool enter() { return ++m_depth <= limits::kJsonDepth || fail("REJ:TOKENIZER_JSON", "it is nested deeper than 64 levels"); }

  bool place(Json value) {
    if (m_stack.empty()) {
      m_out.rest = std::move(value);
      return true;
    }
    Level& level = m_stack.back();
    if (level.value.is_array())
      level.value.push_back(std::move(value));
    else
      level.value.get_ref<Json::object_t&>().emplace_back(level.key, std::move(value));
    return true;
  }
  bool scalar(Json value) {
    if (m_place == Place::Tree)
      return place(std::move(value));
    if (m_place == Place::Scores)
      return fail("REJ:TOKENIZER_VOCAB", "a piece of its vocabulary is not a text with a score");
    if (m_place == Place::Vocabulary)
      return fail("REJ:TOKENIZER_VOCAB", fmt::format("the id of \"{}\" is not a number without fraction", m_key));
    return m_place != Place::Merges || fail("REJ:TOKENIZER_MERGES", "a merge is not text");
  }
  bool open(Json value) {
    bool named = !m_stack.empty() && m_stack.back().value.is_object();
    if (named)
      m_path.push_back(m_key);
    else if (!m_stack.empty())
      m_path.push_back("[]");
    m_stack.push_back({std::move(value), {}, named});
    return true;
  }
  bool close() {
    Json value = std::move(m_stack.back().value);
    m_stack.pop_back();
    if (!m_path.empty())
      m_path.pop_back();
    return place(std::move(value));
  }

  bool vocabularyEntry(int64_t id) {
    if (id < 0 || id > kHighestId)
      return fail("REJ:TOKENIZER_VOCAB", fmt::format("the id {} of \"{}\" is outside 0…{}", id, m_key.substr(0, 80), kHighestId));
    if (m_key.size() > limits::kTokenBytes || m_out.vocabulary.size() >= limits::kVocabulary)
      return fail("REJ:TOKENIZER_VOCAB", "it has more than 4194304 tokens or one longer than 65536 bytes");
    return m_out.vocabulary.add(m_key, static_cast<int32_t>(id)) ||
           fail("REJ:TOKENIZER_VOCAB", fmt::format("the token \"{}\" comes twice", m_key.substr(0, 80)));
  }

  bool piece(const std::string& text) {
    const size_t id = m_out.scores.size();
    if (m_depth != 4 || m_pair++ != 0 || text.size() > limits::kTokenBytes || id >= limits::kVocabulary)
      return fail("REJ:TOKENIZER_VOCAB", "a piece of its vocabulary is not a text with a score, is longer than 65536 bytes, or there are more than 4194304");
    return m_out.vocabulary.add(text, static_cast<int32_t>(id)) || fail("REJ:TOKENIZER_VOCAB", fmt::format("the piece \"{}\" comes twice", text.substr(0, 80)));
  }
  bool score(double value) {
    if (m_depth != 4 || m_pair++ != 1 || !(std::abs(value) < 1e30))
      return fail("REJ:TOKENIZER_VOCAB", "a piece of its vocabulary is not a text with a score");
    m_out.scores.push_back(value);
    return true;
  }

  bool merge(std::string& text) {
    if (m_out.merges.size() > limits::kMerges)
      return fail("REJ:TOKENIZER_MERGES", "it has more than 8388608 merges");
    if (m_depth == 3) { // "left right"
      size_t space = text.find(' ');
      if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos)
        return fail("REJ:TOKENIZER_MERGES", fmt::format("merge {} does not have two parts", m_out.merges.size() + 1));
      m_out.merges.push_back({m_out.mergeText.size(), static_cast<uint32_t>(space), static_cast<uint32_t>(text.size() - space - 1)});
      m_out.mergeText.append(text, 0, space).append(text, space + 1);
      return true;
    }
    if (m_pair == 0)
      m_out.merges.push_back({m_out.mergeText.size(), static_cast<uint32_t>(text.size()), 0});
    else if (m_pair == 1)
      m_out.merges.back().right = static_cast<uint32_t>(text.size());
    m_out.mergeText += text;
    return ++m_pair <= 2 || fail("REJ:TOKENIZER_MERGES", "a merge does not have two parts");
  }

  bool addedFlag(bool value) {
    if (m_key == "single_word")
      m_token.singleWord = value;
    else if (m_key == "lstrip")
      m_token.lstrip = value;
    else if (m_key == "rstrip")
      m_token.rstrip = value;
    else if (m_key == "normalized")
      m_token.normalized = value;
    else if (m_key == "special")
      m_token.special = value;
    return true;
  }

  TokenizerJson& m_out;
  Place m_place = Place::Tree;
  int m_depth = 0, m_pair = 0;
  std::vector<Level> m_stack;
  std::vector<std::string> m_path;
  std::string m_key;
  AddedToken m_token;
};

} // namespace

std::vector<std::pair<std::string_view, std::string_view>> TokenizerJson::mergePairs() const {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  out.reserve(merges.size());
  for (const Merge& merge : merges) {
    std::string_view whole = std::string_view(mergeText).substr(merge.offset, static_cast<size_t>(merge.left) + merge.right);
    out.emplace_back(whole.substr(0, merge.left), whole.substr(merge.left));
  }
  return out;
}

TokenizerJson readTokenizerJson(std::string_view text) {
  TokenizerJson out;
  Reader reader(out);
  bool fine = Json::sax_parse(text.begin(), text.end(), &reader);
  if (!fine)
    refuse(reader.code, fmt::format("The tokenizer file cannot be used: {}. Download it again or choose another one.", reader.problem));
  if (!out.rest.is_object())
    refuse("REJ:TOKENIZER_JSON", "The tokenizer file is not a JSON object; a tokenizer.json from a model folder is needed.");
  return out;
}

} // namespace lathe::text
