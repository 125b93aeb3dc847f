// SPDX-License-Identifier: Apache-2.0
// Datasets and tokenizers that were opened for the window, kept while the same ones are asked for again.
#pragma once

#include "core/api/train_spec.h"
#include "core/data/spec_data.h"

#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace lathe::engine {

/// Changes when the file, or a file of the folder, is replaced; "-" when there is nothing.
std::string fileStamp(const std::string& path);

/// Any thread.
class DataFiles {
public:
  /// The dataset of these entries with at least `rows` rows of each file. Throws what data::Dataset::open throws.
  std::shared_ptr<const data::Dataset> open(const std::vector<data::DatasetEntry>& entries, uint64_t rows, const data::Progress& progress = {}, std::stop_token stop = {});
  /// Tokenizer and template that the specification means.
  data::SpecSources sources(const api::TrainSpec& spec);

private:
  struct Kept {
    std::string key;
    uint64_t rows = 0; // that were asked for
    std::shared_ptr<const data::Dataset> dataset;
  };
  std::shared_ptr<const data::Dataset> find(const std::string& key, uint64_t rows);
  std::mutex m_mutex, m_sourcesMutex;
  std::deque<Kept> m_kept; // latest first
  std::string m_sourcesKey;
  data::SpecSources m_sources;
};

} // namespace lathe::engine
