// SPDX-License-Identifier: Apache-2.0
// Pre-tokenizers of tokenizer.json: text to the pieces that the model may not merge across.
#pragma once

#include "core/base/json.h"
#include "core/text/tokenizer_text.h"

#include <memory>

namespace lathe::text {

/// Text and its pieces between two steps. Buffers are kept from section to section.
struct PreTokens {
  TracedView view;
  std::vector<TextRange> pieces; // never empty ranges
  TracedText storage, spare;     // where a rewriting step puts the text
  std::vector<TextRange> nextPieces, matches;
  bool traced = false;

  void start(const TracedView& section, bool trace) {
    view = section;
    traced = trace;
    pieces.assign(1, {0, static_cast<uint32_t>(section.text.size())});
  }
};

class PreTokenizerStep {
public:
  virtual ~PreTokenizerStep() = default;
  virtual void apply(PreTokens& tokens) const = 0;
  /// The text changes, so that origins are needed behind this step.
  virtual bool rewrites() const { return false; }
  /// Looks at where the text came from.
  virtual bool needsOrigins() const { return false; }
};

class PreTokenizer {
public:
  static PreTokenizer fromJson(const Json& json); // null gives one that does nothing; Unsupported for unknown kinds
  void apply(PreTokens& tokens) const {
    for (auto& step : m_steps)
      step->apply(tokens);
  }
  /// The pieces are bytes: the model has to look them up as byte characters (what the last ByteLevel would have written).
  bool bytesAtEnd() const { return m_bytesAtEnd; }
  /// Origins matter even when nobody asks for offsets.
  bool needsTrace(bool normalized) const;

private:
  void add(const Json& json);
  std::vector<std::shared_ptr<const PreTokenizerStep>> m_steps;
  bool m_bytesAtEnd = false;
};

} // namespace lathe::text
