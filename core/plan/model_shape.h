// SPDX-License-Identifier: Apache-2.0
// The numbers of a decoder that memory and time depend on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace lathe::plan {

/// Mixtures of experts: which layers are some, and how their modules are called.
struct ExpertShape {
  int64_t count = 0, perToken = 0, intermediate = 0;
  std::vector<bool> layers; // every layer of the model
  std::string block, gate, up, down;
};

struct ModelShape {
  int64_t layers = 0, hidden = 0, intermediate = 0;
  int64_t heads = 0, kvHeads = 0, headDim = 0, vocab = 0;
  bool tiedEmbeddings = false;
  int64_t parameters = 0; // of the whole model, tied weights once
  bool fusedProjections = false; // q·k·v and gate·up are one layer each
  bool normedOutputs = false;    // what attention and MLP make is normed, so it is kept
  ExpertShape experts = {};

  bool isMixture(int64_t layer) const { return experts.count > 0 && experts.layers[static_cast<size_t>(layer)]; }
  int64_t mixtures() const { return experts.count == 0 ? 0 : std::count(experts.layers.begin(), experts.layers.end(), true); }
  int64_t expertWeights() const { return 3 * hidden * experts.intermediate; } // of one expert
  /// Parameters that one token is computed with: without the experts that it does not choose.
  int64_t activeParameters() const { return parameters - mixtures() * (experts.count - experts.perToken) * expertWeights(); }
};

/// From io::ModelConfig; a template so that this layer need not see core/io.
template <class Config>
ModelShape shapeOf(const Config& c) {
  ModelShape out{c.layers, c.hiddenSize, c.intermediateSize, c.heads, c.kvHeads, c.headDim, c.vocabSize, c.tieEmbeddings, c.parameters(), c.fusedProjections, static_cast<int>(c.norms) != 0};
  if (c.experts.count == 0)
    return out;
  out.experts = {c.experts.count, c.experts.perToken, c.experts.intermediate, {}, c.experts.block, c.experts.gate, c.experts.up, c.experts.down};
  for (int64_t layer = 0; layer < c.layers; ++layer)
    out.experts.layers.push_back(c.isMixture(layer));
  return out;
}

} // namespace lathe::plan
