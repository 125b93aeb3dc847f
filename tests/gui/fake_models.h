// SPDX-License-Identifier: GPL-3.0-or-later
// Models of the scripted world: what is inside them, what a scan finds, what tokenizer and template make of a text.
#pragma once

#include "core/api/model_values.h"
#include "tests/gui/fake_state.h"

#include <optional>

namespace lathe::fake {

/// A list as of a person who has worked for a while: bases, adapters, conversions, a missing folder, an adapter without its base.
std::vector<api::ModelSummary> libraryModels();
/// Of a model of `layers` layers: 9 tensors each and 3 more.
std::vector<api::TensorRow> tensorsOf(int layers);
/// Answers of models/tensors, models/text, models/tokenize, models/render, models/work…, inspect; nullopt for other methods.
std::optional<Json> answerModels(State& state, const std::string& method, const Json& params);

} // namespace lathe::fake
