// SPDX-License-Identifier: Apache-2.0
#include "core/worker/device.h"

#include "core/base/error.h"
#include "core/ops/cuda_ops.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

namespace lathe::worker {

namespace {

c10::Device gpu(int index) {
  const int count = static_cast<int>(at::globalContext().getAcceleratorHooksInterface(at::kCUDA).deviceCount());
  if (index >= count)
    throw Exception(ErrorKind::NotFound, fmt::format("There is no GPU {}; this machine has {}, counted from 0.", index, count));
  const c10::Device device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
  ops::cudaOps().selectDevice(device);
  return device;
}

} // namespace

c10::Device deviceFor(const std::string& name) {
  if (name == "cpu")
    return c10::kCPU;
  std::string why;
  if (name == "auto" || name.empty())
    return ops::loadCudaBackend(&why) ? gpu(0) : c10::Device(c10::kCPU);
  int index = 0;
  const bool numbered = name.starts_with("cuda:");
  const auto [end, error] = numbered ? std::from_chars(name.data() + 5, name.data() + name.size(), index) : std::from_chars_result{name.data() + name.size(), {}};
  if ((name != "cuda" && !numbered) || error != std::errc() || end != name.data() + name.size() || index < 0)
    throw Exception(ErrorKind::Usage, fmt::format("\"{}\" is no device; use cpu, cuda, cuda:N or auto.", name));
  if (!ops::loadCudaBackend(&why))
    throw Exception(ErrorKind::NotFound, fmt::format("The GPU cannot be used: {} --device cpu works everywhere.", why));
  return gpu(index);
}

void setThreads(int threads) {
  const int wanted = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  at::set_num_threads(wanted);
}

} // namespace lathe::worker
