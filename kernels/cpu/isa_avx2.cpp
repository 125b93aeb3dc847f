// SPDX-License-Identifier: Apache-2.0
#define LATHE_ISA avx2
#include "kernels/cpu/all_kernels.h"
