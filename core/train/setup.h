// SPDX-License-Identifier: Apache-2.0
// Everything a run needs, made from its specification: model with adapter, data, plans, schedule, identity.
#pragma once

#include "core/data/spec_data.h"
#include "core/nn/model.h"
#include "core/train/checkpoint.h"
#include "core/train/guards.h"
#include "core/train/schedule.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace lathe::train {

inline constexpr const char* kAdapterName = "default";

/// Whether steps are replayed from recorded graphs (step_graphs.h).
enum class StepRecording { WhereWorthwhile, Always, Never };

/// How and where a run is computed; not part of the specification.
struct RunOptions {
  std::string device = "auto"; // auto | cpu | cuda | cuda:N
  std::string dtype;           // overrides model.dtype when not empty
  std::string cacheFolder;     // of tokenized data; empty: nothing is kept
  DiskPolicy disk;
  StepRecording recording = StepRecording::WhereWorthwhile; // Always: where it can be done
  /// Tests: called before every microbatch with (step, microbatch); may throw c10::OutOfMemoryError or spoil gradients.
  std::function<void(int64_t step, int64_t microbatch, nn::Model& model)> beforeMicrobatch;
};

using SetupProgress = std::function<void(const std::string& what, double share)>;

struct Setup {
  api::TrainSpec spec;
  data::SpecData data;
  std::shared_ptr<nn::Model> model;
  std::string adapter; // kAdapterName, or empty when everything is trained
  std::vector<nn::Parameter> parameters;
  std::shared_ptr<const data::BatchPlan> plan, validation; // validation: null when there are no such rows
  nn::RecomputePolicy recompute;
  Schedule schedule;
  int64_t totalSteps = 0, stepsPerEpoch = 0;
  RunIdentity identity;
};

at::Device resolveDevice(const std::string& name);
/// "auto" and empty: float32 on a CPU and where the weights are stored so, else bfloat16.
nn::Compute resolveDtype(const std::string& name, const std::string& stored, at::Device device);

/// `checkpoint`: folder to take the adapter's shape from instead of the specification; weights are restored by restoreState().
/// Throws with the numbers when data and model do not fit.
Setup prepare(const api::TrainSpec& spec, const RunOptions& options, const std::string& checkpoint, const SetupProgress& progress,
              std::stop_token stop);

/// Hash over config.json and, for every tensor, name, type, shape and three samples of 4 KiB: tells a fine-tuned copy from its base.
std::string modelIdentity(const std::string& folder);
/// The options in which two specifications differ and that decide the computation, one sentence each.
std::vector<std::string> specDifferences(const Json& then, const Json& now);

} // namespace lathe::train
