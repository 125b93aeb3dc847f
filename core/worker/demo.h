// SPDX-License-Identifier: Apache-2.0
// `lathe demo`: the first run without a window. The bundled model learns a tone of voice from the bundled dataset; the same questions are
// answered before and after.
#pragma once

#include <string>

namespace lathe::worker {

struct DemoOptions {
  std::string home;      // runs are kept here
  std::string device = "auto";
  int steps = 150;
  bool json = false;     // one JSON object with every answer and the losses
};

/// Returns the exit code.
int runDemo(const DemoOptions& options);

} // namespace lathe::worker
