// SPDX-License-Identifier: Apache-2.0
// Any bytes as a training specification: refused, every problem named, or read the same again after writing.
#include "core/api/train_spec.h"
#include "tests/fuzz/fuzz_support.h"

#include <cmath>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz::accepted([&] {
    const api::ParsedSpec parsed = api::parseTrainSpec(parseJson(text));
    for (const api::Problem& problem : parsed.problems)
      fuzz::require(!problem.message.empty() && problem.message.size() < 4096, "a problem has a sentence of reasonable length");
    if (!parsed.ok())
      return;
    fuzz::require(parsed.spec.method.r > 0 && parsed.spec.data.maxSeqLen > 0 && std::isfinite(parsed.spec.training.learningRate), "accepted numbers make sense");
    const std::string written = dumpJson(api::trainSpecToJson(parsed.spec));
    const api::ParsedSpec again = api::parseTrainSpec(parseJson(written));
    fuzz::require(again.ok() && dumpJson(api::trainSpecToJson(again.spec)) == written, "written and read again");
  });
  return 0;
}
