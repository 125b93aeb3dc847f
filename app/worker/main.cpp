// SPDX-License-Identifier: Apache-2.0
// The process that computes: one job or one loaded model.
#include "app/worker/verbs.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/ops/device_memory.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <clocale>
#include <cstdlib>

namespace {

using namespace lathe;

int report(const Error& error) {
  fmt::print(stderr, "lathe: {}{}\n", error.code.empty() ? "" : error.code + ": ", error.message);
  if (error.kind == ErrorKind::Internal && !error.detail.empty())
    fmt::print(stderr, "{}\n", error.detail);
  return exitCodeFor(error.kind);
}

std::string outOfMemoryMessage() {
  const std::string numbers = ops::refusedMemoryText();
  return numbers.empty() ? "Not enough memory on the device." : fmt::format("Not enough GPU memory: {} Use a smaller model or shorter sequences, or end what else uses the GPU.", numbers);
}

Error errorNow() {
  try {
    throw;
  } catch (const c10::OutOfMemoryError& error) {
    return {ErrorKind::OutOfMemory, outOfMemoryMessage(), error.what_without_backtrace(), {}};
  } catch (const c10::Error& error) {
    return {ErrorKind::Internal, error.what_without_backtrace(), error.what(), {}};
  } catch (...) {
    return currentError();
  }
}

} // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_NUMERIC, "C");
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0); // read when the first handle is made; deterministic runs need it
  CLI::App app("Lathe's computing process.", "lathe");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  cli::addTrainVerb(app);
  cli::addResumeVerb(app);
  cli::addJobVerb(app);
  cli::addLogitsVerb(app);
  cli::addMergeVerb(app);
  cli::addGenerateVerb(app);
  cli::addServeModelVerb(app);
  cli::addBenchVerb(app);
  cli::addRunBatchVerb(app);
  cli::addDemoVerb(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const cli::Exit& exit) {
    return exit.code;
  } catch (const CLI::ParseError& problem) {
    return problem.get_exit_code() == 0 ? app.exit(problem) : (app.exit(problem), 2);
  } catch (...) {
    return report(errorNow());
  }
}
