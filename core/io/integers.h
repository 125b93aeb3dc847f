// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/safetensors.h"

namespace lathe::io {

/// Elements of an I64, I32, I16, U8 or U32 tensor; REJ:TENSOR_TYPE for other types.
std::vector<int64_t> readIntegers(const SafetensorsFile& file, const TensorView& tensor);

} // namespace lathe::io
