// SPDX-License-Identifier: Apache-2.0
#include "core/io/model_config.h"
#include "tests/fuzz/fuzz_support.h"

#include <cstdint>

using namespace lathe;
using namespace lathe::io;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ModelConfig config;
  if (!fuzz::accepted([&] { config = describeModelConfig(parseJson(text)); }))
    return 0;
  if (!config.unsupported.empty())
    return 0;
  // What Lathe would run has sizes that nothing later has to check again, and survives writing and reading.
  fuzz::require(config.layers > 0 && config.hiddenSize > 0 && config.headDim > 0 && config.heads % config.kvHeads == 0, "sizes");
  fuzz::require(config.parameters() > 0, "the parameter count does not wrap");
  for (const int64_t id : config.eosIds)
    fuzz::require(id >= 0 && id < config.vocabSize, "eos inside the vocabulary");
  const ModelConfig again = parseModelConfig(parseJson(dumpJson(modelConfigToJson(config))));
  fuzz::require(again.parameters() == config.parameters() && again.rope.type == config.rope.type && again.rope.theta == config.rope.theta, "written and read again");
  return 0;
}
