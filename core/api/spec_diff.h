// SPDX-License-Identifier: Apache-2.0
// What is different between the training specifications of several runs: one row per field, one column per run.
#pragma once

#include "core/base/json.h"

#include <string>
#include <vector>

namespace lathe::api {

/// One field of a specification across runs.
struct SpecField {
  std::string path;                // "training.learning_rate"
  std::string title;               // "Learning rate" (English, of the option table); the path itself for a field this version does not know
  std::vector<std::string> values; // one per specification, as a person reads them; "–" for null and for what is not given
  bool differs = false;
};

/// Every field that any of the documents has or that has a default, in the order of the option table (core/api/train_options.cpp), fields
/// of other versions behind it by path. A field that is absent counts as its default; numbers are compared as numbers (2e-4 = 0.0002), "name"
/// is left out: it changes nothing in the computation. Documents that are no objects count as empty.
std::vector<SpecField> compareSpecs(const std::vector<Json>& specs);

/// Only the rows of compareSpecs() that differ.
std::vector<SpecField> differingFields(const std::vector<Json>& specs);

/// A field's value for a person: "2e-4", "q_proj, v_proj", "a.jsonl, b.jsonl"; "–" for null, "(empty)" for an empty text or list.
std::string specValueText(const Json& value);

} // namespace lathe::api
