// SPDX-License-Identifier: Apache-2.0
#include "core/data/tokenized_dataset.h"

#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/data/token_cache.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <filesystem>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

namespace lathe::data {
namespace {

constexpr size_t kKeptErrors = 1000;
enum Flag : uint32_t { Truncated = 1, FromValidationFile = 2, NothingSupervised = 4 };

class TokenizedImpl final : public TokenizedDataset {
public:
  CacheContent m_cache;
  DatasetStats m_stats;
  std::vector<RowError> m_errors;
  std::string m_fingerprint;
  bool m_fromCache = false;

  uint64_t rows() const override { return m_cache.rows.size(); }
  RowView row(uint64_t index) const override {
    const CacheRow& row = m_cache.rows.at(index);
    const int32_t* ids = m_cache.values + row.begin;
    return {{ids, row.length}, {ids + row.length, row.length}, row.source, (row.flags & Truncated) != 0};
  }
  std::span<const uint64_t> trainRows() const override { return m_cache.train; }
  std::span<const uint64_t> validationRows() const override { return m_cache.validation; }
  std::span<const uint32_t> sourceLengths() const override { return m_cache.lengths; }
  const DatasetStats& stats() const override { return m_stats; }
  const std::vector<RowError>& errors() const override { return m_errors; }
  const std::string& fingerprint() const override { return m_fingerprint; }
  bool fromCache() const override { return m_fromCache; }

  void adopt(CacheContent cache) {
    m_cache = std::move(cache);
    m_stats = DatasetStats::fromJson(m_cache.meta.at("stats"));
    for (const Json& e : m_cache.meta.at("errors"))
      m_errors.push_back({e.at("file"), e.at("line"), e.at("column"), e.at("message")});
  }
};

/// How the bytes of the files are read: the same bytes under another name or with other columns are other rows.
Json readingOf(const Dataset& dataset) {
  Json out = Json::array();
  for (const Dataset::File& file : dataset.files())
    out.push_back({fileFormatName(file.format), rowLayoutName(file.layout), rolesJson(file.roles), file.member, file.textRows, file.rows});
  return out;
}

/// Bytes of all files, so that a change during the work is seen whatever size and time say.
std::string contentOf(const Dataset& dataset, const Dataset* validation) { return dataset.contentHash() + (validation ? validation->contentHash() : "-"); }

std::string makeFingerprint(const std::string& content, const Dataset& dataset, const Dataset* validation, const text::Tokenizer* tokenizer, const TokenizeOptions& o) {
  const std::string chat = (o.chatTemplate ? o.chatTemplate : text::ChatTemplate::chatMl())->fingerprint();
  const Json key = {{"version", 2}, {"content", content}, {"reading", readingOf(dataset)}, {"validation_reading", validation ? readingOf(*validation) : Json()},
                    {"tokenizer", tokenizer ? tokenizer->fingerprint() : ""}, {"eos", tokenizer ? tokenizer->eosId().value_or(-1) : -1}, {"template", chat},
                    {"train_on", trainOnName(o.trainOn)}, {"max_seq_len", o.maxSeqLen}, {"long_rows", longRowsName(o.longRows)}, {"variables", o.variables}, {"now", o.nowIso},
                    {"validation", {o.validation.fraction, o.validation.count}}, {"seed", o.seed}, {"rows", std::min(dataset.rows(), o.maxRows)}};
  return hashText(dumpJson(key));
}

uint64_t keyOf(const std::vector<TokenizedRow>& rows) {
  Hasher hasher;
  for (const TokenizedRow& row : rows)
    hasher.add(std::as_bytes(std::span(row.ids)));
  return std::stoull(hasher.hex().substr(0, 16), nullptr, 16);
}

/// What one source row became: rows, or a problem.
struct Outcome {
  TokenizedSample sample;
  std::optional<RowError> error;
};

Outcome tokenizeOne(const Dataset& dataset, uint64_t index, const text::Tokenizer* tokenizer, const TokenizeOptions& options) {
  Outcome out;
  try {
    out.sample = tokenizeWhole(dataset.sample(index), tokenizer, options);
  } catch (const RowException& e) {
    out.error = e.row();
  } catch (const Exception& e) {
    // What the template says about one conversation concerns this row alone; a template that does not work at all fails on every row.
    if (!e.error().code.starts_with("TEMPLATE:"))
      throw;
    RowError place = dataset.place(index);
    place.message = "the chat template refused it: " + e.error().message;
    out.error = std::move(place);
  }
  return out;
}

class Builder {
public:
  Builder(CacheWriter& writer, const text::Tokenizer* tokenizer, const TokenizeOptions& options) : m_writer(writer), m_tokenizer(tokenizer), m_options(options) {}

