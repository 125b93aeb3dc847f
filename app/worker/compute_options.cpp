// SPDX-License-Identifier: Apache-2.0
#include "app/worker/verbs.h"

namespace lathe::cli {

void addComputeOptions(CLI::App& verb, ComputeOptions& options) {
  verb.add_option("--device", options.device, "cpu, cuda, cuda:N or auto")->capture_default_str();
  verb.add_option("--dtype", options.dtype, "float32, bfloat16 or auto")->check(CLI::IsMember({"float32", "bfloat16", "auto"}))->capture_default_str();
  verb.add_option("--threads", options.threads, "Computing threads; 0 uses every core")->check(CLI::Range(0, 1024))->capture_default_str();
  verb.add_option("--home", options.home, "Lathe's data folder instead of $LATHE_HOME or the XDG one");
}

} // namespace lathe::cli
