// SPDX-License-Identifier: Apache-2.0
// From the data section of a specification to token rows and batch plans. What is previewed and what is trained on come from here.
#pragma once

#include "core/api/train_spec.h"
#include "core/data/batch_plan.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace lathe::train {

struct SpecData {
  std::shared_ptr<const text::Tokenizer> tokenizer;         // null when all data is pre-tokenized and the model brings none
  std::shared_ptr<const text::ChatTemplate> chatTemplate;   // null: the built-in ChatML
  std::string templateName;                                 // "from the model", "built-in ChatML", a file name
  std::shared_ptr<const data::Dataset> files;
  std::shared_ptr<const data::TokenizedDataset> rows;
};

struct SpecDataOptions {
  std::string cacheFolder; // empty: nothing is kept
  uint64_t maxRows = UINT64_MAX;
  std::function<void(const std::string& what, double share)> progress; // share 0…1
  std::stop_token stop;
};

/// Every relative path of the specification becomes absolute, so that the run can be resumed from anywhere.
void makePathsAbsolute(api::TrainSpec& spec);

/// Opens tokenizer, template and files and tokenizes. Throws what they throw.
SpecData openSpecData(const api::TrainSpec& spec, const SpecDataOptions& options);

/// Batches of the training rows as the specification asks for.
data::PlanOptions planOptions(const api::TrainSpec& spec);

} // namespace lathe::train
