// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/cuda.h"

#include <string>

namespace lathe::kernels {

namespace {
std::string& errorText() {
  thread_local std::string text;
  return text;
}
} // namespace

Status noteLaunch(cudaError_t error) {
  if (error == cudaSuccess)
    return Status::Ok;
  errorText() = std::string(cudaGetErrorName(error)) + ": " + cudaGetErrorString(error);
  return Status::Failed;
}

bool cudaKernelsAvailable() { return true; }
const char* lastCudaError() { return errorText().c_str(); }

} // namespace lathe::kernels
