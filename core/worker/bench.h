// SPDX-License-Identifier: Apache-2.0
// `lathe bench`: the numbers of docs/benchmarks.md. Random weights in the shape asked for, warm-up left out, median of the repeats.
#pragma once

#include "core/base/json.h"
#include "core/nn/model.h"
#include "core/ops/adamw.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lathe::worker {

struct BenchOptions {
  std::string what;          // train | attention | packing | data | decode | prefill | load | gemm | tokenizer
  std::string shape = "7m";  // 7m | 1m | 1b | 8b | path of a config.json or model folder
  std::string device = "auto", dtype = "auto";
  int64_t sequences = 4, length = 256; // train: sequences × length tokens a step
  int64_t rank = 16;
  std::string method = "lora"; // lora | full
  bool recompute = false;
  bool offload = false; // with recompute, on a GPU: the layers' inputs wait in the host's memory
  bool split = false; // LoRA: without room for the adapter in the weights
  // train, attention, packing: batches of real data, packed as in a run, instead of sequences × length
  std::vector<std::string> data;       // files
  std::string tokenizer;               // a folder with tokenizer.json, or that file
  std::string supervise = "assistant"; // assistant | completion | all
  int64_t tokensPerStep = 8192;        // at most so many tokens a batch; every batch is a step
  int64_t rowsPerStep = 0;             // rows a batch; 0: as many as fit
  int64_t batches = 200;
  int passes = 2; // over those batches, the first included; the median of the others counts
  int64_t prompt = 64, tokens = 128; // decode, prefill: tokens of the prompt; decode: tokens to make
  int repeats = 3;
  std::function<void(const std::string& what)> progress; // a line now and then, from long benchmarks
};

/// Shape by name, or from a file. Usage for unknown names.
io::ModelConfig benchShape(const std::string& shape);

/// {what, shape, parameters, device, threads, tokens_per_s, ms, share_of_peak, peak_gflops, memory:{…}, memory_allocated, memory_reserved, …}. Memory of a
/// GPU: peak bytes of LibTorch's allocator during the measured part.
Json runBench(const BenchOptions& options);

// For the files that implement it:
Json benchTokenizer(const BenchOptions& options); // MB of text a second on one core: the first pass, and the median of the later ones
struct BenchPlace {
  at::Device device = at::kCPU;
  nn::Compute dtype = nn::Compute::Float32;
};
Json benchHeader(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place);
std::shared_ptr<nn::Model> benchModel(const io::ModelConfig& config, const BenchPlace& place, int64_t adapterRank = 0);
/// Tokens from a counter-based generator: never zeros, the same on every machine.
nn::Batch benchBatch(const io::ModelConfig& config, int64_t sequences, int64_t length, uint64_t seed, at::Device device);
/// Seconds of each repeat of `work`, the device having finished, after `warmups` that do not count. Peak memory counts from the first repeat.
std::vector<double> benchRepeats(at::Device device, int warmups, int repeats, const std::function<void()>& work);
double benchMedian(std::vector<double> values);
/// GEMM rate of this device in the type it computes in, the ceiling that shares are given of.
double benchPeakGflops(const BenchPlace& place);
void addBenchMemory(Json& out, at::Device device);
/// Multiply-adds of the linear layers of one token, forward; without the head where `head` is false.
double benchLinearWork(const io::ModelConfig& config, bool head = true);
double benchNow(); // seconds
void benchWait(at::Device device);

/// A model that is being trained, with what its optimizer keeps.
struct BenchTrainee {
  std::shared_ptr<nn::Model> model;
  ops::AdamWState state;
  nn::RecomputePolicy recompute;
};
BenchTrainee benchTrainee(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place);
/// Forward, backward, clipped AdamW, new values published. Returns ops::clippedAdamwStep's three numbers on the device.
at::Tensor benchStep(BenchTrainee& trainee, const nn::Batch& batch);
/// Peak and present bytes by category.
void addBenchTraineeMemory(Json& out, const BenchTrainee& trainee, at::Device device);

Json benchTrain(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place);
Json benchDecode(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place);
Json benchPrefill(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place);
/// With a data set (bench_packed.cpp): whole steps and attention alone, the first pass over the batches apart from the others, beside equally long sequences
/// of the same number of tokens.
Json benchTrainPacked(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place);
Json benchAttention(const BenchOptions& options, const io::ModelConfig& config, const BenchPlace& place);

} // namespace lathe::worker
