// SPDX-License-Identifier: Apache-2.0
// The functions behind CudaOps, and what they share: the stream, the element type, a status turned into an error.
#pragma once

#include "core/base/error.h"
#include "core/ops/cuda_ops.h"
#include "lathe/kernels/cuda.h"

#include <ATen/core/TensorBody.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <string_view>

namespace lathe::ops::gpu {

/// Makes the tensor's device current and names its current stream.
class OnDevice {
public:
  explicit OnDevice(const at::Tensor& tensor) : m_guard(tensor.device()), m_stream(c10::cuda::getCurrentCUDAStream(tensor.device().index()).stream()) {}
  kernels::Stream stream() const { return m_stream; }

private:
  c10::cuda::CUDAGuard m_guard;
  kernels::Stream m_stream;
};

/// Internal when the kernels do not take the problem, Device when the launch failed.
void require(kernels::Status status, std::string_view operation);
/// Elements between two rows of a tensor whose rows are dense; the first dimension counts rows. Internal otherwise.
int64_t strideOf(const at::Tensor& tensor, std::string_view operation);
kernels::Element elementOf(const at::Tensor& tensor, std::string_view operation);
/// CPU tensor → device through pinned memory.
at::Tensor upload(const at::Tensor& host, at::Device device);
/// Names the recording of a graph that is under way on the current stream; 0 when none is. What is kept between calls is kept per recording: work that
/// was recorded has not run, and work that ran is not part of a recording.
uint64_t captureId();

Normed rmsNorm(const at::Tensor& x, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out);
SummedNorm addRmsNorm(at::Tensor x, const at::Tensor& residual, const at::Tensor& weight, const NormOptions& options, bool withRstd, const at::Tensor& out);
at::Tensor rmsNormBackward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& rstd, const NormOptions& options,
                           const at::Tensor& residual, const at::Tensor& dWeight);
void applyRotary(at::Tensor& x, const RotaryAngles& angles, bool inverse);
at::Tensor gated(const at::Tensor& gate, const at::Tensor& up, GateActivation activation, const at::Tensor& out);
void gatedBackward(at::Tensor& dh, at::Tensor& gate, at::Tensor& up, GateActivation activation);
void crossEntropyRows(at::Tensor& logits, const at::Tensor& targets, at::Tensor& loss, double scale, bool gradient, const at::Tensor& deviceScale);
at::Tensor dropout(const at::Tensor& x, const Dropout& options);
void dropoutBackward(at::Tensor& dx, const Dropout& options);
void accumulateEmbedding(at::Tensor& grad, const at::Tensor& tokens, const at::Tensor& dx);

void accumulateOuter(at::Tensor& grad, const at::Tensor& dy, const at::Tensor& x, double scale);
void multiplyInto(at::Tensor& out, const at::Tensor& x, const at::Tensor& w);
bool supportsGemv(const at::Tensor& x, const at::Tensor& w);
void launchGemv(const at::Tensor& x, const at::Tensor& w, at::Tensor& y, const at::Tensor& bias, const at::Tensor& add);

void adamwStep(at::Tensor& value, const at::Tensor& grad, at::Tensor& mean, at::Tensor& variance, const AdamWOptions& options, int64_t step);
at::Tensor clippedAdamwStep(AdamWState& state, double rate, const at::Tensor& lossSum, const ClippedAdamWOptions& options, const at::Tensor& deviceRate);

void appendKeys(const at::Tensor& k, const at::Tensor& v, PagedKeys& cache, const at::Tensor& positions, const at::Tensor& sequences);
void sampleRows(const SampleCall& call);
void* recordGraph(at::Device device, void (*work)(void*), void* context, bool runFirst, void* sharing);
void replayGraph(void* graph);
void destroyGraph(void* graph);
bool supportsAttention(AttentionBackend backend, const at::Tensor& q, const Sequences& sequences, const AttentionOptions& options);
AttentionResult attentionForward(AttentionBackend backend, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& sequences,
                                 const AttentionOptions& options);
AttentionGradients attentionBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                     const Sequences& sequences, const AttentionOptions& options, const AttentionGradients& into);
AttentionPlans attentionPlans();
at::Tensor attentionCached(const at::Tensor& q, const PagedKeys& cache, const Sequences& sequences, const AttentionOptions& options);

void selectDevice(at::Device device);
CudaDevice describe(at::Device device);
void synchronize(at::Device device);
CudaMemory memory(at::Device device, bool withDriver);
void resetPeakMemory(at::Device device);
void releaseCachedMemory();
/// Opens the book of the allocator's blocks (once), and remembers what the driver had in use on the device.
void watchMemory(at::Device device);
MemoryCategory setMemoryCategory(MemoryCategory category);
void attributeMemory(at::Device device, const void* data, MemoryCategory category, uint64_t bytes);
MemoryAnatomy memoryAnatomy(at::Device device, bool atPeak);
RefusedMemory refusedMemory(at::Device device);
/// A recorded graph that uses the pool, and its end.
void retainPool(at::Device device, std::pair<unsigned long long, unsigned long long> pool, bool inUse);

/// MemoryScope for this plug-in's own files.
class CategoryScope {
public:
  explicit CategoryScope(MemoryCategory category) : m_before(setMemoryCategory(category)) {}
  ~CategoryScope() { setMemoryCategory(m_before); }
  CategoryScope(const CategoryScope&) = delete;
  CategoryScope& operator=(const CategoryScope&) = delete;

private:
  MemoryCategory m_before;
};

void setSyncDebug(int level);

} // namespace lathe::ops::gpu
