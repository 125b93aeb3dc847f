// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/kernels_support.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lathe::gputest {

void require(cudaError_t error, const char* what, const char* file, int line) {
  if (error == cudaSuccess)
    return;
  std::fprintf(stderr, "%s:%d: %s: %s (%s)\n", file, line, what, cudaGetErrorName(error), cudaGetErrorString(error));
  std::exit(3);
}

DeviceBytes::DeviceBytes(size_t bytes) : m_bytes(bytes) {
  LATHE_CUDA(cudaMalloc(reinterpret_cast<void**>(&m_base), bytes + 2 * kGuard));
  LATHE_CUDA(cudaMemset(m_base, kPoison, bytes + 2 * kGuard));
}
DeviceBytes::~DeviceBytes() { LATHE_CUDA(cudaFree(m_base)); }

void DeviceBytes::upload(const void* from, size_t bytes, size_t offset) {
  if (bytes > 0)
    LATHE_CUDA(cudaMemcpy(m_base + kGuard + offset, from, bytes, cudaMemcpyHostToDevice));
}
void DeviceBytes::download(void* to, size_t bytes, size_t offset) const {
  LATHE_CUDA(cudaDeviceSynchronize());
  if (bytes > 0)
    LATHE_CUDA(cudaMemcpy(to, m_base + kGuard + offset, bytes, cudaMemcpyDeviceToHost));
}
bool DeviceBytes::guardsIntact() const {
  unsigned char guards[2 * kGuard];
  LATHE_CUDA(cudaMemcpy(guards, m_base, kGuard, cudaMemcpyDeviceToHost));
  LATHE_CUDA(cudaMemcpy(guards + kGuard, m_base + kGuard + m_bytes, kGuard, cudaMemcpyDeviceToHost));
  return std::all_of(std::begin(guards), std::end(guards), [](unsigned char b) { return b == kPoison; });
}

int64_t bytesOf(Element element) { return element == Element::Float32 ? 4 : 2; }

namespace {
uint16_t toBits(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
}
float fromBits(uint16_t x) {
  const uint32_t bits = static_cast<uint32_t>(x) << 16;
  float out;
  std::memcpy(&out, &bits, 4);
  return out;
}
} // namespace

float roundTo(Element element, double x) {
  const auto f = static_cast<float>(x);
  return element == Element::Float32 ? f : fromBits(toBits(f));
}

DeviceRows::DeviceRows(int64_t rows, int64_t width, Element element, Layout layout)
    : m_rows(rows), m_width(width), m_element(element), m_layout(layout),
      m_bytes(static_cast<size_t>((layout.shift + rows * (width + layout.gap)) * bytesOf(element))) {}

DeviceRows::DeviceRows(const Matrix& values, Element element, Layout layout) : DeviceRows(values.rows, values.columns, element, layout) { set(values); }

void* DeviceRows::data() const { return static_cast<char*>(m_bytes.data()) + m_layout.shift * bytesOf(m_element); }

void DeviceRows::set(const Matrix& values) {
  std::vector<unsigned char> raw(m_bytes.size(), kPoison);
  for (int64_t r = 0; r < m_rows; ++r)
    for (int64_t c = 0; c < m_width; ++c) {
      const auto x = static_cast<float>(values.at(r, c));
      unsigned char* at = raw.data() + (m_layout.shift + r * stride() + c) * bytesOf(m_element);
      if (m_element == Element::Float32) {
        std::memcpy(at, &x, 4);
      } else {
        const uint16_t bits = toBits(x);
        std::memcpy(at, &bits, 2);
      }
    }
  m_bytes.upload(raw.data(), raw.size());
}

Matrix DeviceRows::values(std::string* problem) const {
  std::vector<unsigned char> raw(m_bytes.size());
  m_bytes.download(raw.data(), raw.size());
  if (!m_bytes.guardsIntact())
    *problem = "wrote outside the buffer";
  Matrix out(m_rows, m_width);
  const int64_t size = bytesOf(m_element);
  for (int64_t r = 0; r < m_rows; ++r) {
    const unsigned char* row = raw.data() + (m_layout.shift + r * stride()) * size;
    for (int64_t c = 0; c < m_width; ++c) {
      float x;
      uint16_t bits;
      if (m_element == Element::Float32)
        std::memcpy(&x, row + c * size, 4);
      else
        std::memcpy(&bits, row + c * size, 2), x = fromBits(bits);
      out.at(r, c) = x;
    }
    if (!std::all_of(row + m_width * size, row + stride() * size, [](unsigned char b) { return b == kPoison; }))
      *problem = "wrote into the gap after row " + std::to_string(r);
  }
  return out;
}

void Session::begin(const std::string& kernel) {
  m_rows.push_back({kernel});
  std::printf("%s\n", kernel.c_str());
  std::fflush(stdout);
}

void Session::count(bool good, const std::string& label, const std::string& why) {
  (good ? m_rows.back().passed : m_rows.back().failed) += 1;
  if (!good && ++m_printed <= 60)
    std::printf("  FAIL %s: %s\n", label.c_str(), why.c_str());
}

void Session::check(const std::string& label, bool good, const std::string& why) { count(good, label, why); }

void Session::launched(const std::string& label, kernels::Status status) {
  if (status != kernels::Status::Ok)
    count(false, label, status == kernels::Status::Failed ? std::string("launch failed: ") + kernels::lastCudaError() : "launch answered unsupported");
  const cudaError_t error = cudaDeviceSynchronize();
  if (error != cudaSuccess) {
    std::printf("  FAIL %s: %s: %s\n", label.c_str(), cudaGetErrorName(error), cudaGetErrorString(error));
    std::exit(3); // the context is lost
  }
}

