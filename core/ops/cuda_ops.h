// SPDX-License-Identifier: Apache-2.0
// The door to everything that needs CUDA: one shared object, liblathe_cuda.so, loaded at run time where a driver is there. lathe-worker itself links
// none of it. Each operation of core/ops asks x.is_cuda() and calls through this table.
#pragma once

#include "core/ops/adamw.h"
#include "core/ops/attention.h"
#include "core/ops/device_memory.h"
#include "core/ops/gated.h"
#include "core/ops/lora.h"
#include "core/ops/norm.h"
#include "core/ops/rotary.h"
#include "core/ops/sample.h"

#include <cstdint>
#include <string>

namespace lathe::ops {

/// Bytes of LibTorch's caching allocator on one device.
struct CudaMemory {
  uint64_t allocated = 0, reserved = 0, peakAllocated = 0, peakReserved = 0;
  uint64_t driverFree = 0, driverTotal = 0;
};

struct CudaDevice {
  std::string name;
  int major = 0, minor = 0; // compute capability
  int multiprocessors = 0;
  uint64_t totalBytes = 0;
};

/// cuDNN's attention plans of this process.
struct AttentionPlans {
  int64_t count = 0, refused = 0; // built; shapes that cuDNN has no engine for
  double buildSeconds = 0;
  uint64_t mostWorkspace = 0;
  std::string lastRefusal; // for the log
};

struct CudaOps {
  uint32_t version; // kCudaOpsVersion of the plug-in's build

  Normed (*rmsNorm)(const at::Tensor& x, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out);
  SummedNorm (*addRmsNorm)(at::Tensor x, const at::Tensor& residual, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out);
  at::Tensor (*rmsNormBackward)(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& rstd, const NormOptions& options,
                                const at::Tensor& residual, const at::Tensor& dWeight);
  void (*applyRotary)(at::Tensor& x, const RotaryAngles& angles, bool inverse);
  at::Tensor (*gated)(const at::Tensor& gate, const at::Tensor& up, GateActivation activation, const at::Tensor& out);
  void (*gatedBackward)(at::Tensor& dh, at::Tensor& gate, at::Tensor& up, GateActivation activation);

  /// logits float32 or bfloat16 [rows, vocab]; loss float32 [rows]. With `gradient` they become scale · (softmax − 1_y); where `deviceScale` (float32 [1])
  /// is defined, times that.
  void (*crossEntropyRows)(at::Tensor& logits, const at::Tensor& targets, at::Tensor& loss, double scale, bool gradient, const at::Tensor& deviceScale);
  at::Tensor (*dropout)(const at::Tensor& x, const Dropout& options);
  void (*dropoutBackward)(at::Tensor& dx, const Dropout& options);
  void (*accumulateOuter)(at::Tensor& grad, const at::Tensor& dy, const at::Tensor& x, double scale);
  void (*multiplyInto)(at::Tensor& out, const at::Tensor& x, const at::Tensor& w);
  void (*accumulateEmbedding)(at::Tensor& grad, const at::Tensor& tokens, const at::Tensor& dx);
  void (*adamwStep)(at::Tensor& value, const at::Tensor& grad, at::Tensor& mean, at::Tensor& variance, const AdamWOptions& options, int64_t step);
  at::Tensor (*clippedAdamwStep)(AdamWState& state, double rate, const at::Tensor& lossSum, const ClippedAdamWOptions& options, const at::Tensor& deviceRate);

  /// x of the model's type [few, columns], w [rows, columns]; y of x's type or float32. bias float32 [rows] and add (as y) may be undefined.
  bool (*supportsGemv)(const at::Tensor& x, const at::Tensor& w);
  void (*launchGemv)(const at::Tensor& x, const at::Tensor& w, at::Tensor& y, const at::Tensor& bias, const at::Tensor& add);
  void (*appendKeys)(const at::Tensor& k, const at::Tensor& v, PagedKeys& cache, const at::Tensor& positions, const at::Tensor& sequences);
  void (*sampleRows)(const SampleCall& call);

  bool (*supportsAttention)(AttentionBackend backend, const at::Tensor& q, const Sequences& sequences, const AttentionOptions& options);
  AttentionResult (*attentionForward)(AttentionBackend backend, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& sequences,
                                      const AttentionOptions& options);
  AttentionGradients (*attentionBackward)(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                          const Sequences& sequences, const AttentionOptions& options, const AttentionGradients& into);
  at::Tensor (*attentionCached)(const at::Tensor& q, const PagedKeys& cache, const Sequences& sequences, const AttentionOptions& options);
  AttentionPlans (*attentionPlans)();

  /// Makes a device current for this thread. Call once before anything is allocated on it.
  void (*selectDevice)(at::Device device);
  CudaDevice (*describe)(at::Device device);
  void (*synchronize)(at::Device device);
  /// The driver is asked only for `withDriver`: on some machines that takes milliseconds.
  CudaMemory (*memory)(at::Device device, bool withDriver);
  void (*resetPeakMemory)(at::Device device);
  void (*releaseCachedMemory)();
  /// core/ops/memory_scope.h and device_memory.h. The category of the calling thread; returns the one before.
  MemoryCategory (*setMemoryCategory)(MemoryCategory category);
  /// `data`: the beginning of a block.
  void (*attributeMemory)(at::Device device, const void* data, MemoryCategory category, uint64_t bytes);
  MemoryAnatomy (*memoryAnatomy)(at::Device device, bool atPeak);
  DriverMemory (*driverMemory)(at::Device device);
  uint64_t (*ownMemory)(at::Device device, bool ask);
  RefusedMemory (*refusedMemory)(at::Device device);
  /// core/ops/graph.h
  void* (*recordGraph)(at::Device device, void (*work)(void*), void* context, bool runFirst, void* sharing);
  void (*replayGraph)(void* graph);
  void (*destroyGraph)(void* graph);
  /// 0 = off, 1 = warn, 2 = throw at every operation that waits for the device.
  void (*setSyncDebug)(int level);
};
inline constexpr uint32_t kCudaOpsVersion = 3;

/// Loads the plug-in once per process; call it before any tensor is made, since LibTorch remembers what it found at first use. False, with a sentence for a person in `why`, when the driver, a device, the plug-in or one of LibTorch's GPU libraries is
/// missing. LATHE_CUDA_PLUGIN names another file than liblathe_cuda.so beside the executable or in ../lib.
bool loadCudaBackend(std::string* why);
bool cudaBackendLoaded();
/// The table. Unsupported, with the reason, when the plug-in is not loaded.
const CudaOps& cudaOps();

/// Same results in every run on the same GPU model and libraries: deterministic algorithms of LibTorch, cuBLAS workspace, attention backward. Call before the
/// first use of a GPU.
void setDeterministic(bool on);
bool deterministic();

/// Overrides the choice of attention back end on a GPU for this process; for tests and benchmarks. Refused back ends make the call throw.
void forceAttentionBackend(AttentionBackend backend);
void chooseAttentionBackend();

} // namespace lathe::ops
