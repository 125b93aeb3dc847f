// SPDX-License-Identifier: Apache-2.0
// lathe_gpu_kernels: every kernel of kernels/cuda against kernels/reference, or with --bench its speed. Exit code 0 when all passed, 1 when a
// comparison failed, 2 for a wrong argument, 3 when CUDA reported an error, 77 without a GPU.
#include "tests/gpu/kernels_support.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Suite {
  const char* name;
  void (*run)(lathe::gputest::Session&);
};

const Suite kSuites[] = {
    {"norm", lathe::gputest::checkNorm},           {"rotary", lathe::gputest::checkRotary},       {"gated", lathe::gputest::checkGated},
    {"loss", lathe::gputest::checkCrossEntropy},   {"embedding", lathe::gputest::checkEmbedding}, {"dropout", lathe::gputest::checkDropout},
    {"optimizer", lathe::gputest::checkOptimizer}, {"strided", lathe::gputest::checkStrided},     {"graph", lathe::gputest::checkGraph},
    {"gemv", lathe::gputest::checkGemv},           {"decode", lathe::gputest::checkDecode},       {"sample", lathe::gputest::checkSample},
};

int usage() {
  std::fprintf(stderr, "usage: lathe_gpu_kernels [--bench] [--quick] [--only NAME] [--seed N]\n");
  return 2;
}

} // namespace

int main(int argc, char** argv) {
  bool bench = false, quick = false;
  std::string only;
  uint64_t seed = std::random_device{}();
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--bench")
      bench = true;
    else if (argument == "--quick")
      quick = true;
    else if (argument == "--only" && i + 1 < argc)
      only = argv[++i];
    else if (argument == "--seed" && i + 1 < argc)
      seed = std::strtoull(argv[++i], nullptr, 10);
    else
      return usage();
  }
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("SKIPPED: no NVIDIA GPU, or no driver for one.\n");
    return 77;
  }
  cudaDeviceProp device;
  LATHE_CUDA(cudaGetDeviceProperties(&device, 0));
  std::printf("%s, compute capability %d.%d, %d multiprocessors, seed %llu\n", device.name, device.major, device.minor, device.multiProcessorCount,
              static_cast<unsigned long long>(seed));
  if (bench)
    return lathe::gputest::runBenchmarks(only);
  lathe::gputest::Session session(seed, quick);
  for (const Suite& suite : kSuites)
    if (only.empty() || only == suite.name)
      suite.run(session);
  return session.finish();
}
