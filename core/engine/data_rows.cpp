// SPDX-License-Identifier: Apache-2.0
#include "core/engine/data_rows.h"

#include "core/base/files.h"
#include "core/engine/raw_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

namespace lathe::engine {
namespace {

constexpr size_t kLineBytes = 160, kTurnBytes = 16 << 10, kTurnsBytes = 128 << 10, kToolsBytes = 16 << 10;
constexpr uint64_t kMostChips = 1000;
constexpr uint64_t kWholeRow = 1ull << 30; // a sequence length that cuts nothing
constexpr size_t kBadRowsKept = 500;

/// At most `bytes` of it, whole characters.
std::string firstBytes(const std::string& text, size_t bytes) {
  if (text.size() <= bytes)
    return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80)
    --bytes;
  return text.substr(0, bytes);
}

std::string oneLine(const std::string& text) {
  std::string out;
  for (const char c : firstBytes(text, 4 * kLineBytes)) {
    const bool space = static_cast<unsigned char>(c) <= ' ';
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out.size() > kLineBytes ? firstBytes(out, kLineBytes) + "…" : out;
}

std::string contentOf(const Json& message) {
  const Json* content = find(message, "content");
  std::string text = content && content->is_string() ? content->get<std::string>() : content && !content->is_null() ? dumpJson(*content) : std::string();
  for (const char* key : {"reasoning_content", "tool_calls"})
    if (const Json* more = find(message, key); more && !more->empty())
      text += (text.empty() ? "" : "\n") + (more->is_string() ? more->get<std::string>() : dumpJson(*more));
  return text;
}

/// What a person would recognise the row by: what was asked first.
std::string lineOf(const data::Sample& sample) {
  if (sample.shape == data::DatasetShape::Text)
    return oneLine(sample.text);
  if (sample.shape == data::DatasetShape::Tokens)
    return fmt::format("{} …", fmt::join(std::span(sample.ids).first(std::min<size_t>(sample.ids.size(), 16)), " "));
  for (const Json& message : sample.messages)
    if (stringOr(message, "role", "") == "user")
      return oneLine(contentOf(message));
  return sample.messages.empty() ? std::string() : oneLine(contentOf(sample.messages.front()));
}

/// Whether the loss counts what this message says.
bool isLearned(const data::Sample& sample, size_t message, data::TrainOn trainOn) {
  const auto assistant = [&](size_t i) { return stringOr(sample.messages[i], "role", "") == "assistant"; };
  if (trainOn == data::TrainOn::All)
    return true;
  if (!assistant(message) || (message < sample.train.size() && !sample.train[message]))
    return false;
  if (trainOn == data::TrainOn::Assistant)
    return true;
  for (size_t later = message + 1; later < sample.messages.size(); ++later)
    if (assistant(later))
      return false;
  return true;
}

void showTurn(api::DataRowView& out, std::string role, const std::string& text, bool learned, size_t& left) {
  api::DataTurn turn;
  turn.role = std::move(role);
  turn.text = firstBytes(text, std::min(kTurnBytes, left));
  turn.leftOut = static_cast<int64_t>(text.size() - turn.text.size());
  turn.learned = learned;
  left -= turn.text.size();
  out.turns.push_back(std::move(turn));
}

void showTurns(api::DataRowView& out, const data::Sample& sample, data::TrainOn trainOn) {
  size_t left = kTurnsBytes;
  if (sample.shape == data::DatasetShape::Text)
    showTurn(out, {}, sample.text, true, left);
  else if (sample.shape != data::DatasetShape::Tokens)
    for (size_t i = 0; i < sample.messages.size(); ++i)
      showTurn(out, stringOr(sample.messages[i], "role", ""), contentOf(sample.messages[i]), isLearned(sample, i, trainOn), left);
  if (!sample.tools.is_null() && !sample.tools.empty())
    out.tools = firstBytes(dumpJson(sample.tools, 2), kToolsBytes);
}

/// All tokens of a row with what a run keeps of them.
struct MarkedTokens {
  std::vector<int32_t> ids;
  std::vector<uint8_t> supervised, cut, begins;
};

MarkedTokens keptAlone(const std::vector<data::TokenizedRow>& pieces) {
  MarkedTokens out;
  for (const data::TokenizedRow& piece : pieces)
    for (size_t i = 0; i < piece.ids.size(); ++i) {
      out.ids.push_back(piece.ids[i]);
      out.supervised.push_back(piece.supervised[i]);
      out.cut.push_back(0);
      out.begins.push_back(i == 0 && pieces.size() > 1);
    }
  return out;
}

/// The pieces at their places in the whole row, one behind the other; nullopt when one is not there as it stands.
std::optional<MarkedTokens> placed(const data::TokenizedRow& whole, const std::vector<data::TokenizedRow>& pieces, bool endIsKept) {
  MarkedTokens out;
  out.ids = whole.ids;
  out.supervised = whole.supervised;
  out.cut.assign(whole.ids.size(), 1);
  out.begins.assign(whole.ids.size(), 0);
  auto at = whole.ids.begin();
  for (const data::TokenizedRow& piece : pieces) {
    const bool end = endIsKept && piece.truncated && std::equal(piece.ids.rbegin(), piece.ids.rend(), whole.ids.rbegin());
    const auto found = end ? whole.ids.end() - static_cast<std::ptrdiff_t>(piece.ids.size()) : std::search(at, whole.ids.end(), piece.ids.begin(), piece.ids.end());
    if (found == whole.ids.end())
      return std::nullopt;
    const auto first = static_cast<size_t>(found - whole.ids.begin());
    for (size_t i = 0; i < piece.ids.size(); ++i) {
      out.cut[first + i] = 0;
      out.supervised[first + i] = piece.supervised[i];
    }
    out.begins[first] = pieces.size() > 1;
    at = found + static_cast<std::ptrdiff_t>(piece.ids.size());
  }
  return out;
}

void showChips(api::DataRowView& out, const MarkedTokens& marked, const RowTokens& tokens) {
  const uint64_t from = std::min<uint64_t>(tokens.from, marked.ids.size());
  const uint64_t end = std::min<uint64_t>(marked.ids.size(), from + std::min(tokens.limit, kMostChips));
  out.chipsFrom = static_cast<int64_t>(from);
  for (uint64_t i = from; i < end; ++i) {
    const int32_t id = marked.ids[i];
    api::TokenChip chip;
    chip.id = id;
    chip.supervised = marked.supervised[i] != 0;
    chip.cut = marked.cut[i] != 0;
    chip.begins = marked.begins[i] != 0;
    if (const text::Tokenizer* tokenizer = tokens.sources.tokenizer.get()) {
      chip.text = tokenizer->decode(std::span(&id, 1), false);
      chip.special = tokenizer->decode(std::span(&id, 1), true).empty() && !chip.text.empty();
    }
    out.chips.push_back(std::move(chip));
  }
}

void showTokens(api::DataRowView& out, const data::Sample& sample, const RowTokens& tokens) {
  const bool ready = sample.shape == data::DatasetShape::Tokens;
  out.templateName = ready || sample.shape == data::DatasetShape::Text ? "none" : tokens.sources.templateName;
  if (!ready && !tokens.problem.empty()) {
    out.tokenProblem = tokens.problem;
    return;
  }
  data::TokenizeOptions uncut = tokens.options;
  uncut.maxSeqLen = kWholeRow;
  uncut.longRows = data::LongRows::TruncateRight;
  const auto whole = data::tokenizeSample(sample, tokens.sources.tokenizer.get(), uncut);
  const auto pieces = data::tokenizeSample(sample, tokens.sources.tokenizer.get(), tokens.options);
  if (whole.empty())
    return;
  out.tokens = static_cast<int64_t>(whole.front().ids.size());
  out.pieces = static_cast<int64_t>(pieces.size());
  for (const data::TokenizedRow& piece : pieces) {
    out.kept += static_cast<int64_t>(piece.ids.size());
    out.supervised += std::count(piece.supervised.begin(), piece.supervised.end(), uint8_t{1});
  }
  auto marked = placed(whole.front(), pieces, tokens.options.longRows == data::LongRows::TruncateLeft);
  out.cutsKnown = marked.has_value();
  showChips(out, marked ? *marked : keptAlone(pieces), tokens);
}

uint64_t firstRowOf(const data::Dataset& dataset, size_t file) {
  uint64_t out = 0;
  for (size_t i = 0; i < file; ++i)
    out += dataset.files()[i].rows;
  return out;
}

/// The row in which this place is; −1 when there is no such file.
int64_t rowAt(const data::Dataset& dataset, const data::RowError& error) {
  for (size_t i = 0; i < dataset.files().size(); ++i) {
    if (dataset.files()[i].path != error.file)
      continue;
    uint64_t low = firstRowOf(dataset, i), high = low + dataset.files()[i].rows; // first row behind the place
    const uint64_t first = low;
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2;
      const data::RowError place = dataset.place(middle);
      if (std::pair(place.line, place.column) <= std::pair(error.line, error.column))
        low = middle + 1;
      else
        high = middle;
    }
    return low > first ? static_cast<int64_t>(low) - 1 : -1;
  }
  return -1;
}

} // namespace

