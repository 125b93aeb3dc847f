// SPDX-License-Identifier: Apache-2.0
// Which back end takes a call.
#include "core/ops/cuda/attention_backends.h"
#include "core/ops/cuda/attention_cudnn.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace lathe::ops::gpu {

namespace {

const char* nameOf(AttentionBackend backend) {
  switch (backend) {
  case AttentionBackend::Cpu:
    return "CPU";
  case AttentionBackend::Flash:
    return "FlashAttention 2";
  case AttentionBackend::Efficient:
    return "memory-efficient";
  case AttentionBackend::Cudnn:
    return "cuDNN";
  case AttentionBackend::Composed:
    return "composed";
  }
  return "";
}

/// Where the caller wants the gradient in a slice of a fused buffer.
void deliverGradient(at::Tensor& computed, const at::Tensor& wanted) {
  if (!wanted.defined() || wanted.data_ptr() == computed.data_ptr())
    return;
  at::Tensor(wanted).copy_(computed);
  computed = wanted;
}

} // namespace

bool supportsAttention(AttentionBackend backend, const at::Tensor& q, const Sequences& sequences, const AttentionOptions& options) {
  switch (backend) {
  case AttentionBackend::Cpu:
    return false;
  case AttentionBackend::Cudnn:
    return supportsCudnn(q, sequences, options);
  case AttentionBackend::Flash:
    return supportsFlash(q, options);
  case AttentionBackend::Efficient:
    return supportsEfficient(q, options);
  case AttentionBackend::Composed:
    return options.heads % options.kvHeads == 0;
  }
  return false;
}

AttentionResult attentionForward(AttentionBackend backend, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Sequences& sequences,
                                 const AttentionOptions& options) {
  const OnDevice device(q);
  if (!supportsAttention(backend, q, sequences, options))
    throw Exception(ErrorKind::Internal, fmt::format("The {} attention does not take these tensors.", nameOf(backend)));
  switch (backend) {
  case AttentionBackend::Cudnn:
    if (auto result = cudnnForward(q, k, v, sequences, options))
      return *result;
    return flashForward(q, k, v, sequences, sequences, options);
  case AttentionBackend::Flash:
    return flashForward(q, k, v, sequences, sequences, options);
  case AttentionBackend::Efficient:
    return efficientForward(q, k, v, sequences, sequences, options);
  case AttentionBackend::Cpu:
  case AttentionBackend::Composed:
    break;
  }
  return composedForward(q, k, v, sequences, sequences, options);
}

AttentionGradients attentionBackward(const at::Tensor& dOut, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionResult& forward,
                                     const Sequences& sequences, const AttentionOptions& options, const AttentionGradients& into) {
  const OnDevice device(q);
  AttentionGradients grads;
  switch (forward.backend) {
  case AttentionBackend::Cudnn:
    if (auto result = cudnnBackward(dOut, q, k, v, forward, sequences, options, into))
      grads = *result;
    else // cuDNN has a forward for these shapes and no backward; the other's forward again, for its own sums
      grads = flashBackward(dOut, q, k, v, flashForward(q, k, v, sequences, sequences, options), sequences, options);
    break;
  case AttentionBackend::Flash:
    grads = flashBackward(dOut, q, k, v, forward, sequences, options);
    break;
  case AttentionBackend::Efficient:
    grads = efficientBackward(dOut, q, k, v, forward, sequences, options);
    break;
  case AttentionBackend::Cpu:
  case AttentionBackend::Composed:
    grads = composedBackward(dOut, q, k, v, forward, sequences, options);
    break;
  }
  deliverGradient(grads.dq, into.dq);
  deliverGradient(grads.dk, into.dk);
  deliverGradient(grads.dv, into.dv);
  return grads;
}

} // namespace lathe::ops::gpu
