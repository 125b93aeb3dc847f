// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/paths.h"
#include "core/monitor/doctor.h"

#include <fmt/format.h>

namespace lathe::cli {

void addDoctorVerb(CLI::App& app) {
  struct Options {
    std::string home;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("doctor", "Hardware, driver, libraries, disk; what is missing and the command that fixes it.\nExample: lathe doctor --json");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->add_option("--home", options->home, "Lathe's data folder (default: $LATHE_HOME, else the XDG data folder)");
  verb->callback([options] {
    const Json report = monitor::doctorReport(homeFolder(options->home));
    fmt::print("{}{}", options->json ? dumpJson(report) : monitor::doctorText(report), options->json ? "\n" : "");
    if (stringOr(report, "status", "ok") == "fail")
      throw Exit{1};
  });
}

} // namespace lathe::cli
