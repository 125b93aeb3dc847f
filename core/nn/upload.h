// SPDX-License-Identifier: Apache-2.0
// Weights from files to a GPU: several threads read pieces into pinned memory of their own and start the copies; nobody waits for a copy but
// the thread that needs its memory again.
#pragma once

#include "core/io/model_folder.h"
#include "core/nn/model.h"

#include <ATen/core/TensorBody.h>

#include <vector>

namespace lathe::nn {

struct UploadItem {
  at::Tensor into; // on the device, dense rows; converted there when the file has another type
  const io::TensorView* view = nullptr;
};

/// Everything is there when it returns. Calls options.progress from the calling thread; Cancelled when options.stop came.
void uploadTensors(const io::ModelFolder& folder, const std::vector<UploadItem>& items, const LoadOptions& options);

} // namespace lathe::nn
