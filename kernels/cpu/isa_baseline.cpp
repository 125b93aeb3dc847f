// SPDX-License-Identifier: Apache-2.0
#define LATHE_ISA baseline
#include "kernels/cpu/all_kernels.h"