  void add(const Dataset& dataset, bool validationFile, const Progress& progress, const std::stop_token& stop) {
    const uint64_t count = std::min(dataset.rows(), m_options.maxRows);
    constexpr uint64_t chunk = 512;
    for (uint64_t at = 0; at < count; at += chunk) {
      if (stop.stop_requested())
        throw Exception(ErrorKind::Cancelled, "Preparing the dataset was stopped.");
      std::vector<Outcome> outcomes(std::min(chunk, count - at));
      parallel(dataset, at, outcomes);
      for (size_t i = 0; i < outcomes.size(); ++i)
        take(std::move(outcomes[i]), at + i, validationFile);
      if (progress)
        progress(static_cast<double>(at + outcomes.size()) / static_cast<double>(count));
    }
    m_stats.sourceRows += count;
  }

  DatasetStats m_stats;
  std::vector<RowError> m_errors;

private:
  CacheWriter& m_writer;
  const text::Tokenizer* m_tokenizer;
  const TokenizeOptions& m_options;
  std::unordered_set<uint64_t> m_seen, m_trainKeys;
  double m_totalLength = 0;

  void parallel(const Dataset& dataset, uint64_t first, std::vector<Outcome>& outcomes) {
    std::atomic<size_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
      try {
        for (size_t i; (i = next++) < outcomes.size();)
          outcomes[i] = tokenizeOne(dataset, first + i, m_tokenizer, m_options);
      } catch (...) {
        std::scoped_lock lock(mutex);
        failure = std::current_exception();
        next = outcomes.size();
      }
    };
    const size_t helpers = outcomes.size() < 32 ? 0 : std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 16) - 1;
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < helpers; ++i)
        threads.emplace_back(work);
      work();
    }
    if (failure)
      std::rethrow_exception(failure);
  }

  void take(Outcome outcome, uint64_t source, bool validationFile) {
    if (outcome.error) {
      ++m_stats.badRows;
      if (m_errors.size() < kKeptErrors)
        m_errors.push_back(std::move(*outcome.error));
      return;
    }
    const TokenizedSample& sample = outcome.sample;
    m_writer.addLength(sample.tokens);
    countLong(sample);
    if (sample.rows.empty())
      return;
    const uint64_t key = keyOf(sample.rows);
    if (validationFile)
      m_stats.leakage += m_trainKeys.contains(key);
    else
      m_trainKeys.insert(key);
    m_stats.duplicates += !m_seen.insert(key).second;
    m_stats.splitRows += sample.rows.size() - 1;
    for (const TokenizedRow& row : sample.rows)
      store(row, source, key, validationFile);
  }

  void countLong(const TokenizedSample& sample) {
    m_stats.longerRows += sample.tokens > m_options.maxSeqLen;
    m_stats.splitSources += sample.pieces > 0;
    m_stats.splitPieces += sample.pieces - sample.droppedPieces;
    m_stats.droppedPieces += sample.droppedPieces;
    m_stats.droppedRows += sample.dropped;
    m_stats.droppedTokens += sample.droppedTokens;
  }

  void store(const TokenizedRow& row, uint64_t source, uint64_t key, bool validationFile) {
    const auto supervised = static_cast<uint64_t>(std::count(row.supervised.begin(), row.supervised.end(), 1));
    const uint64_t length = row.ids.size();
    CacheRow entry;
    entry.source = source;
    entry.key = key;
    entry.flags = (row.truncated ? Truncated : 0u) | (validationFile ? FromValidationFile : 0u) | (supervised == 0 ? NothingSupervised : 0u);
    m_writer.add(row.ids, row.labels, entry);
    m_stats.shortest = m_stats.rows == 0 ? length : std::min(m_stats.shortest, length);
    m_stats.longest = std::max(m_stats.longest, length);
    ++m_stats.rows;
    m_stats.tokens += length;
    m_stats.supervisedTokens += supervised;
    m_stats.zeroSupervision += supervised == 0;
    m_stats.truncatedRows += row.truncated;
    m_totalLength += static_cast<double>(length);
    m_stats.meanLength = m_totalLength / static_cast<double>(m_stats.rows);
    ++m_stats.lengthHistogram[length == 0 ? 0 : std::min<size_t>(32, static_cast<size_t>(std::bit_width(length)) - 1)];
  }
};

