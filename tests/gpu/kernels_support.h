// SPDX-License-Identifier: Apache-2.0
// Support of lathe_gpu_kernels: device memory between guard bytes, rows with poisoned gaps, comparison with float64 references.
#pragma once

#include "lathe/kernels/cuda.h"
#include "lathe/kernels/reference.h"

#include <cuda_runtime.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace lathe::gputest {

using kernels::Element;
using kernels::reference::Matrix;

/// Prints the call and ends the program when the CUDA runtime reports an error.
void require(cudaError_t error, const char* what, const char* file, int line);
#define LATHE_CUDA(call) ::lathe::gputest::require((call), #call, __FILE__, __LINE__)

inline constexpr unsigned char kPoison = 0xff; // NaN as float32 and as bf16, −1 as an integer

/// Device bytes, poisoned, with 256 guard bytes on both sides.
class DeviceBytes {
public:
  explicit DeviceBytes(size_t bytes);
  ~DeviceBytes();
  DeviceBytes(const DeviceBytes&) = delete;
  DeviceBytes& operator=(const DeviceBytes&) = delete;
  void* data() const { return m_base + kGuard; }
  size_t size() const { return m_bytes; }
  void upload(const void* from, size_t bytes, size_t offset = 0);
  void download(void* to, size_t bytes, size_t offset = 0) const;
  bool guardsIntact() const;

private:
  static constexpr size_t kGuard = 256;
  unsigned char* m_base = nullptr;
  size_t m_bytes = 0;
};

template <class T>
class DeviceVector {
public:
  explicit DeviceVector(size_t count) : m_bytes(count * sizeof(T)), m_count(count) {}
  explicit DeviceVector(const std::vector<T>& values) : DeviceVector(values.size()) { m_bytes.upload(values.data(), values.size() * sizeof(T)); }
  T* data() const { return static_cast<T*>(m_bytes.data()); }
  void set(const std::vector<T>& values) { m_bytes.upload(values.data(), values.size() * sizeof(T)); }
  std::vector<T> values() const {
    std::vector<T> out(m_count);
    m_bytes.download(out.data(), m_count * sizeof(T));
    return out;
  }
  bool guardsIntact() const { return m_bytes.guardsIntact(); }

private:
  DeviceBytes m_bytes;
  size_t m_count;
};

/// How rows lie in memory: `gap` elements after each row, the first row `shift` elements after a 16-byte boundary.
struct Layout {
  int64_t gap = 0, shift = 0;
};

float roundTo(Element element, double x);
int64_t bytesOf(Element element);

/// A matrix on the device; gaps are poisoned, and must stay so.
class DeviceRows {
public:
  DeviceRows(int64_t rows, int64_t width, Element element, Layout layout = {});
  DeviceRows(const Matrix& values, Element element, Layout layout = {});
  void* data() const;
  int64_t stride() const { return m_width + m_layout.gap; }
  Element element() const { return m_element; }
  void set(const Matrix& values); // the caller has rounded them
  /// Checks guards and gaps, too; what was wrong goes to `problem`.
  Matrix values(std::string* problem) const;

private:
  int64_t m_rows, m_width;
  Element m_element;
  Layout m_layout;
  DeviceBytes m_bytes;
};

struct Tolerance {
  double norm;     // ‖got − want‖ / ‖yardstick‖
  double relative; // of one element, |got − want| ≤ relative · |yardstick| + floor · rms(yardstick)
  double floor;
};
/// float32 arithmetic; bf16: the rounding of the result (half an ulp is 2⁻⁹ of it), on top of float32 arithmetic.
inline constexpr Tolerance kFloatTolerance{1e-5, 2e-5, 2e-5};
inline constexpr Tolerance kBFloat16Tolerance{4e-3, 4.1e-3, 1e-4};
inline Tolerance toleranceOf(Element element) { return element == Element::Float32 ? kFloatTolerance : kBFloat16Tolerance; }

class Session {
public:
  Session(uint64_t seed, bool quick) : random(seed), seed(seed), quick(quick) {}
  std::mt19937_64 random;
  uint64_t seed;
  bool quick;

  void begin(const std::string& kernel);
  /// Compares; failures print the case, the worst index, expected and got. Sums and differences name what their errors are proportional to (the size of
  /// their terms) as `yardstick`; otherwise it is |want|.
  void compare(const std::string& label, const Matrix& got, const Matrix& want, Tolerance tolerance, const Matrix* yardstick = nullptr);
  void equal(const std::string& label, const Matrix& got, const Matrix& want);
  void check(const std::string& label, bool good, const std::string& why);
  void launched(const std::string& label, kernels::Status status);
  Matrix read(const std::string& label, const DeviceRows& rows);
  /// Prints the table and "N passed, N failed".
  int finish();

  int64_t between(int64_t low, int64_t high);
  double uniform(double low, double high);
  /// Normal values times `scale`, rounded to `element`.
  Matrix normal(int64_t rows, int64_t width, Element element, double scale = 1);
  std::vector<double> normalVector(int64_t n, double scale = 1, double mean = 0);

private:
  struct Row {
    std::string kernel;
    int64_t passed = 0, failed = 0;
    double worstFloat = 0, worstBFloat16 = 0;
  };
  void count(bool good, const std::string& label, const std::string& why);
  std::vector<Row> m_rows;
  int m_printed = 0;
};

std::vector<float> floatsOf(const std::vector<double>& values);
Matrix rowOf(const std::vector<float>& values);
Matrix rowOf(const std::vector<double>& values);
std::string describe(int64_t rows, int64_t width, Element element, Layout layout);

struct Shape {
  int64_t rows, width;
};
/// Rows 1 … 4097 and widths 1 … 16384 that are multiples of nothing and of everything, each pair small enough for a float64 reference.
std::vector<Shape> shapeGrid(Session& session, int64_t widest);
/// Contiguous; a 16-byte aligned gap; a misaligned one.
std::vector<Layout> layouts();
inline constexpr Element kElements[] = {Element::Float32, Element::BFloat16};

void checkNorm(Session& session);
void checkRotary(Session& session);
void checkGated(Session& session);
void checkCrossEntropy(Session& session);
void checkEmbedding(Session& session);
void checkDropout(Session& session);
void checkOptimizer(Session& session);
void checkStrided(Session& session);
void checkGemv(Session& session);
void checkDecode(Session& session);
void checkSample(Session& session);
void checkGraph(Session& session);

int runBenchmarks(const std::string& filter);

} // namespace lathe::gputest
