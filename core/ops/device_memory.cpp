// SPDX-License-Identifier: Apache-2.0
#include "core/ops/device_memory.h"

#include "core/base/error.h"
#include "core/base/text_format.h"
#include "core/ops/cuda_ops.h"

#include <ATen/Context.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>

namespace lathe::ops {

namespace {

constexpr uint64_t kWorthNaming = uint64_t{64} << 20;

std::string programName(int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return name.empty() ? fmt::format("process {}", pid) : name;
}

/// "other programs use 3.0 GiB (game 2.9 GiB)"; empty for next to nothing.
std::string othersText(const DriverMemory& driver) {
  if (driver.others < kWorthNaming)
    return {};
  std::vector<std::string> names;
  for (const DriverMemory::Program& program : driver.programs)
    if (program.bytes >= kWorthNaming)
      names.push_back(fmt::format("{} {}", programName(program.pid), formatBytes(program.bytes)));
  return fmt::format("other programs use {}{}", formatBytes(driver.others), names.empty() ? "" : fmt::format(" ({})", fmt::join(names, ", ")));
}

} // namespace

std::map<std::string, uint64_t> deviceMemoryByCategory(at::Device device, MemoryMoment moment, bool askDriver) {
  const CudaOps& table = cudaOps();
  const MemoryAnatomy anatomy = table.memoryAnatomy(device, moment == MemoryMoment::Peak);
  const uint64_t reserved = table.memory(device, false).reserved, own = table.ownMemory(device, askDriver);
  std::map<std::string, uint64_t> out;
  const auto add = [&](const char* name, uint64_t bytes) {
    if (bytes > 0)
      out[name] = bytes;
  };
  for (size_t i = 0; i < kMemoryCategories; ++i)
    add(memoryCategoryName(static_cast<MemoryCategory>(i)), anatomy.bytes[i]);
  add("held", reserved - std::min(reserved, anatomy.total()));
  add("context", own - std::min(own, reserved));
  return out;
}

void requireDeviceMemory(at::Device device, uint64_t bytes, const std::string& what) {
  if (!device.is_cuda())
    return;
  const CudaMemory memory = cudaOps().memory(device, true);
  const uint64_t available = memory.driverFree + memory.reserved - std::min(memory.reserved, memory.allocated);
  if (bytes <= available)
    return;
  const std::string others = othersText(cudaOps().driverMemory(device));
  throw Exception(ErrorKind::OutOfMemory,
                  fmt::format("Not enough GPU memory: {} needs {} and {} of the GPU's {} are free{}. Use a smaller model{}, end what else uses the GPU, or choose another device.", what,
                              formatBytes(bytes), formatBytes(available), formatBytes(memory.driverTotal), others.empty() ? "" : "; " + others,
                              memory.allocated > kWorthNaming ? fmt::format(", free the {} that this process holds", formatBytes(memory.allocated)) : ""));
}

std::string anatomyText(const MemoryAnatomy& anatomy) {
  std::vector<size_t> order;
  for (size_t i = 0; i < kMemoryCategories; ++i)
    if (anatomy.bytes[i] > 0)
      order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return anatomy.bytes[a] > anatomy.bytes[b]; });
  std::vector<std::string> parts;
  for (const size_t i : order)
    parts.push_back(fmt::format("{} {}", memoryCategoryName(static_cast<MemoryCategory>(i)), formatBytes(anatomy.bytes[i])));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string refusalText(const RefusedMemory& refused, const DriverMemory& driver) {
  if (refused.count == 0)
    return {};
  const uint64_t held = refused.anatomy.total();
  const std::string others = othersText(driver);
  return fmt::format("{} more were asked for and {} of the GPU's {} were free. Lathe held {}{}{}.", formatBytes(refused.asked), formatBytes(refused.free), formatBytes(driver.total),
                     formatBytes(held), held > 0 ? fmt::format(" ({})", anatomyText(refused.anatomy)) : "", others.empty() ? "" : "; " + others);
}

std::string refusedMemoryText(at::Device device) {
  if (!device.is_cuda() || !cudaBackendLoaded())
    return {};
  const RefusedMemory refused = cudaOps().refusedMemory(device);
  return refused.count == 0 ? std::string() : refusalText(refused, cudaOps().driverMemory(device));
}

std::string refusedMemoryText() {
  if (!cudaBackendLoaded())
    return {};
  return refusedMemoryText(at::Device(at::kCUDA, at::globalContext().getAcceleratorHooksInterface(at::kCUDA).getCurrentDevice()));
}

} // namespace lathe::ops
