// SPDX-License-Identifier: Apache-2.0
// How fast a device was seen to train: what speed predictions come from. Kept in <home>/devices.json, filled by `lathe bench device` and by
// every run that ends.
#pragma once

#include "core/api/train_spec.h"
#include "core/plan/model_shape.h"

#include <string>
#include <vector>

namespace lathe::plan {

/// One measurement: small matrices reach a smaller share of a device's peak, so it counts for models of about its width.
struct RatePoint {
  int64_t hidden = 0;  // width of the model
  double gflops = 0;   // 10⁹ floating-point operations of flopsPerToken() per second, sustained
  std::string source;  // "bench device", or a run's name
  double time = 0;     // seconds since 1970
};

/// `device`: its kind ("CPU", "cuda:0"). `name`: which one, with what matters for its speed ("AMD EPYC, 2 threads"); points of another one are not used.
std::vector<RatePoint> loadRates(const std::string& home, const std::string& device, const std::string& name);
/// Replaces an earlier point of the same width.
void saveRate(const std::string& home, const std::string& device, const std::string& name, const RatePoint& point);

/// Operations per second expected for a model of this width: between two points by the logarithm of the width, beyond them as at the
/// nearest one. 0 without points.
double expectedFlops(const std::vector<RatePoint>& points, int64_t hidden);

/// Multiply-adds of the linear layers that a training step spends on one token, times two.
double flopsPerToken(const ModelShape& shape, bool full, bool recompute);

/// What a run showed, as a point.
RatePoint rateOfRun(const api::TrainSpec& spec, const ModelShape& shape, bool recompute, double tokensPerS, const std::string& source, double time);

} // namespace lathe::plan
