// SPDX-License-Identifier: Apache-2.0
// The numbers of a decoder that memory and time depend on.
#pragma once

#include <cstdint>

namespace lathe::plan {

struct ModelShape {
  int64_t layers = 0, hidden = 0, intermediate = 0;
  int64_t heads = 0, kvHeads = 0, headDim = 0, vocab = 0;
  bool tiedEmbeddings = false;
  int64_t parameters = 0; // of the whole model, tied weights once
  bool fusedProjections = false; // q·k·v and gate·up are one layer each
  bool normedOutputs = false;    // what attention and MLP make is normed, so it is kept
};

/// From io::ModelConfig; a template so that this layer need not see core/io.
template <class Config>
ModelShape shapeOf(const Config& c) {
  return {c.layers, c.hiddenSize, c.intermediateSize, c.heads, c.kvHeads, c.headDim, c.vocabSize, c.tieEmbeddings, c.parameters(), c.fusedProjections, static_cast<int>(c.norms) != 0};
}

} // namespace lathe::plan
