// SPDX-License-Identifier: Apache-2.0
// Extremes, mean, deviation and a histogram of a tensor's values, read piece by piece: memory stays at a few MiB, whatever the tensor's size.
#pragma once

#include "core/api/model_values.h"
#include "core/io/tensor_view.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>

namespace lathe::io {

class SafetensorsFile;

/// Where values come from. `read(first, out)` fills `out` with the values from `first` on, as float32; both are multiples of `granule` (a block, a
/// row), but for the end of the tensor. Called from one thread.
struct NumberSource {
  uint64_t values = 0;
  uint64_t granule = 1;
  std::function<void(uint64_t first, std::span<float> out)> read;
};

struct StatisticsOptions {
  size_t bins = 64;
  double sigmas = 8; // the histogram ends this many deviations from the mean where single values lie further out
  std::function<void(double share)> progress = {};
  std::stop_token stop = {};
};

/// Two passes: sums and extremes in double, then the histogram. `name` stays empty. Throws what read() throws, and Cancelled.
api::TensorStatistics measureNumbers(const NumberSource& source, const StatisticsOptions& options = {});

/// Every element type of safetensors as float32 (8-byte integers and doubles rounded to nearest; F8E4M3 is the variant without infinities, 448 at most).
/// `from.size()` is out.size() × element size. Unsupported for Blocks.
void numbersFromBytes(DType dtype, std::span<const std::byte> from, std::span<float> out);

/// A plain tensor of the file, which the source keeps open.
NumberSource numbersOf(std::shared_ptr<const SafetensorsFile> file, const TensorView& tensor);

} // namespace lathe::io
