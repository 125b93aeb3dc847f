// SPDX-License-Identifier: Apache-2.0
#include "core/text/bpe_trainer.h"

#include "core/base/json.h"
#include "core/text/tokenizer_regex.h"
#include "core/text/unicode_classes.h"

#include <algorithm>
#include <fmt/format.h>
#include <queue>
#include <unordered_map>

namespace lathe::text {
namespace {

constexpr size_t kMostWords = 20'000'000; // distinct words kept

struct Word {
  std::vector<int32_t> symbols;
  uint64_t count;
};

uint64_t trainerPairKey(int32_t a, int32_t b) { return static_cast<uint64_t>(static_cast<uint32_t>(a)) << 32 | static_cast<uint32_t>(b); }

/// A pair waiting to be merged; the most frequent first, ties by the smaller ids.
struct Candidate {
  uint64_t count, key;
  bool operator<(const Candidate& other) const { return count != other.count ? count < other.count : key > other.key; }
};

class Trainer {
public:
  explicit Trainer(const BpeTrainerOptions& options) : m_options(options) {
    m_first = static_cast<int32_t>(options.specialTokens.size());
    for (int b = 0; b < 256; ++b) // in the order of their characters, so that vocabularies read well
      m_bytes.emplace_back(byteCharacter(static_cast<uint8_t>(b)), b);
    std::sort(m_bytes.begin(), m_bytes.end());
    for (auto& [character, byte] : m_bytes) {
      m_byteId[byte] = m_first + static_cast<int32_t>(m_tokens.size());
      m_tokens.emplace_back(1, static_cast<char>(byte));
    }
  }

  void read(const CorpusReader& corpus) {
    TokenPattern pattern = TokenPattern::regex(m_options.singleDigits ? kQwen2Pattern : kLlama3Pattern);
    std::unordered_map<std::string, uint64_t> counts;
    std::vector<TextRange> matches;
    while (auto text = corpus()) {
      stopIfAsked();
      if (validUtf8Prefix(*text) != text->size())
        *text = repairedUtf8(*text);
      pattern.findAll(*text, matches);
      for (const TextRange& match : matches)
        ++counts[text->substr(match.begin, match.end - match.begin)];
      if (counts.size() > kMostWords)
        throw Exception(ErrorKind::Unsupported, "The corpus has more than 20 million different words; train on a part of it.");
    }
    std::vector<std::pair<std::string, uint64_t>> sorted(counts.begin(), counts.end());
    std::sort(sorted.begin(), sorted.end());
    for (auto& [text, count] : sorted) {
      Word word{{}, count};
      for (char c : text)
        word.symbols.push_back(m_byteId[static_cast<uint8_t>(c)]);
      m_words.push_back(std::move(word));
    }
  }

  void train() {
    for (size_t i = 0; i < m_words.size(); ++i)
      for (size_t k = 0; k + 1 < m_words[i].symbols.size(); ++k)
        change(m_words[i].symbols[k], m_words[i].symbols[k + 1], static_cast<int64_t>(m_words[i].count), static_cast<uint32_t>(i));
    for (auto& [key, pair] : m_pairs)
      m_queue.push({pair.count, key});
    const int wanted = m_options.vocabSize - m_first - 256;
    while (static_cast<int>(m_merges.size()) < wanted && !m_queue.empty()) {
      Candidate top = m_queue.top();
      m_queue.pop();
      Pair& pair = m_pairs[top.key];
      if (pair.count != top.count) {
        if (pair.count > 0)
          m_queue.push({pair.count, top.key});
        continue;
      }
      if (pair.count < std::max<uint64_t>(1, m_options.minFrequency))
        break;
      auto a = static_cast<int32_t>(top.key >> 32), b = static_cast<int32_t>(top.key & 0xFFFFFFFF);
      std::string token = tokenOf(a) + tokenOf(b);
      if (static_cast<int>(token.size()) > m_options.maxTokenBytes || !m_known.insert({token, 0}).second)
        continue;
      merge(a, b, std::move(token));
      report(wanted);
    }
  }

  std::string json() const {
    Json vocabulary = Json::object(), merges = Json::array(), added = Json::array();
    auto& entries = vocabulary.get_ref<Json::object_t&>();
    for (int32_t i = 0; i < m_first; ++i) {
      const std::string& content = m_options.specialTokens[static_cast<size_t>(i)];
      entries.emplace_back(content, i);
      added.push_back({{"id", i}, {"content", content}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}, {"special", true}});
    }
    for (size_t i = 0; i < m_tokens.size(); ++i)
      entries.emplace_back(written(m_tokens[i]), m_first + static_cast<int32_t>(i));
    for (auto [a, b] : m_merges)
      merges.push_back(written(tokenOf(a)) + " " + written(tokenOf(b)));
    Json byteLevel = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", false}, {"use_regex", false}};
    Json split = {{"type", "Split"},
                  {"pattern", {{"Regex", m_options.singleDigits ? kQwen2Pattern : kLlama3Pattern}}},
                  {"behavior", "Isolated"},
                  {"invert", false}};
    Json out = Json::object();
    out["version"] = "1.0";
    out["truncation"] = nullptr;
    out["padding"] = nullptr;
    out["added_tokens"] = std::move(added);
    out["normalizer"] = nullptr;
    out["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", Json::array({split, byteLevel})}};
    out["post_processor"] = nullptr;
    out["decoder"] = byteLevel;
    out["model"] = {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", nullptr}, {"continuing_subword_prefix", nullptr},
                    {"end_of_word_suffix", nullptr}, {"fuse_unk", false}, {"byte_fallback", false}, {"ignore_merges", false}};
    out["model"]["vocab"] = std::move(vocabulary);
    out["model"]["merges"] = std::move(merges);
    return dumpJson(out, 1) + "\n";
  }

private:
  struct Pair {
    uint64_t count = 0;
    std::vector<uint32_t> words; // where it was seen, in ascending order, possibly no longer
  };

