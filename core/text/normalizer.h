// SPDX-License-Identifier: Apache-2.0
// Normalizers of tokenizer.json: NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace, Strip, StripAccents, ByteLevel, Sequence.
#pragma once

#include "core/base/json.h"
#include "core/text/tokenizer_text.h"

#include <functional>
#include <memory>

namespace lathe::text {

class Normalizer {
public:
  /// null gives nullptr. Throws Unsupported for other kinds.
  static std::unique_ptr<const Normalizer> fromJson(const Json& json);
  virtual ~Normalizer() = default;
  /// Appends the normalized text to `out` (empty before).
  virtual void apply(const TracedView& in, TracedText& out) const = 0;
};

/// Unicode normal forms (UAX #15), linear also on long runs of combining marks.
void normalizeUnicode(const TracedView& in, TracedText& out, bool compose, bool compatibility);

} // namespace lathe::text
