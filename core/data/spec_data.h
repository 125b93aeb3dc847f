// SPDX-License-Identifier: Apache-2.0
// From the data section of a specification to token rows and batch plans. What is previewed and what is trained on come from here.
#pragma once

#include "core/api/train_spec.h"
#include "core/data/batch_plan.h"
#include "core/data/tokenized_dataset.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace lathe::data {

/// What turns rows into tokens.
struct SpecSources {
  std::shared_ptr<const text::Tokenizer> tokenizer;       // null when the model brings none
  std::shared_ptr<const text::ChatTemplate> chatTemplate; // null: the built-in ChatML
  std::string templateName = "built-in ChatML";           // or "from the model", or a file name
};

struct SpecData : SpecSources {
  std::shared_ptr<const Dataset> files;
  std::shared_ptr<const TokenizedDataset> rows;
};

struct SpecDataOptions {
  std::string cacheFolder; // empty: nothing is kept
  std::string eos;         // text of the end-of-sequence token; empty: the tokenizer's
  uint64_t maxRows = UINT64_MAX;
  std::function<void(const std::string& what, double share)> progress; // share 0…1
  std::stop_token stop;
};

/// Relative paths of the specification become absolute (against `base`, empty: the current folder), so that the run can be resumed from anywhere.
void makePathsAbsolute(api::TrainSpec& spec, const std::string& base = {});

/// Entries of data.train.
std::vector<DatasetEntry> specEntries(const api::TrainSpec& spec);

/// Tokenizer and template that the specification means (pre-tokenized data has no use for a template). Throws what reading them throws;
/// a missing tokenizer is null.
SpecSources openSpecSources(const api::TrainSpec& spec, bool withTemplate = true);
/// NotFound with advice: the data is text and there is no tokenizer.
[[noreturn]] void failWithoutTokenizer(const api::TrainSpec& spec);

/// How rows become tokens in a run of this specification.
TokenizeOptions specTokenizeOptions(const api::TrainSpec& spec, const SpecSources& sources);

/// What a person should know about the template with this data: that it refuses or drops system messages, where the first rows have some.
std::vector<std::string> templateWarnings(const Dataset& files, const TokenizeOptions& options);

/// Opens tokenizer, template and files and tokenizes. Throws what they throw.
SpecData openSpecData(const api::TrainSpec& spec, const SpecDataOptions& options);

/// Batches of the training rows as the specification asks for.
PlanOptions planOptions(const api::TrainSpec& spec);

} // namespace lathe::data
