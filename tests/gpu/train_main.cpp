// SPDX-License-Identifier: Apache-2.0
// lathe_gpu_train: training and generation on a GPU against the reference libraries, the CPU and themselves. Exit code 0 when all passed, 1 when
// something failed, 2 for a wrong argument, 77 where no GPU can be used.
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/log.h"
#include "core/ops/cuda_ops.h"
#include "tests/gpu/train_support.h"

#include <c10/core/GradMode.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace {

struct NamedCheck {
  const char* name;
  void (*run)(lathe::gputrain::Session&);
  bool onCpu = false; // makes sense there, too
};
const NamedCheck kChecks[] = {{"memory", lathe::gputrain::checkMemory}, // first: what others leave in the process would count
                              {"goldens", lathe::gputrain::checkGoldens, true},
                              {"half", lathe::gputrain::checkHalf, true},
                              {"routes", lathe::gputrain::checkRoutes, true},
                              {"waiting", lathe::gputrain::checkWaiting},
                              {"graphs", lathe::gputrain::checkGraphs},
                              {"offload", lathe::gputrain::checkOffload},
                              {"generation", lathe::gputrain::checkGeneration},
                              {"runs", lathe::gputrain::checkRuns, true},
                              {"curve", lathe::gputrain::checkCurve, true}};

int usage() {
  std::string names;
  for (const NamedCheck& check : kChecks)
    names += (names.empty() ? "" : "|") + std::string(check.name);
  std::fprintf(stderr, "usage: lathe_gpu_train [--data tests/data] [--only %s] [--device cuda|cpu]\n", names.c_str());
  return 2;
}

} // namespace

int main(int argc, char** argv) {
  std::string data = "tests/data", only, device = "cuda";
  for (int i = 1; i < argc; i += 2) {
    const std::string word = argv[i];
    if (i + 1 >= argc || (word != "--data" && word != "--only" && word != "--device"))
      return usage();
    (word == "--data" ? data : word == "--only" ? only : device) = argv[i + 1];
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  lathe::setLogLevel(lathe::LogLevel::Error);
  std::string why;
  if (device != "cpu" && !lathe::ops::loadCudaBackend(&why)) {
    std::printf("skipped: %s\n", why.c_str());
    return 77;
  }
  const c10::NoGradGuard noGrad;
  const at::Device where = device == "cpu" ? at::Device(at::kCPU) : at::Device(at::kCUDA, 0);
  if (where.is_cuda())
    lathe::ops::cudaOps().selectDevice(where);
  lathe::ops::setDeterministic(true);
  lathe::gputrain::Report report;
  const std::string folder = (std::filesystem::temp_directory_path() / ("lathe-gpu-train-" + lathe::randomId(8))).string();
  lathe::makeDirectories(folder);
  lathe::gputrain::Session session{report, where, data, folder};
  for (const NamedCheck& check : kChecks)
    if ((only.empty() || only == check.name) && (where.is_cuda() || check.onCpu))
      report.guarded(check.name, [&] { check.run(session); });
  lathe::removeTree(folder);
  report.finish();
  return report.failed() == 0 ? 0 : 1;
}
