// SPDX-License-Identifier: Apache-2.0
// lathe_gpu_ops: every operation of core/ops on a GPU against the CPU's float32 result on the same random inputs, in float32 and bfloat16; with
// --bench the times of the attention back ends and the loss. Exit code 0 when all passed, 1 when a comparison failed, 2 for a wrong argument, 77
// where no GPU can be used.
#include "core/ops/cuda_ops.h"
#include "tests/gpu/ops_support.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>

namespace {

struct Check {
  const char* name;
  void (*run)(lathe::gpuops::Session&);
};
const Check kChecks[] = {
    {"norm", lathe::gpuops::checkNorm},
    {"rotary", lathe::gpuops::checkRotary},
    {"gated", lathe::gpuops::checkGated},
    {"loss", lathe::gpuops::checkCrossEntropy},
    {"dropout", lathe::gpuops::checkDropout},
    {"embedding", lathe::gpuops::checkEmbedding},
    {"products", lathe::gpuops::checkProducts},
    {"lora", lathe::gpuops::checkLora},
    {"optimizer", lathe::gpuops::checkOptimizer},
    {"attention", lathe::gpuops::checkAttention},
    {"determinism", lathe::gpuops::checkAttentionDeterminism},
    {"cached", lathe::gpuops::checkCachedAttention},
    {"sampling", lathe::gpuops::checkSampling},
    {"waiting", lathe::gpuops::checkWaiting},
};

struct Arguments {
  bool bench = false, quick = false, verbose = false, wrong = false;
  std::string only;
  uint64_t seed = std::random_device{}();
};

Arguments parse(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--bench")
      out.bench = true;
    else if (word == "--quick")
      out.quick = true;
    else if (word == "--verbose")
      out.verbose = true;
    else if (word == "--only" && i + 1 < argc)
      out.only = argv[++i];
    else if (word == "--seed" && i + 1 < argc)
      out.seed = std::strtoull(argv[++i], nullptr, 10);
    else
      out.wrong = true;
  }
  return out;
}

int runChecks(const Arguments& arguments, at::Device device) {
  lathe::gpuops::Report report(arguments.verbose);
  lathe::gpuops::Session session{report, device, arguments.quick};
  for (const Check& check : kChecks) {
    if (!arguments.only.empty() && arguments.only != check.name)
      continue;
    try {
      check.run(session);
      lathe::ops::cudaOps().synchronize(device);
    } catch (const std::exception& error) {
      lathe::ops::chooseAttentionBackend();
      report.expect(check.name, std::string("threw: ") + error.what(), false);
    }
  }
  return report.finish() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  if (arguments.wrong) {
    std::fprintf(stderr, "usage: lathe_gpu_ops [--bench] [--quick] [--verbose] [--only NAME] [--seed N]\n");
    return 2;
  }
  setvbuf(stdout, nullptr, _IOLBF, 0);
  std::string why;
  if (!lathe::ops::loadCudaBackend(&why)) {
    std::printf("skipped: %s\n", why.c_str());
    return 77;
  }
  const c10::NoGradGuard noGrad;
  const at::Device device(at::kCUDA, 0);
  lathe::ops::cudaOps().selectDevice(device);
  at::manual_seed(arguments.seed);
  const lathe::ops::CudaDevice gpu = lathe::ops::cudaOps().describe(device);
  std::printf("%s, compute capability %d.%d, %d multiprocessors; seed %llu; %d threads\n", gpu.name.c_str(), gpu.major, gpu.minor, gpu.multiprocessors,
              static_cast<unsigned long long>(arguments.seed), at::get_num_threads());
  if (!arguments.bench)
    return runChecks(arguments, device);
  lathe::gpuops::Report report(false);
  lathe::gpuops::Session session{report, device, arguments.quick};
  lathe::gpuops::benchAttention(session);
  lathe::gpuops::benchRows(session);
  return 0;
}
