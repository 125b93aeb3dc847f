// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/kernels_bench.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

namespace lathe::gputest {

namespace {

/// One period of random values; longer buffers repeat it.
const std::vector<unsigned char>& randomBytes(Element element, float scale) {
  static std::map<std::pair<Element, float>, std::vector<unsigned char>> made;
  std::vector<unsigned char>& bytes = made[{element, scale}];
  if (!bytes.empty())
    return bytes;
  constexpr int64_t count = 1 << 20;
  std::mt19937 random(7);
  std::normal_distribution<float> draw(0, scale);
  bytes.resize(static_cast<size_t>(count * bytesOf(element)));
  for (int64_t i = 0; i < count; ++i) {
    const float x = roundTo(element, draw(random));
    const auto* raw = reinterpret_cast<const unsigned char*>(&x);
    if (element == Element::Float32)
      std::copy(raw, raw + 4, bytes.begin() + i * 4);
    else
      std::copy(raw + 2, raw + 4, bytes.begin() + i * 2);
  }
  return bytes;
}

double secondsPerCopiedByte(cudaStream_t stream) {
  constexpr size_t bytes = size_t{2} << 30;
  void *from = nullptr, *to = nullptr;
  LATHE_CUDA(cudaMalloc(&from, bytes));
  LATHE_CUDA(cudaMalloc(&to, bytes));
  LATHE_CUDA(cudaMemset(from, 0x5a, bytes));
  cudaEvent_t begin, end;
  LATHE_CUDA(cudaEventCreate(&begin));
  LATHE_CUDA(cudaEventCreate(&end));
  std::vector<float> times;
  for (int i = 0; i < 10; ++i) {
    LATHE_CUDA(cudaEventRecord(begin, stream));
    LATHE_CUDA(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream));
    LATHE_CUDA(cudaEventRecord(end, stream));
    LATHE_CUDA(cudaEventSynchronize(end));
    times.emplace_back();
    LATHE_CUDA(cudaEventElapsedTime(&times.back(), begin, end));
  }
  std::sort(times.begin(), times.end());
  LATHE_CUDA(cudaEventDestroy(begin));
  LATHE_CUDA(cudaEventDestroy(end));
  LATHE_CUDA(cudaFree(from));
  LATHE_CUDA(cudaFree(to));
  std::printf("copy of 2 GiB: %.2f TB/s read and written\n\n", 2.0 * bytes / (times[5] * 1e-3) * 1e-12);
  return times[5] * 1e-3 / (2.0 * bytes);
}

} // namespace

Filled::Filled(int64_t elements, Element element, float scale) : m_elements(elements), m_element(element), m_scale(scale) {
  LATHE_CUDA(cudaMalloc(&m_data, static_cast<size_t>(elements * bytesOf(element))));
  refill();
}

void Filled::refill() {
  const size_t bytes = static_cast<size_t>(m_elements * bytesOf(m_element));
  const std::vector<unsigned char>& period = randomBytes(m_element, m_scale);
  size_t done = std::min(bytes, period.size());
  LATHE_CUDA(cudaMemcpy(m_data, period.data(), done, cudaMemcpyHostToDevice));
  while (done < bytes) { // doubling
    const size_t more = std::min(done, bytes - done);
    LATHE_CUDA(cudaMemcpy(static_cast<char*>(m_data) + done, m_data, more, cudaMemcpyDeviceToDevice));
    done += more;
  }
}
Filled::Filled(Filled&& other) noexcept
    : m_data(std::exchange(other.m_data, nullptr)), m_elements(other.m_elements), m_element(other.m_element), m_scale(other.m_scale) {}
Filled::~Filled() { LATHE_CUDA(cudaFree(m_data)); }

Bench::Bench(std::string filter) : m_filter(std::move(filter)) {
  cudaDeviceProp device;
  LATHE_CUDA(cudaGetDeviceProperties(&device, 0));
  m_multiprocessors = device.multiProcessorCount;
  m_l2 = device.l2CacheSize;
  LATHE_CUDA(cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking));
  m_copyRate = 1 / secondsPerCopiedByte(m_stream);
  std::printf("%-56s %10s %10s %8s\n", "kernel", "us", "GB/s", "of copy");
}

int Bench::setsFor(double bytes) const { return static_cast<int>(std::clamp(std::ceil(3.0 * static_cast<double>(m_l2) / bytes), 2.0, 64.0)); }

void Bench::time(const std::string& name, double bytes, int sets, const std::function<kernels::Status(int, kernels::Stream)>& launch,
                 const std::function<void(int)>& refresh) {
  if (!wants(name))
    return;
  constexpr int replays = 9;
  const int launches = refresh ? sets : std::max(sets, 20) / sets * sets;
  cudaGraph_t graph;
  cudaGraphExec_t run;
  LATHE_CUDA(cudaStreamBeginCapture(m_stream, cudaStreamCaptureModeThreadLocal));
  bool good = true;
  for (int i = 0; i < launches; ++i)
    good = launch(i % sets, m_stream) == kernels::Status::Ok && good;
  LATHE_CUDA(cudaStreamEndCapture(m_stream, &graph));
  if (!good) {
    std::printf("%-56s FAILED: %s\n", name.c_str(), kernels::lastCudaError());
    ++m_failures;
    LATHE_CUDA(cudaGraphDestroy(graph));
    return;
  }
  LATHE_CUDA(cudaGraphInstantiate(&run, graph, 0));
  cudaEvent_t begin, end;
  LATHE_CUDA(cudaEventCreate(&begin));
  LATHE_CUDA(cudaEventCreate(&end));
  std::vector<float> times;
  for (int i = 0; i < replays + 2; ++i) {
    for (int set = 0; refresh && set < sets; ++set)
      refresh(set);
    LATHE_CUDA(cudaDeviceSynchronize());
    LATHE_CUDA(cudaEventRecord(begin, m_stream));
    LATHE_CUDA(cudaGraphLaunch(run, m_stream));
    LATHE_CUDA(cudaEventRecord(end, m_stream));
    LATHE_CUDA(cudaEventSynchronize(end));
    float ms = 0;
    LATHE_CUDA(cudaEventElapsedTime(&ms, begin, end));
    if (i >= 2)
      times.push_back(ms);
  }
  std::sort(times.begin(), times.end());
  const double seconds = times[replays / 2] * 1e-3 / launches, rate = bytes / seconds;
  std::printf("%-56s %10.2f %10.0f %7.1f%%\n", name.c_str(), seconds * 1e6, rate * 1e-9, 100 * rate / m_copyRate);
  std::fflush(stdout);
  LATHE_CUDA(cudaEventDestroy(begin));
  LATHE_CUDA(cudaEventDestroy(end));
  LATHE_CUDA(cudaGraphExecDestroy(run));
  LATHE_CUDA(cudaGraphDestroy(graph));
}

int runBenchmarks(const std::string& filter) {
  Bench bench(filter);
  benchTraining(bench, "8b", 8192, 4096, 14336, 32, 8, 128);
  benchTraining(bench, "1b", 8192, 2048, 8192, 32, 8, 64);
  benchLoss(bench);
  benchOptimizer(bench);
  benchGemv(bench);
  benchDecode(bench);
  return bench.failures() == 0 ? 0 : 1;
}

} // namespace lathe::gputest
