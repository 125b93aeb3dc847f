// SPDX-License-Identifier: Apache-2.0
// The CPU versions, one table per instruction set, chosen once by what the processor has.
#pragma once

#include "lathe/kernels/adamw.h"
#include "lathe/kernels/attention.h"
#include "lathe/kernels/cross_entropy.h"
#include "lathe/kernels/gated.h"
#include "lathe/kernels/gemv.h"
#include "lathe/kernels/rms_norm.h"
#include "lathe/kernels/rotary.h"

namespace lathe::kernels {

struct CpuKernels {
  const char* name; // "avx2", "baseline"
  void (*rmsNormForward)(const RmsNormForward&, Range rows);
  void (*rmsNormBackward)(const RmsNormBackward&, Range rows);
  void (*rotary)(const Rotary&, Range tokens);
  void (*gatedForward)(const GatedForward&, Range elements);
  void (*gatedBackward)(const GatedBackward&, Range elements);
  void (*attentionForward)(const AttentionForward&);
  void (*attentionBackward)(const AttentionBackward&);
  void (*attentionDecode)(const AttentionDecode&);
  void (*crossEntropyRows)(const CrossEntropyRows&, Range rows);
  void (*adamW)(const AdamW&, Range elements);
  void (*gemv)(const Gemv&, Range blocks);
};

/// The best table for this processor.
const CpuKernels& cpuKernels();
/// The table every x86-64 processor can run; for tests.
const CpuKernels& cpuKernelsBaseline();

} // namespace lathe::kernels
