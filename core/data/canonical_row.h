// SPDX-License-Identifier: Apache-2.0
// From a row as people write it (OpenAI messages, ShareGPT, Alpaca, prompt and completion, preference pairs, text, tokens) to one canonical form.
#pragma once

#include "core/data/dataset.h"

namespace lathe::data {

/// What is wrong with a row, without its place.
struct RowProblem {
  std::string message;
};

/// Throws RowProblem.
Sample canonical(const Json& row, DatasetShape shape, const Roles& roles);

/// A column of a row; one inside an object with dots ("input.messages"). nullptr where it is missing.
const Json* columnOf(const Json& row, const std::string& name);
/// "null", "an object", "a list", "a text", "true or false", "a number".
const char* jsonTypeText(const Json& value);
/// Whether a list is one of messages (objects with a role or from), also where it stands as JSON in a text.
bool isMessageList(const Json& value);

/// Messages as people write them → canonical ones behind those of `out`. `train`: whether they may be learned. Throws RowProblem.
void addMessages(Sample& out, const Json& list, const std::string& column, bool train);
void addMessage(Sample& out, const Json& message, size_t number, bool train);
void addPlainMessage(Sample& out, const char* role, std::string text, bool train = true);

} // namespace lathe::data
