// SPDX-License-Identifier: Apache-2.0
// Finds and loads the CUDA plug-in.
#include "core/ops/cuda_ops.h"

#include "core/base/error.h"

#include <ATen/Context.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>
#include <vector>

namespace lathe::ops {

namespace {

namespace fs = std::filesystem;

constexpr int kNeededDriver = 13000; // the CUDA version that LibTorch's CUDA 13 libraries ask of the driver
constexpr int kNeededCapability = 80;

struct LoadState {
  std::once_flag once;
  const CudaOps* table = nullptr;
  std::string why = "the GPU back end was not asked for.";
};
LoadState& loadState() {
  static LoadState state;
  return state;
}

template <class F>
F driverFunction(void* library, const char* name) {
  return reinterpret_cast<F>(dlsym(library, name));
}

/// What of the driver is missing; empty when nothing is.
std::string driverProblem() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver)
    return "no NVIDIA driver is installed (libcuda.so.1 was not found).";
  const auto init = driverFunction<int (*)(unsigned)>(driver, "cuInit");
  const auto count = driverFunction<int (*)(int*)>(driver, "cuDeviceGetCount");
  const auto version = driverFunction<int (*)(int*)>(driver, "cuDriverGetVersion");
  const auto attribute = driverFunction<int (*)(int*, int, int)>(driver, "cuDeviceGetAttribute");
  if (!init || !count || !version || !attribute)
    return "the NVIDIA driver's library libcuda.so.1 is not a usable one.";
  int devices = 0, driverVersion = 0;
  if (const int code = init(0); code != 0)
    return code == 100 ? "the NVIDIA driver sees no GPU." : fmt::format("the NVIDIA driver could not be started (error {}). A restart after a driver update often helps.", code);
  if (version(&driverVersion) == 0 && driverVersion < kNeededDriver)
    return fmt::format("the NVIDIA driver is too old: it supports CUDA {}.{} and CUDA 13.0 is needed. Install driver 580 or newer.", driverVersion / 1000, driverVersion % 1000 / 10);
  if (count(&devices) != 0 || devices == 0)
    return "the NVIDIA driver sees no GPU.";
  int best = 0;
  for (int d = 0; d < devices; ++d) {
    int major = 0, minor = 0;
    constexpr int kMajor = 75, kMinor = 76; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_…
    if (attribute(&major, kMajor, d) == 0 && attribute(&minor, kMinor, d) == 0)
      best = std::max(best, 10 * major + minor);
  }
  if (best < kNeededCapability)
    return fmt::format("the GPU has compute capability {}.{} and 8.0 (an RTX 30, A100 or newer) is needed.", best / 10, best % 10);
  return {};
}

std::vector<fs::path> pluginCandidates() {
  if (const char* named = std::getenv("LATHE_CUDA_PLUGIN"); named && *named)
    return {named};
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  return {folder / "liblathe_cuda.so", folder / "../lib/liblathe_cuda.so", folder / "../bin/liblathe_cuda.so"};
}

/// Batches of many sizes would otherwise leave holes in the allocator's segments: gigabytes of an 8B run. Read when LibTorch's GPU libraries are loaded.
void chooseAllocator() {
  if (!getenv("PYTORCH_ALLOC_CONF"))
    setenv("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True", 0);
}

const CudaOps* openPlugin(std::string& why) {
  chooseAllocator();
  std::error_code error;
  for (const fs::path& path : pluginCandidates()) {
    if (!fs::exists(path, error))
      continue;
    // Global, so that LibTorch's CUDA libraries that come with it register their operators for the whole process.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
      const char* reason = dlerror();
      why = fmt::format("LibTorch's GPU libraries could not be loaded ({}). `./dev.sh setup` installs them.", reason ? reason : "no reason given");
      return nullptr;
    }
    const auto table = reinterpret_cast<const CudaOps* (*)()>(dlsym(library, "latheCudaOps"));
    const CudaOps* ops = table ? table() : nullptr;
    if (!ops || ops->version != kCudaOpsVersion) {
      why = fmt::format("{} belongs to another version of Lathe. Build it again.", path.string());
      return nullptr;
    }
    return ops;
  }
  why = "this build has no GPU back end (liblathe_cuda.so is missing beside the program). Build it where nvcc 13 is installed.";
  return nullptr;
}

void loadOnce() {
  LoadState& state = loadState();
  std::string why = driverProblem();
  const CudaOps* table = why.empty() ? openPlugin(why) : nullptr;
  if (table && !at::hasCUDA()) {
    table = nullptr;
    why = "LibTorch was used before its GPU libraries were loaded.";
  }
  state.table = table;
  state.why = why;
}

} // namespace

bool loadCudaBackend(std::string* why) {
  LoadState& state = loadState();
  std::call_once(state.once, loadOnce);
  if (!state.table && why)
    *why = state.why;
  return state.table != nullptr;
}

bool cudaBackendLoaded() { return loadState().table != nullptr; }

const CudaOps& cudaOps() {
  const LoadState& state = loadState();
  if (!state.table)
    throw Exception(ErrorKind::Unsupported, "The GPU cannot be used: " + state.why);
  return *state.table;
}

void setDeterministic(bool on) {
  // Read by cuBLAS when its first handle is made.
  if (on)
    setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  at::globalContext().setDeterministicAlgorithms(on, false);
  // Otherwise every empty tensor would be filled first.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

bool deterministic() { return at::globalContext().deterministicAlgorithms(); }

} // namespace lathe::ops