  const std::string& tokenOf(int32_t id) const { return m_tokens[static_cast<size_t>(id - m_first)]; }
  static std::string written(const std::string& bytes) {
    std::string out;
    appendByteCharacters(out, bytes);
    return out;
  }

  void stopIfAsked() const {
    if (m_options.stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "Training of the tokenizer was stopped.");
  }

  void report(int wanted) const {
    if (m_merges.size() % 64 != 0)
      return;
    stopIfAsked();
    if (m_options.progress)
      m_options.progress(static_cast<double>(m_merges.size()) / std::max(1, wanted));
  }

  void change(int32_t a, int32_t b, int64_t by, uint32_t word) {
    Pair& pair = m_pairs[trainerPairKey(a, b)];
    pair.count += static_cast<uint64_t>(by);
    if (by > 0 && (pair.words.empty() || pair.words.back() != word))
      pair.words.push_back(word);
  }

  void merge(int32_t a, int32_t b, std::string token) {
    int32_t id = m_first + static_cast<int32_t>(m_tokens.size());
    m_tokens.push_back(std::move(token));
    m_merges.emplace_back(a, b);
    std::vector<uint32_t> words = std::move(m_pairs[trainerPairKey(a, b)].words);
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    std::vector<uint64_t> touched;
    for (uint32_t index : words) {
      Word& word = m_words[index];
      auto count = static_cast<int64_t>(word.count);
      auto& symbols = word.symbols;
      auto walk = [&](int64_t by, bool note) {
        for (size_t k = 0; k + 1 < symbols.size(); ++k) {
          change(symbols[k], symbols[k + 1], by, index);
          if (note && (symbols[k] == id || symbols[k + 1] == id))
            touched.push_back(trainerPairKey(symbols[k], symbols[k + 1]));
        }
      };
      if (!contains(symbols, a, b))
        continue;
      walk(-count, false);
      size_t kept = 0;
      for (size_t k = 0; k < symbols.size(); ++k) {
        bool here = k + 1 < symbols.size() && symbols[k] == a && symbols[k + 1] == b;
        symbols[kept++] = here ? id : symbols[k];
        k += here;
      }
      symbols.resize(kept);
      walk(count, true);
    }
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    for (uint64_t key : touched)
      m_queue.push({m_pairs[key].count, key});
  }

  static bool contains(const std::vector<int32_t>& symbols, int32_t a, int32_t b) {
    for (size_t k = 0; k + 1 < symbols.size(); ++k)
      if (symbols[k] == a && symbols[k + 1] == b)
        return true;
    return false;
  }

  const BpeTrainerOptions& m_options;
  int32_t m_first = 0;
  int32_t m_byteId[256] = {};
  std::vector<std::pair<char32_t, int>> m_bytes;
  std::vector<std::string> m_tokens; // bytes of id m_first + index
  std::vector<std::pair<int32_t, int32_t>> m_merges;
  std::unordered_map<std::string, int> m_known;
  std::vector<Word> m_words;
  std::unordered_map<uint64_t, Pair> m_pairs;
  std::priority_queue<Candidate> m_queue;
};

void checkOptions(const BpeTrainerOptions& options) {
  auto least = static_cast<int>(options.specialTokens.size()) + 256;
  if (options.vocabSize < least || options.vocabSize > 1'000'000)
    throw Exception(ErrorKind::Usage, fmt::format("A vocabulary of {} is not possible: it needs {} to 1000000 (256 bytes and {} special tokens).",
                                                  options.vocabSize, least, options.specialTokens.size()));
  std::vector<std::string> names = options.specialTokens;
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end() || (!names.empty() && names.front().empty()))
    throw Exception(ErrorKind::Usage, "Special tokens must be different from each other and not empty.");
  for (const std::string& name : names)
    if (validUtf8Prefix(name) != name.size() || codePointAt(name, 0).length == name.size())
      throw Exception(ErrorKind::Usage, fmt::format("\"{}\" cannot be a special token: take valid UTF-8 of two characters or more.", repairedUtf8(name)));
}

} // namespace

std::string trainBpe(const CorpusReader& corpus, const BpeTrainerOptions& options) {
  checkOptions(options);
  Trainer trainer(options);
  trainer.read(corpus);
  trainer.train();
  if (options.progress)
    options.progress(1.0);
  return trainer.json();
}

std::string trainedTokenizerConfig(const std::vector<std::string>& specialTokens) {
  auto has = [&](const char* name) { return std::find(specialTokens.begin(), specialTokens.end(), name) != specialTokens.end(); };
  Json out = Json::object();
  out["tokenizer_class"] = "PreTrainedTokenizerFast";
  out["clean_up_tokenization_spaces"] = false;
  out["bos_token"] = nullptr;
  if (has("<|im_end|>"))
    out["eos_token"] = "<|im_end|>";
  else if (has("<|endoftext|>"))
    out["eos_token"] = "<|endoftext|>";
  if (has("<|endoftext|>"))
    out["pad_token"] = "<|endoftext|>";
  if (has("<|im_start|>") && has("<|im_end|>"))
    out["chat_template"] = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
                           "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
  return dumpJson(out, 2) + "\n";
}

} // namespace lathe::text