api::DataRowLines dataRowLines(const data::Dataset& dataset, uint64_t from, uint64_t limit) {
  api::DataRowLines out;
  for (uint64_t row = from; row < dataset.rows() && row - from < limit; ++row) {
    api::DataRowLine line;
    line.row = static_cast<int64_t>(row);
    try {
      line.text = lineOf(dataset.sample(row));
    } catch (const data::RowException& e) {
      line.problem = e.row().text();
    }
    out.rows.push_back(std::move(line));
  }
  return out;
}

api::DataRowView dataRowView(const data::Dataset& dataset, uint64_t row, const RowTokens& tokens) {
  api::DataRowView out;
  out.row = static_cast<int64_t>(row);
  const data::RowError place = dataset.place(row);
  out.file = std::filesystem::path(place.file).filename().string();
  out.line = static_cast<int64_t>(place.line);
  out.column = static_cast<int64_t>(place.column);
  const RawRow raw = rawRow(dataset, row);
  out.raw = raw.text;
  out.rawLeftOut = static_cast<int64_t>(raw.leftOut);
  data::Sample sample;
  try {
    sample = dataset.sample(row);
  } catch (const data::RowException& e) {
    out.problem = e.row().message;
    out.line = static_cast<int64_t>(e.row().line);
    out.column = static_cast<int64_t>(e.row().column);
    return out;
  }
  showTurns(out, sample, tokens.options.trainOn);
  const auto shown = capture([&] {
    showTokens(out, sample, tokens);
    return true;
  });
  if (!shown.ok())
    out.tokenProblem = shown.error().message;
  return out;
}

api::BadDataRows badDataRows(const data::Dataset& dataset, const data::Progress& progress, std::stop_token stop) {
  const data::Dataset::Check check = dataset.check(kBadRowsKept, UINT64_MAX, 1, progress, std::move(stop));
  api::BadDataRows out;
  for (const uint64_t rows : check.checked)
    out.checked += static_cast<int64_t>(rows);
  out.bad = static_cast<int64_t>(check.totalBad());
  for (const data::RowError& error : check.errors)
    out.rows.push_back({rowAt(dataset, error), std::filesystem::path(error.file).filename().string(), static_cast<int64_t>(error.line), static_cast<int64_t>(error.column), error.message});
  return out;
}

} // namespace lathe::engine
