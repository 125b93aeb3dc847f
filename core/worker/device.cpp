// SPDX-License-Identifier: Apache-2.0
#include "core/worker/device.h"

#include "core/base/error.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <thread>

namespace lathe::worker {

c10::Device deviceFor(const std::string& name) {
  const bool gpu = at::hasCUDA();
  if (name == "auto" || name.empty())
    return gpu ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
  if (name == "cpu")
    return c10::kCPU;
  if (name.rfind("cuda", 0) != 0)
    throw Exception(ErrorKind::Usage, fmt::format("\"{}\" is no device; use cpu, cuda, cuda:N or auto.", name));
  if (!gpu)
    throw Exception(ErrorKind::NotFound, "No usable NVIDIA GPU was found. `lathe doctor` says what is missing; --device cpu works everywhere.");
  return name == "cuda" ? c10::Device(c10::kCUDA, 0) : c10::Device(name);
}

void setThreads(int threads) {
  const int wanted = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  at::set_num_threads(wanted);
}

} // namespace lathe::worker