/// Whole groups of equal rows go to validation, in a seeded order, until the wanted number is reached.
std::unordered_set<uint64_t> validationKeys(const std::vector<CacheRow>& rows, uint64_t wanted, uint64_t seed) {
  std::unordered_map<uint64_t, uint64_t> sizes;
  for (const CacheRow& row : rows)
    if (!(row.flags & NothingSupervised))
      ++sizes[row.key];
  std::vector<std::pair<uint64_t, uint64_t>> order; // random rank, key
  for (const auto& entry : sizes)
    order.emplace_back(randomBits(seed, 0x53504C4954ull, entry.first), entry.first);
  std::sort(order.begin(), order.end());
  std::unordered_set<uint64_t> out;
  uint64_t taken = 0;
  for (const auto& [rank, key] : order) {
    if (taken >= wanted || out.size() + 1 >= order.size())
      break;
    if (taken > 0 && taken + sizes[key] > wanted)
      continue;
    out.insert(key);
    taken += sizes[key];
  }
  return out;
}

void splitRows(const std::vector<CacheRow>& rows, const TokenizeOptions& options, std::vector<uint64_t>& train, std::vector<uint64_t>& validation) {
  const auto usable = static_cast<uint64_t>(std::count_if(rows.begin(), rows.end(), [](const CacheRow& r) { return !(r.flags & NothingSupervised); }));
  uint64_t wanted = options.validation.count;
  if (options.validation.fraction > 0)
    wanted = std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(options.validation.fraction * static_cast<double>(usable))));
  std::unordered_set<uint64_t> keys;
  if (wanted > 0 && options.validation.files.empty()) {
    if (wanted >= usable)
      refuse("REJ:DATASET_SPLIT", fmt::format("The validation split wants {} of {} rows, so none is left to train on. Make it smaller or turn it off.", wanted, usable));
    keys = validationKeys(rows, wanted, options.seed);
  }
  for (uint64_t i = 0; i < rows.size(); ++i) {
    if (rows[i].flags & NothingSupervised)
      continue;
    ((rows[i].flags & FromValidationFile) || keys.contains(rows[i].key) ? validation : train).push_back(i);
  }
}

void refuseEmpty(const DatasetStats& stats, const std::vector<RowError>& errors, const std::vector<uint64_t>& train, const TokenizeOptions& options) {
  if (stats.rows == 0 && stats.longerRows == 0)
    refuse("REJ:DATASET_NO_ROWS", fmt::format("None of the {} rows could be used. The first problem: {}", stats.sourceRows, errors.empty() ? "all are empty" : errors.front().text()));
  if (stats.rows == 0 && stats.droppedRows > 0 && stats.droppedPieces == 0)
    refuse("REJ:DATASET_ALL_LONG", fmt::format("All {} rows have more than {} tokens and data.long_rows leaves such rows out. Raise data.max_seq_len or choose another data.long_rows.",
                                               stats.droppedRows, options.maxSeqLen));
  if (stats.supervisedTokens == 0 || train.empty())
    refuse("REJ:DATASET_ALL_MASKED", fmt::format("Nothing in the dataset would be learned: all {} tokens of {} rows are masked ({} rows truncated at the sequence length, {} pieces and {} long rows "
                                                 "left out, {} rows unreadable). Check the roles, raise data.max_seq_len or set data.train_on to \"all\".",
                                                 stats.tokens, stats.rows, stats.truncatedRows, stats.droppedPieces, stats.droppedRows, stats.badRows));
}

