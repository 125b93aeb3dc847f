// SPDX-License-Identifier: Apache-2.0
// Included once per instruction set with LATHE_ISA set to its name. Everything here has internal linkage, so that code compiled for
// one processor can never be linked in place of another's.
#include "kernels/cpu/tables.h"

#include "kernels/cpu/vector.h"

#include "kernels/cpu/rows.h"

#include "kernels/cpu/attention.h"

#include "kernels/cpu/attention_backward.h"

#include "kernels/cpu/gemv.h"

#define LATHE_TEXT2(x) #x
#define LATHE_TEXT(x) LATHE_TEXT2(x)

namespace lathe::kernels::LATHE_ISA {

const CpuKernels& table() {
  static const CpuKernels kernels = {LATHE_TEXT(LATHE_ISA), rmsNormForward,   rmsNormBackward,   rotary,          gatedForward, gatedBackward,
                                     attentionForward,      attentionBackward, attentionDecode, crossEntropyRows, adamW,
                                     gemv};
  return kernels;
}

} // namespace lathe::kernels::LATHE_ISA
