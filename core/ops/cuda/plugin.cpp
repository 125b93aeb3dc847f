// SPDX-License-Identifier: Apache-2.0
// The exported table, and devices.
#include "core/ops/cuda/driver_memory.h"
#include "core/ops/cuda/table.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

namespace lathe::ops::gpu {

void require(kernels::Status status, std::string_view operation) {
  switch (status) {
  case kernels::Status::Ok:
    return;
  case kernels::Status::Unavailable:
    throw Exception(ErrorKind::Unsupported, fmt::format("This build has no GPU kernel for {}.", operation));
  case kernels::Status::Unsupported:
    throw Exception(ErrorKind::Internal, fmt::format("The GPU kernel of {} does not take these sizes.", operation));
  case kernels::Status::Failed:
    throw Exception(ErrorKind::Internal, fmt::format("The GPU refused to start {}.", operation), kernels::lastCudaError());
  }
}

int64_t strideOf(const at::Tensor& tensor, std::string_view operation) {
  int64_t dense = 1;
  for (int64_t d = tensor.dim() - 1; d > 0; --d) {
    if (tensor.size(d) != 1 && tensor.stride(d) != dense)
      throw Exception(ErrorKind::Internal, fmt::format("{} was given a tensor whose rows are not dense.", operation));
    dense *= tensor.size(d);
  }
  return tensor.size(0) <= 1 ? dense : tensor.stride(0);
}

kernels::Element elementOf(const at::Tensor& tensor, std::string_view operation) {
  if (!tensor.is_cuda())
    throw Exception(ErrorKind::Internal, fmt::format("{} was given a tensor on the CPU beside one on the GPU.", operation));
  if (tensor.scalar_type() == at::kFloat)
    return kernels::Element::Float32;
  if (tensor.scalar_type() == at::kBFloat16)
    return kernels::Element::BFloat16;
  throw Exception(ErrorKind::Internal, fmt::format("{} was given a tensor of type {}.", operation, at::toString(tensor.scalar_type())));
}

at::Tensor upload(const at::Tensor& host, at::Device device) { return host.contiguous().pin_memory().to(device, true); }

uint64_t captureId() {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  unsigned long long id = 0;
  const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
  if (cudaStreamGetCaptureInfo(stream, &status, &id, nullptr, nullptr, nullptr, nullptr) != cudaSuccess || status != cudaStreamCaptureStatusActive)
    return 0;
  return id + 1;
}

void selectDevice(at::Device device) {
  watchMemory(device);
  c10::cuda::set_device(device.index());
}

CudaDevice describe(at::Device device) {
  CudaDevice out;
  cudaDeviceProp properties;
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device.index()));
  out.name = properties.name;
  out.major = properties.major;
  out.minor = properties.minor;
  out.multiprocessors = properties.multiProcessorCount;
  out.totalBytes = properties.totalGlobalMem;
  return out;
}

void synchronize(at::Device device) {
  const c10::cuda::CUDAGuard guard(device);
  c10::cuda::device_synchronize();
}

void setSyncDebug(int level) {
  using c10::cuda::SyncDebugMode;
  c10::cuda::warning_state().set_sync_debug_mode(level == 0 ? SyncDebugMode::L_DISABLED : level == 1 ? SyncDebugMode::L_WARN : SyncDebugMode::L_ERROR);
}

namespace {
CudaOps makeTable() {
  CudaOps t{};
  t.version = kCudaOpsVersion;
  t.rmsNorm = rmsNorm;
  t.addRmsNorm = addRmsNorm;
  t.rmsNormBackward = rmsNormBackward;
  t.applyRotary = applyRotary;
  t.gated = gated;
  t.gatedBackward = gatedBackward;
  t.crossEntropyRows = crossEntropyRows;
  t.dropout = dropout;
  t.dropoutBackward = dropoutBackward;
  t.accumulateOuter = accumulateOuter;
  t.multiplyInto = multiplyInto;
  t.accumulateEmbedding = accumulateEmbedding;
  t.adamwStep = adamwStep;
  t.clippedAdamwStep = clippedAdamwStep;
  t.supportsGemv = supportsGemv;
  t.launchGemv = launchGemv;
  t.appendKeys = appendKeys;
  t.sampleRows = sampleRows;
  t.supportsAttention = supportsAttention;
  t.attentionForward = attentionForward;
  t.attentionBackward = attentionBackward;
  t.attentionCached = attentionCached;
  t.attentionPlans = attentionPlans;
  t.selectDevice = selectDevice;
  t.describe = describe;
  t.synchronize = synchronize;
  t.memory = memory;
  t.resetPeakMemory = resetPeakMemory;
  t.releaseCachedMemory = releaseCachedMemory;
  t.setMemoryCategory = setMemoryCategory;
  t.attributeMemory = attributeMemory;
  t.memoryAnatomy = memoryAnatomy;
  t.driverMemory = driverMemory;
  t.ownMemory = ownMemory;
  t.refusedMemory = refusedMemory;
  t.recordGraph = recordGraph;
  t.replayGraph = replayGraph;
  t.destroyGraph = destroyGraph;
  t.setSyncDebug = setSyncDebug;
  return t;
}
} // namespace

} // namespace lathe::ops::gpu

extern "C" __attribute__((visibility("default"))) const lathe::ops::CudaOps* latheCudaOps() {
  static const lathe::ops::CudaOps table = lathe::ops::gpu::makeTable();
  return &table;
}