bool needsTemplate(const Dataset& dataset) {
  return std::any_of(dataset.files().begin(), dataset.files().end(), [](const Dataset::File& f) { return f.shape == DatasetShape::Messages || f.shape == DatasetShape::Alpaca; });
}

void buildCache(const std::string& path, const Dataset& dataset, const Dataset* validationSet, const text::Tokenizer* tokenizer, const TokenizeOptions& options,
                const std::string& fingerprint, const std::string& content, const Progress& progress, const std::stop_token& stop) {
  CacheWriter writer(path);
  Builder builder(writer, tokenizer, options);
  const double share = validationSet ? 0.9 : 1.0;
  builder.add(dataset, false, progress ? Progress([&](double done) { progress(done * share); }) : Progress(), stop);
  if (validationSet)
    builder.add(*validationSet, true, {}, stop);
  dataset.checkUnchanged();
  if (!content.empty() && contentOf(dataset, validationSet) != content)
    refuse("REJ:DATASET_CHANGED", "The data files changed while they were read. Open them again.");
  std::vector<uint64_t> train, validation;
  refuseEmpty(builder.m_stats, builder.m_errors, {0}, options);
  splitRows(writer.rows(), options, train, validation);
  refuseEmpty(builder.m_stats, builder.m_errors, train, options);
  builder.m_stats.trainRows = train.size();
  builder.m_stats.validationRows = validation.size();
  builder.m_stats.builtInTemplate = !options.chatTemplate && needsTemplate(dataset);
  Json errors = Json::array();
  for (const RowError& e : builder.m_errors)
    errors.push_back({{"file", e.file}, {"line", e.line}, {"column", e.column}, {"message", e.message}});
  writer.commit(train, validation, {{"fingerprint", fingerprint}, {"stats", builder.m_stats.toJson()}, {"errors", std::move(errors)}});
}

} // namespace

std::shared_ptr<const TokenizedDataset> TokenizedDataset::build(std::shared_ptr<const Dataset> dataset, const text::Tokenizer* tokenizer, const TokenizeOptions& options,
                                                                const Progress& progress, std::stop_token stop) {
  if (options.validation.fraction < 0 || options.validation.fraction >= 1)
    throw Exception(ErrorKind::Usage, fmt::format("The validation fraction is {}; it must be at least 0 and less than 1.", options.validation.fraction));
  const auto validationSet = options.validation.files.empty() ? nullptr : Dataset::open(options.validation.files);
  auto out = std::make_shared<TokenizedImpl>();
  const bool keep = !options.cacheFolder.empty();
  const bool sample = !keep && std::any_of(dataset->files().begin(), dataset->files().end(), [](const Dataset::File& file) { return !file.whole(); });
  const std::string content = sample ? std::string() : contentOf(*dataset, validationSet.get()); // the first rows of a long file need not wait for all of it
  out->m_fingerprint = sample ? "sample-" + randomId(16) : makeFingerprint(content, *dataset, validationSet.get(), tokenizer, options);
  if (keep)
    makeDirectories(options.cacheFolder);
  const std::string folder = keep ? options.cacheFolder : std::filesystem::temp_directory_path().string();
  const std::string path = folder + "/" + (keep ? out->m_fingerprint : "lathe-" + randomId(16)) + ".tokens";
  if (keep)
    if (auto cache = readCache(path, out->m_fingerprint)) {
      out->m_fromCache = true;
      out->adopt(std::move(*cache));
      return out;
    }
  buildCache(path, *dataset, validationSet.get(), tokenizer, options, out->m_fingerprint, content, progress, stop);
  auto cache = readCache(path, out->m_fingerprint);
  if (!keep)
    removeTree(path); // the map keeps it alive
  if (!cache)
    throw Exception(ErrorKind::Io, fmt::format("The token cache {} was written but cannot be read back; check the disk.", path));
  out->adopt(std::move(*cache));
  return out;
}

} // namespace lathe::data