Matrix Session::read(const std::string& label, const DeviceRows& rows) {
  std::string problem;
  Matrix out = rows.values(&problem);
  if (!problem.empty())
    count(false, label, problem);
  return out;
}

void Session::compare(const std::string& label, const Matrix& got, const Matrix& want, Tolerance tolerance, const Matrix* yardstick) {
  const std::vector<double>& scale = yardstick ? yardstick->data : want.data;
  double difference = 0, size = 0;
  for (size_t i = 0; i < want.data.size(); ++i) {
    difference += (got.data[i] - want.data[i]) * (got.data[i] - want.data[i]);
    size += scale[i] * scale[i];
  }
  const double rms = want.data.empty() ? 0 : std::sqrt(size / static_cast<double>(want.data.size()));
  double worst = 0;
  size_t at = 0;
  for (size_t i = 0; i < want.data.size(); ++i) {
    const double allowed = tolerance.relative * std::abs(scale[i]) + tolerance.floor * rms + 1e-30;
    const double share = std::abs(got.data[i] - want.data[i]) / allowed;
    if (!(share <= worst)) { // NaN is the worst
      worst = share;
      at = i;
      if (std::isnan(share))
        break;
    }
  }
  const double norm = std::sqrt(difference) / (std::sqrt(size) + 1e-30); // below that float32 has no normal numbers
  Row& row = m_rows.back();
  double& kept = tolerance.norm == kBFloat16Tolerance.norm ? row.worstBFloat16 : row.worstFloat;
  if (!(norm <= kept))
    kept = norm;
  const bool good = norm <= tolerance.norm && worst <= 1;
  char text[200];
  std::snprintf(text, sizeof text, "error %.3g (allowed %.3g); worst [%lld][%lld] expected %.9g got %.9g, %.3g of the allowed error", norm, tolerance.norm,
                want.columns > 0 ? static_cast<long long>(at) / want.columns : 0, want.columns > 0 ? static_cast<long long>(at) % want.columns : 0,
                want.data.empty() ? 0 : want.data[at], want.data.empty() ? 0 : got.data[at], worst);
  count(good, label, text);
}

void Session::equal(const std::string& label, const Matrix& got, const Matrix& want) {
  for (size_t i = 0; i < want.data.size(); ++i)
    if (!(got.data[i] == want.data[i])) {
      char text[120];
      std::snprintf(text, sizeof text, "[%lld][%lld] expected exactly %.9g got %.9g", static_cast<long long>(i) / want.columns,
                    static_cast<long long>(i) % want.columns, want.data[i], got.data[i]);
      return count(false, label, text);
    }
  count(true, label, "");
}

int Session::finish() {
  int64_t passed = 0, failed = 0;
  std::printf("\n%-28s %8s %8s %12s %12s\n", "kernel", "passed", "failed", "worst fp32", "worst bf16");
  for (const Row& row : m_rows) {
    std::printf("%-28s %8lld %8lld %12.3g %12.3g\n", row.kernel.c_str(), static_cast<long long>(row.passed), static_cast<long long>(row.failed), row.worstFloat,
                row.worstBFloat16);
    passed += row.passed;
    failed += row.failed;
  }
  std::printf("\nseed %llu: %lld passed, %lld failed\n", static_cast<unsigned long long>(seed), static_cast<long long>(passed), static_cast<long long>(failed));
  return failed == 0 && passed > 0 ? 0 : 1;
}

int64_t Session::between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
double Session::uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); }

Matrix Session::normal(int64_t rows, int64_t width, Element element, double scale) {
  std::normal_distribution<float> draw(0, static_cast<float>(scale));
  Matrix out(rows, width);
  for (double& x : out.data)
    x = roundTo(element, draw(random));
  return out;
}

std::vector<double> Session::normalVector(int64_t n, double scale, double mean) {
  std::normal_distribution<float> draw(static_cast<float>(mean), static_cast<float>(scale));
  std::vector<double> out(static_cast<size_t>(n));
  for (double& x : out)
    x = draw(random);
  return out;
}

std::vector<float> floatsOf(const std::vector<double>& values) { return {values.begin(), values.end()}; }

Matrix rowOf(const std::vector<double>& values) {
  Matrix out(1, static_cast<int64_t>(values.size()));
  out.data = values;
  return out;
}
Matrix rowOf(const std::vector<float>& values) { return rowOf(std::vector<double>(values.begin(), values.end())); }

std::string describe(int64_t rows, int64_t width, Element element, Layout layout) {
  return "[" + std::to_string(rows) + ", " + std::to_string(width) + "] " + (element == Element::Float32 ? "fp32" : "bf16") + " gap " +
         std::to_string(layout.gap) + " shift " + std::to_string(layout.shift);
}

std::vector<Shape> shapeGrid(Session& session, int64_t widest) {
  std::vector<Shape> out;
  const int64_t most = session.quick ? 40'000 : 150'000;
  for (int64_t width : {1, 2, 7, 8, 31, 33, 64, 72, 127, 128, 256, 257, 264, 1000, 1024, 1032, 2047, 2048, 2056, 4096, 4100, 8192, 14336, 14337, 16384})
    for (int64_t rows : {1, 2, 3, 31, 33, 257, 4097})
      if (width <= widest && (rows * width <= most || rows <= 3))
        out.push_back({rows, width});
  if (widest >= 4096)
    out.push_back({session.between(100, 300), session.between(3000, 4096)});
  return out;
}

std::vector<Layout> layouts() { return {{0, 0}, {64, 8}, {3, 1}}; }

} // namespace lathe::gputest
