// SPDX-License-Identifier: Apache-2.0
#include "core/io/adapter_files.h"
#include "tests/fuzz/fuzz_support.h"

#include <cstdint>

using namespace lathe;
using namespace lathe::io;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  AdapterConfig config;
  if (!fuzz::accepted([&] { config = parseAdapterConfig(parseJson(text)); }))
    return 0;
  fuzz::require(config.r > 0 && config.initR > 0, "ranks are positive");
  fuzz::require(config.allLinear || !config.targetModules.empty(), "an adapter has targets");
  const AdapterConfig again = parseAdapterConfig(parseJson(dumpJson(adapterConfigToJson(config))));
  fuzz::require(again.r == config.r && again.alpha == config.alpha && again.targetModules == config.targetModules && again.rankPattern == config.rankPattern, "written and read again");
  return 0;
}
